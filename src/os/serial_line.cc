#include "os/serial_line.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace holdfast::os {

namespace {

constexpr std::size_t crc_size = 4;
constexpr std::size_t most_bytes_per_turn = 4096;

// CRC-32 of IEEE 802.3, bit by bit: a message is short, and a line is slow.
std::uint32_t crc32(ByteView bytes) {
    std::uint32_t crc = 0xffffffffU;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

std::optional<speed_t> speed_of(std::uint32_t bits_per_second) {
    switch (bits_per_second) {
        case 1200:
            return B1200;
        case 2400:
            return B2400;
        case 4800:
            return B4800;
        case 9600:
            return B9600;
        case 19200:
            return B19200;
        case 38400:
            return B38400;
        case 57600:
            return B57600;
        case 115200:
            return B115200;
        case 230400:
            return B230400;
        case 460800:
            return B460800;
        case 500000:
            return B500000;
        case 921600:
            return B921600;
        case 1000000:
            return B1000000;
        case 2000000:
            return B2000000;
        case 4000000:
            return B4000000;
        default:
            return std::nullopt;
    }
}

// In place; nothing: the codes do not fit the frame.
std::optional<std::size_t> unstuff(std::vector<std::uint8_t>& frame) {
    std::size_t from = 0;
    std::size_t to = 0;
    while (from < frame.size()) {
        const std::size_t code = frame[from++];
        const std::size_t run = code - 1;
        if (from + run > frame.size()) return std::nullopt;
        for (std::size_t at = 0; at < run; ++at)
            frame[to++] = frame[from++];
        if (code != 0xff && from < frame.size()) frame[to++] = 0;
    }
    return to;
}

}  // namespace

std::vector<std::uint8_t> serial_frame(ByteView message) {
    HF_ASSERT(message.size() <= max_serial_message);
    std::vector<std::uint8_t> bytes{message.begin(), message.end()};
    const std::uint32_t crc = crc32(message);
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(crc >> shift));
    std::vector<std::uint8_t> frame{0, 0};
    std::size_t code_at = 1;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        if (bytes[at] != 0) frame.push_back(bytes[at]);
        const std::size_t run = frame.size() - code_at;
        if (bytes[at] != 0 && run < 0xff) continue;
        frame[code_at] = static_cast<std::uint8_t>(run);
        code_at = frame.size();
        frame.push_back(0);
    }
    frame[code_at] = static_cast<std::uint8_t>(frame.size() - code_at);
    frame.push_back(0);
    return frame;
}

void SerialDeframer::take(ByteView bytes, const std::function<void(ByteView)>& message) {
    constexpr std::size_t longest = max_serial_message + crc_size + 3;
    for (const std::uint8_t byte : bytes) {
        if (byte == 0)
            finish(message);
        else if (frame_.size() < longest)
            frame_.push_back(byte);
        else
            overlong_ = true;
    }
}

void SerialDeframer::finish(const std::function<void(ByteView)>& message) {
    const bool overlong = std::exchange(overlong_, false);
    if (frame_.empty()) return;
    const auto length = unstuff(frame_);
    const bool whole = !overlong && length && *length >= crc_size;
    bool right = false;
    if (whole) {
        const ByteView bytes = ByteView{frame_}.first(*length - crc_size);
        std::uint32_t crc = 0;
        for (std::size_t at = 0; at < crc_size; ++at)
            crc = crc << 8 | frame_[bytes.size() + at];
        right = crc == crc32(bytes);
        if (right) message(bytes);
    }
    if (!right) ++broken_;
    frame_.clear();
}

Result<SerialLine> SerialLine::open(const std::string& device, std::uint32_t bits_per_second) {
    const auto speed = speed_of(bits_per_second);
    if (!speed)
        return Error::invalid(std::to_string(bits_per_second) +
                              " bits per second is no rate of a serial line");
    UniqueFd fd{::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
    if (!fd) return Error::system("open " + device);
    termios line{};
    if (tcgetattr(fd.get(), &line) != 0) return Error::system(device + " is no serial line");
    cfmakeraw(&line);
    line.c_cflag |= CLOCAL | CREAD;
    line.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS | CSTOPB);
    line.c_cc[VMIN] = 1;
    line.c_cc[VTIME] = 0;
    if (cfsetspeed(&line, *speed) != 0 || tcsetattr(fd.get(), TCSANOW, &line) != 0)
        return Error::system("set up " + device);
    return SerialLine{std::move(fd)};
}

Result<void> SerialLine::flush() {
    while (!rest_.empty()) {
        const ssize_t written = write(fd_.get(), rest_.data(), rest_.size());
        if (written < 0) return Error::system("write to the serial line");
        rest_.erase(rest_.begin(), rest_.begin() + written);
    }
    return {};
}

Result<void> SerialLine::send(ByteView message) {
    if (auto before = flush(); !before) return before;
    rest_ = serial_frame(message);
    const std::size_t whole = rest_.size();
    auto sent = flush();
    if (!sent && rest_.size() == whole) rest_.clear();
    return sent;
}

Result<void> SerialLine::receive(const std::function<void(ByteView)>& message) {
    std::array<std::uint8_t, most_bytes_per_turn> room{};
    const ssize_t length = read(fd_.get(), room.data(), room.size());
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (length < 0) return Error::system("read from the serial line");
    if (length == 0) return Error::invalid("the serial line has hung up");
    deframer_.take(ByteView{room}.first(static_cast<std::size_t>(length)), message);
    return {};
}

}  // namespace holdfast::os
