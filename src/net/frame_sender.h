// Sends Ethernet frames on any interface, many with one system call: announcements, and questions to
// neighbours.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/result.h"
#include "net/neighbour_frames.h"
#include "net/send_batch.h"
#include "os/unique_fd.h"

namespace holdfast::net {

// Needs CAP_NET_RAW. Never blocks, never receives.
class FrameSender {
public:
    static Result<FrameSender> open(std::size_t max_frames = 1024);
    ~FrameSender();
    FrameSender(FrameSender&&) noexcept;
    FrameSender& operator=(FrameSender&&) noexcept;

    // False: full, flush first.
    [[nodiscard]] bool queue(int ifindex, const Frame& frame);
    std::size_t queued() const;
    bool full() const;
    // Sends all that is queued; one that fails stops no other. Valid until the next flush.
    std::span<const SendFailure> flush();

private:
    struct Storage;
    FrameSender(os::UniqueFd fd, std::unique_ptr<Storage> storage);
    os::UniqueFd fd_;
    std::unique_ptr<Storage> storage_;
};

}  // namespace holdfast::net
