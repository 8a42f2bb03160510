#include "os/published.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <string>
#include <utility>

namespace holdfast::os {

namespace {

constexpr std::uint64_t page_magic = 0x484f4c4453454520;
constexpr std::uint64_t page_version = 1;
constexpr std::size_t max_capacity = std::size_t{512} << 20;
constexpr std::size_t header_room = 64;
constexpr int max_read_attempts = 100;  // two editions would have to appear during each of them

// Word by word: an edition of 1,000 instances has some 300 kB. Finds a torn edition; nobody forges one.
constexpr std::uint64_t first_checksum = 0xcbf29ce484222325;
std::uint64_t add_word(std::uint64_t sum, std::uint64_t word) {
    sum = (sum ^ word) * 0x9e3779b97f4a7c15;
    return sum ^ (sum >> 32);
}

// Whole words of bytes[from, to), and with `all` what is left over.
std::size_t add_bytes(std::uint64_t& sum, const std::uint8_t* bytes, std::size_t from, std::size_t to,
                      bool all) {
    for (; to - from >= sizeof(std::uint64_t); from += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + from, sizeof word);
        sum = add_word(sum, word);
    }
    if (!all || from == to) return from;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + from, to - from);
    sum = add_word(sum, word);
    return to;
}

std::size_t edition_room(std::size_t capacity) {
    return header_room + (capacity + 63) / 64 * 64;
}

std::size_t page_size(std::size_t capacity) {
    return header_room + 2 * edition_room(capacity);
}

}  // namespace

struct PageMapping::Header {
    std::uint64_t magic;
    std::uint64_t version;
    std::uint64_t capacity;
    std::atomic<std::uint64_t> current;  // the last complete edition, 0: none
};

// Editions with even and odd numbers have a place each.
struct PageMapping::Edition {
    std::atomic<std::uint64_t> number;  // 0 while it is being written
    std::uint64_t size;
    std::uint64_t checksum;
};

Result<UniqueFd> create_published_page(std::size_t capacity) {
    if (capacity > max_capacity) return Error::invalid("too much for one published page");
    UniqueFd fd{memfd_create("holdfast-status", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!fd || ftruncate(fd.get(), static_cast<off_t>(page_size(capacity))) != 0 ||
        fchmod(fd.get(), 0600) != 0 ||
        fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return Error::system("create a page for the status");
    const PageMapping::Header header{
        .magic = page_magic, .version = page_version, .capacity = capacity, .current = 0};
    if (pwrite(fd.get(), &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header))
        return Error::system("write the page for the status");
    return fd;
}

Result<UniqueFd> open_for_reading(int page_fd) {
    UniqueFd fd{open(("/proc/self/fd/" + std::to_string(page_fd)).c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return Error::system("open the status to read");
    return fd;
}

Result<PageMapping> PageMapping::map(int fd, bool writable) {
    Header header{};
    struct stat facts {};
    static_assert(sizeof(Header) <= header_room && sizeof(Edition) <= header_room);
    if (fstat(fd, &facts) != 0 || pread(fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header))
        return Error::system("read the page of the status");
    if (header.magic != page_magic || header.version != page_version)
        return Error::invalid("the page of the status is of another version");
    const auto size = static_cast<std::size_t>(facts.st_size);
    constexpr int sealed = F_SEAL_SHRINK | F_SEAL_GROW;
    if (header.capacity > max_capacity || size != page_size(header.capacity) ||
        (fcntl(fd, F_GET_SEALS) & sealed) != sealed)
        return Error::invalid("the page of the status has the wrong size");
    void* memory = mmap(nullptr, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Error::system("map the page of the status");
    return PageMapping{memory, size, header.capacity};
}

PageMapping::PageMapping(PageMapping&& other) noexcept
    : memory_{std::exchange(other.memory_, nullptr)}, size_{other.size_}, capacity_{other.capacity_} {}

PageMapping::~PageMapping() {
    if (memory_ != nullptr) munmap(memory_, size_);
}

PageMapping::Header& PageMapping::header() const {
    return *static_cast<Header*>(memory_);
}

PageMapping::Edition& PageMapping::edition(std::uint64_t number) const {
    auto* place = static_cast<std::uint8_t*>(memory_) + header_room + (number % 2) * edition_room(capacity_);
    return *reinterpret_cast<Edition*>(place);
}

std::uint8_t* PageMapping::content(std::uint64_t number) const {
    return reinterpret_cast<std::uint8_t*>(&edition(number)) + header_room;
}

// --- Writing
// ---------------------------------------------------------------------------------------------------

Result<PublishedPage> PublishedPage::map(int fd) {
    auto memory = PageMapping::map(fd, true);
    if (!memory) return std::move(memory).error();
    return PublishedPage{std::move(*memory)};
}

std::span<std::uint8_t> PublishedPage::begin() {
    number_ = memory_.header().current.load(std::memory_order_relaxed) + 1;
    memory_.edition(number_).number.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    settled_ = 0;
    checksum_ = first_checksum;
    return {memory_.content(number_), memory_.capacity()};
}

void PublishedPage::settle(std::size_t size) {
    HF_ASSERT(number_ != 0 && size >= settled_ && size <= memory_.capacity());
    settled_ = add_bytes(checksum_, memory_.content(number_), settled_, size, false);
}

void PublishedPage::publish(std::size_t size) {
    settle(size);
    add_bytes(checksum_, memory_.content(number_), settled_, size, true);
    PageMapping::Edition& edition = memory_.edition(number_);
    edition.size = size;
    edition.checksum = checksum_;
    edition.number.store(number_, std::memory_order_release);
    memory_.header().current.store(number_, std::memory_order_release);
    number_ = 0;
}

// --- Reading
// ---------------------------------------------------------------------------------------------------

Result<PublishedReader> PublishedReader::map(int fd) {
    auto memory = PageMapping::map(fd, false);
    if (!memory) return std::move(memory).error();
    return PublishedReader{std::move(*memory)};
}

std::uint64_t PublishedReader::edition() const {
    return memory_.header().current.load(std::memory_order_acquire);
}

std::optional<std::vector<std::uint8_t>> PublishedReader::read() const {
    for (int attempt = 0; attempt < max_read_attempts; ++attempt) {
        const std::uint64_t number = edition();
        if (number == 0) return std::nullopt;
        const PageMapping::Edition& edition = memory_.edition(number);
        if (edition.number.load(std::memory_order_acquire) != number) continue;
        const std::uint64_t size = edition.size;
        if (size > memory_.capacity()) continue;
        std::vector<std::uint8_t> copy(size);
        std::memcpy(copy.data(), memory_.content(number), size);
        const std::uint64_t checksum = edition.checksum;
        std::atomic_thread_fence(std::memory_order_acquire);
        if (edition.number.load(std::memory_order_relaxed) != number) continue;
        std::uint64_t sum = first_checksum;
        add_bytes(sum, copy.data(), 0, size, true);
        if (sum == checksum) return copy;
    }
    return std::nullopt;
}

}  // namespace holdfast::os
