#include "os/pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace holdfast::os {

namespace {

constexpr std::uint64_t page_magic = 0x484f4c4446415354;  // HOLDFAST
constexpr std::uint32_t page_version = 2;
constexpr off_t max_text = off_t{256} << 20;
constexpr std::size_t max_page = std::size_t{64} << 20;
constexpr int max_read_attempts = 100;  // a writer that died inside a record leaves it torn for ever

constexpr std::size_t header_room = 64;  // slots start on a cache line

// Instants of another boot mean nothing. Read once: later this process may no longer open files.
std::uint64_t boot() {
    static const std::uint64_t id = [] {
        std::array<char, 64> text{};
        const UniqueFd fd{open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)};
        const ssize_t size = fd ? read(fd.get(), text.data(), text.size()) : 0;
        return fnv1a(std::as_bytes(std::span{text}.first(size > 0 ? static_cast<std::size_t>(size) : 0)));
    }();
    return id;
}

}  // namespace

struct RecordPage::Header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t slot_size;
    std::uint64_t slots;
    std::uint64_t boot;
    std::atomic<std::int64_t> beat;  // nanoseconds
};

struct RecordPage::Slot {
    std::atomic<std::uint64_t> sequence;  // odd while being written, 0: never written
    std::uint64_t checksum;
    std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }  // slot_size bytes follow
};

namespace {

std::size_t stride(std::size_t slot_size) {
    return (2 * sizeof(std::uint64_t) + slot_size + 63) / 64 * 64;
}

}  // namespace

Result<UniqueFd> sealed_text(const char* name, std::string_view text) {
    UniqueFd fd{memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!fd) return Error::system("create a memory file");
    for (std::string_view rest = text; !rest.empty();) {
        const ssize_t written = ::write(fd.get(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return Error::system("write the configuration to memory");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
        return Error::system("seal the configuration in memory");
    return fd;
}

Result<std::string> read_text(int fd) {
    struct stat facts {};
    if (fstat(fd, &facts) != 0) return Error::system("look at the configuration in memory");
    if (facts.st_size > max_text) return Error::invalid("configuration in memory is larger than 256 MiB");
    std::string text(static_cast<std::size_t>(facts.st_size), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t got = pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return Error::system("read the configuration from memory");
        done += static_cast<std::size_t>(got);
    }
    return text;
}

Result<UniqueFd> RecordPage::create(std::size_t slots, std::size_t slot_size) {
    const std::size_t size = header_room + slots * stride(slot_size);
    if (size > max_page) return Error::invalid("too many virtual routers for one record page");
    UniqueFd fd{memfd_create("holdfast-records", MFD_CLOEXEC)};
    if (!fd || ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
        return Error::system("create the record page");
    const Header header{.magic = page_magic,
                        .version = page_version,
                        .slot_size = static_cast<std::uint32_t>(slot_size),
                        .slots = slots,
                        .boot = boot(),
                        .beat = 0};
    if (pwrite(fd.get(), &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header))
        return Error::system("write the record page");
    return fd;
}

Result<RecordPage> RecordPage::map(int fd) {
    Header header{};
    struct stat facts {};
    static_assert(sizeof(Header) <= header_room);
    if (fstat(fd, &facts) != 0 || pread(fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header))
        return Error::system("read the record page");
    if (header.magic != page_magic || header.version != page_version)
        return Error::invalid("record page of another version: its state is not adopted");
    if (header.boot != boot())
        return Error::invalid("record page of an earlier boot: its state is not adopted");
    const auto size = static_cast<std::size_t>(facts.st_size);
    if (size > max_page || header.slot_size > max_page || header.slots > max_page ||
        size != header_room + header.slots * stride(header.slot_size))
        return Error::invalid("record page has the wrong size: its state is not adopted");
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Error::system("map the record page");
    return RecordPage{memory, size, header.slots, header.slot_size};
}

RecordPage::RecordPage(RecordPage&& other) noexcept
    : memory_{std::exchange(other.memory_, nullptr)},
      size_{other.size_},
      slots_{other.slots_},
      slot_size_{other.slot_size_} {}

RecordPage::~RecordPage() {
    if (memory_ != nullptr) munmap(memory_, size_);
}

RecordPage::Slot* RecordPage::slot(std::size_t number) const {
    HF_ASSERT(number < slots_);
    auto* bytes = static_cast<std::byte*>(memory_) + header_room +
                  number * stride(slot_size_);  // slots start on a cache line
    return reinterpret_cast<Slot*>(bytes);
}

RecordPage::Header* RecordPage::header() const {
    return static_cast<Header*>(memory_);
}

void RecordPage::beat(Instant now) {
    header()->beat.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

Instant RecordPage::last_beat() const {
    return Instant{Duration{header()->beat.load(std::memory_order_relaxed)}};
}

void RecordPage::write(std::size_t number, std::span<const std::byte> record) {
    HF_ASSERT(record.size() == slot_size_);
    Slot* target = slot(number);
    const std::uint64_t sequence = target->sequence.load(std::memory_order_relaxed) | 1;
    target->sequence.store(sequence, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    std::memcpy(target->bytes(), record.data(), slot_size_);
    target->checksum = fnv1a(record);
    target->sequence.store(sequence + 1, std::memory_order_release);
}

bool RecordPage::read(std::size_t number, std::span<std::byte> record) const {
    HF_ASSERT(record.size() == slot_size_);
    Slot* source = slot(number);
    std::vector<std::byte> copy(slot_size_);
    for (int attempt = 0; attempt < max_read_attempts; ++attempt) {
        const std::uint64_t before = source->sequence.load(std::memory_order_acquire);
        if (before == 0) return false;
        if ((before & 1) != 0) continue;
        std::memcpy(copy.data(), source->bytes(), slot_size_);
        const std::uint64_t checksum = source->checksum;
        std::atomic_thread_fence(std::memory_order_acquire);
        if (source->sequence.load(std::memory_order_relaxed) != before) continue;
        if (checksum != fnv1a(copy)) return false;
        std::memcpy(record.data(), copy.data(), slot_size_);
        return true;
    }
    return false;
}

}  // namespace holdfast::os
