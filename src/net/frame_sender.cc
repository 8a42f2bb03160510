#include "net/frame_sender.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "net/capabilities.h"
#include "net/socket_options.h"

namespace holdfast::net {

namespace {

constexpr std::uint32_t send_buffer_bytes = 4U << 20;
constexpr std::size_t ethernet_header_bytes = 14;

}  // namespace

struct FrameSender::Storage {
    struct Slot {
        Frame frame;
        sockaddr_ll to;
        iovec bytes;
    };
    explicit Storage(std::size_t max_frames) : slots(max_frames), headers(max_frames) {
        failures.reserve(max_frames);
    }

    std::vector<Slot> slots;
    std::vector<mmsghdr> headers;
    std::vector<SendFailure> failures;
    std::size_t count = 0;
};

FrameSender::FrameSender(os::UniqueFd fd, std::unique_ptr<Storage> storage)
    : fd_{std::move(fd)}, storage_{std::move(storage)} {}
FrameSender::~FrameSender() = default;
FrameSender::FrameSender(FrameSender&&) noexcept = default;
FrameSender& FrameSender::operator=(FrameSender&&) noexcept = default;

Result<FrameSender> FrameSender::open(std::size_t max_frames) {
    // Protocol 0: sends, and never receives.
    os::UniqueFd fd{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (fd.get() < 0) return refused("open a packet socket to send frames", Capability::net_raw);
    enlarge_send_buffer(fd.get(), send_buffer_bytes);
    return FrameSender{std::move(fd), std::make_unique<Storage>(max_frames)};
}

bool FrameSender::queue(int ifindex, const Frame& frame) {
    HF_ASSERT(frame.size >= ethernet_header_bytes);
    auto& storage = *storage_;
    if (full()) return false;
    auto& slot = storage.slots[storage.count];
    slot.frame = frame;
    slot.to = {};
    slot.to.sll_family = AF_PACKET;
    std::copy_n(slot.frame.room.begin() + 12, 2, reinterpret_cast<std::uint8_t*>(&slot.to.sll_protocol));
    slot.to.sll_ifindex = ifindex;
    slot.to.sll_halen = 6;
    std::copy_n(slot.frame.room.begin(), 6, slot.to.sll_addr);  // where the frame goes
    slot.bytes = {.iov_base = slot.frame.room.data(), .iov_len = slot.frame.size};
    msghdr& header = storage.headers[storage.count].msg_hdr;
    header = {};
    header.msg_name = &slot.to;
    header.msg_namelen = sizeof slot.to;
    header.msg_iov = &slot.bytes;
    header.msg_iovlen = 1;
    ++storage.count;
    return true;
}

std::size_t FrameSender::queued() const {
    return storage_->count;
}

bool FrameSender::full() const {
    return storage_->count == storage_->slots.size();
}

std::span<const SendFailure> FrameSender::flush() {
    auto& storage = *storage_;
    send_all(fd_.get(), std::span{storage.headers}.first(storage.count), storage.failures);
    storage.count = 0;
    return storage.failures;
}

}  // namespace holdfast::net
