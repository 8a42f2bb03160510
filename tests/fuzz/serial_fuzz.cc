// What comes over a serial line: the deframer takes any bytes in any pieces, gives out only what is framed
// as we frame it, and keeps no more than one message.
#include <cstdlib>

#include "os/serial_line.h"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes{data, size};
    os::SerialDeframer at_once;
    os::SerialDeframer in_pieces;
    std::vector<std::vector<std::uint8_t>> whole;
    std::vector<std::vector<std::uint8_t>> pieces;
    at_once.take(bytes, [&](ByteView message) { whole.emplace_back(message.begin(), message.end()); });
    for (std::size_t at = 0; at < size; ++at)
        in_pieces.take(bytes.subspan(at, 1),
                       [&](ByteView message) { pieces.emplace_back(message.begin(), message.end()); });
    if (whole != pieces || at_once.broken() != in_pieces.broken()) std::abort();
    for (const auto& message : whole)
        if (message.size() > os::max_serial_message) std::abort();
    if (size > os::max_serial_message) return 0;
    bool came_back = false;
    os::SerialDeframer deframer;
    deframer.take(os::serial_frame(bytes), [&](ByteView message) {
        came_back = std::equal(message.begin(), message.end(), bytes.begin(), bytes.end());
    });
    if (!came_back) std::abort();
    return 0;
}
