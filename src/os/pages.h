// Memory that outlives a process: the configuration text that all processes read (sealed: nobody can change
// it), and the page of live records that an adopter reads (DESIGN section 4). A record is written through a
// seqlock with a checksum; a torn, foreign or older record is not read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "os/unique_fd.h"

namespace holdfast::os {

// An anonymous file with that text, sealed against every change.
Result<UniqueFd> sealed_text(const char* name, std::string_view text);
// The whole of such a file; refused above 256 MiB.
Result<std::string> read_text(int fd);

// Fixed slots of equal size in a shared memfd. One writer; readers in other processes. A page of another
// version or of an earlier boot is refused.
class RecordPage {
public:
    static Result<UniqueFd> create(std::size_t slots, std::size_t slot_size);
    // Maps a page; refused when it is not one of this version or its size does not fit its header.
    static Result<RecordPage> map(int fd);

    RecordPage(RecordPage&& other) noexcept;
    RecordPage& operator=(RecordPage&&) = delete;
    RecordPage(const RecordPage&) = delete;
    ~RecordPage();

    std::size_t slots() const { return slots_; }
    std::size_t slot_size() const { return slot_size_; }
    // The writer is alive and serves its loop; on CLOCK_MONOTONIC.
    void beat(Instant now);
    Instant last_beat() const;  // the epoch before the first
    // record: slot_size bytes.
    void write(std::size_t slot, std::span<const std::byte> record);
    // False when nothing whole was ever written there; record is untouched then.
    bool read(std::size_t slot, std::span<std::byte> record) const;

private:
    struct Header;
    struct Slot;
    Header* header() const;
    RecordPage(void* memory, std::size_t size, std::size_t slots, std::size_t slot_size)
        : memory_{memory}, size_{size}, slots_{slots}, slot_size_{slot_size} {}
    Slot* slot(std::size_t number) const;

    void* memory_;
    std::size_t size_;
    std::size_t slots_;
    std::size_t slot_size_;
};

}  // namespace holdfast::os
