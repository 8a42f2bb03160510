// Short messages over a serial line between two hosts: the one path that shares nothing with any network.
// A message is framed by consistent overhead byte stuffing with a CRC-32 behind it, so that whoever joins in
// the middle or hears noise loses that message and no other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "os/unique_fd.h"

namespace holdfast::os {

inline constexpr std::size_t max_serial_message = 253;

// As it goes over the line: stuffed, with a zero byte before and behind it.
std::vector<std::uint8_t> serial_frame(ByteView message);

// Finds messages in what a line brings, in pieces of any size.
class SerialDeframer {
public:
    // Views are valid during the call.
    void take(ByteView bytes, const std::function<void(ByteView)>& message);
    std::uint64_t broken() const { return broken_; }  // frames that were no message

private:
    void finish(const std::function<void(ByteView)>& message);

    std::vector<std::uint8_t> frame_;
    bool overlong_ = false;
    std::uint64_t broken_ = 0;
};

class SerialLine {
public:
    // Raw, eight bits, no parity, no flow control, whatever the modem lines say; bits_per_second: one of the
    // rates that termios(3) knows. Never becomes the controlling terminal.
    static Result<SerialLine> open(const std::string& device, std::uint32_t bits_per_second);

    int fd() const { return fd_.get(); }
    // Never blocks: a message that the line has no room for is not sent, which is an error. One that went out
    // in part goes on before the next.
    Result<void> send(ByteView message);
    // All that has come. An error: the line is gone.
    Result<void> receive(const std::function<void(ByteView)>& message);
    std::uint64_t broken() const { return deframer_.broken(); }

private:
    explicit SerialLine(UniqueFd fd) : fd_{std::move(fd)} {}
    Result<void> flush();
    UniqueFd fd_;
    SerialDeframer deframer_;
    std::vector<std::uint8_t> rest_;  // of a frame that went out in part
};

}  // namespace holdfast::os
