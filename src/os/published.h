// What a process lets others read while it goes on (DESIGN section 6): shared memory with room for two
// editions, one complete and one in the making. There is one writer; readers map it read-only, cost it
// nothing and wait for nobody. Who dies within an edition leaves the one before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "os/unique_fd.h"

namespace holdfast::os {

// Memory for editions of at most so many bytes. Its size is sealed, so that no reader ever reads past its
// end, and only its owner may open it to write.
Result<UniqueFd> create_published_page(std::size_t capacity);
// The same memory through a descriptor that cannot write.
Result<UniqueFd> open_for_reading(int page_fd);

// A mapping of the whole page.
class PageMapping {
public:
    static Result<PageMapping> map(int fd, bool writable);
    PageMapping(PageMapping&& other) noexcept;
    PageMapping& operator=(PageMapping&&) = delete;
    PageMapping(const PageMapping&) = delete;
    ~PageMapping();

    struct Header;
    struct Edition;
    Header& header() const;
    Edition& edition(std::uint64_t number) const;
    std::uint8_t* content(std::uint64_t number) const;
    std::size_t capacity() const { return capacity_; }

private:
    PageMapping(void* memory, std::size_t size, std::size_t capacity)
        : memory_{memory}, size_{size}, capacity_{capacity} {}
    void* memory_;
    std::size_t size_;
    std::size_t capacity_;
};

class PublishedPage {
public:
    // The only writer's.
    static Result<PublishedPage> map(int fd);

    // Room for a new edition, which may be filled in pieces; readers still get the one before.
    std::span<std::uint8_t> begin();
    // Its first `size` bytes will not change any more. Spreads the work of publish() over the pieces.
    void settle(std::size_t size);
    // It is complete.
    void publish(std::size_t size);

private:
    explicit PublishedPage(PageMapping memory) : memory_{std::move(memory)} {}
    PageMapping memory_;
    std::uint64_t number_ = 0;  // of the edition in the making
    std::size_t settled_ = 0;
    std::uint64_t checksum_ = 0;
};

class PublishedReader {
public:
    static Result<PublishedReader> map(int fd);
    // The last complete edition; nothing when there is none yet.
    std::optional<std::vector<std::uint8_t>> read() const;
    // Its number, from 1; 0: there is none.
    std::uint64_t edition() const;

private:
    explicit PublishedReader(PageMapping memory) : memory_{std::move(memory)} {}
    PageMapping memory_;
};

}  // namespace holdfast::os
