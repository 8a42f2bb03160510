#include "net/neighbour_filter.h"

#include "base/result.h"

namespace holdfast::net {
namespace {

constexpr std::uint32_t whole_frame = 0xffffffff;

// Offsets from the start of the Ethernet frame.
constexpr std::uint32_t arp_sender = 28;
constexpr std::uint32_t next_header = 20;
constexpr std::uint32_t hop_limit = 21;
constexpr std::uint32_t message_type = 54;
constexpr std::uint32_t target = 62;

constexpr std::uint32_t icmpv6 = 58;
constexpr std::uint32_t advertisement = 136;

constexpr sock_filter statement(int code, std::uint32_t k) {
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}

// Goes on when A is k, else passes over so many instructions.
constexpr sock_filter unless_equal(std::uint32_t k, std::uint8_t skip) {
    return {static_cast<std::uint16_t>(BPF_JMP | BPF_JEQ | BPF_K), 0, skip, k};
}

// Ends the program, dropping the frame, unless the byte is that.
void require_byte(BpfProgram& program, std::uint32_t offset, std::uint32_t value) {
    program.push_back(statement(BPF_LD | BPF_B | BPF_ABS, offset));
    program.push_back({static_cast<std::uint16_t>(BPF_JMP | BPF_JEQ | BPF_K), 1, 0, value});
    program.push_back(statement(BPF_RET | BPF_K, 0));
}

std::uint32_t word_at(const IpAddress& address, std::size_t word) {
    return *ByteReader{address.bytes().subspan(4 * word, 4)}.be32();
}

}  // namespace

BpfProgram neighbour_filter(Family family, std::span<const IpAddress> addresses) {
    BpfProgram program;
    const bool passes_all = addresses.size() > most_filtered_addresses;
    if (family == Family::ipv6) {
        require_byte(program, next_header, icmpv6);
        require_byte(program, hop_limit, 255);
        require_byte(program, message_type, advertisement);
    }
    // A load beyond the end of the frame ends the program and drops the frame.
    if (family == Family::ipv4) program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, arp_sender));
    for (const IpAddress& address : addresses) {
        HF_ASSERT(address.family() == family);
        if (passes_all) break;
        if (family == Family::ipv4) {
            program.push_back(unless_equal(word_at(address, 0), 1));
        } else {
            // The last word first: it differs most.
            for (const std::uint32_t word : {3U, 2U, 1U, 0U}) {
                program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, target + 4 * word));
                program.push_back(
                    unless_equal(word_at(address, word), static_cast<std::uint8_t>(2 * word + 1)));
            }
        }
        program.push_back(statement(BPF_RET | BPF_K, whole_frame));
    }
    program.push_back(statement(BPF_RET | BPF_K, passes_all ? whole_frame : 0));
    return program;
}

}  // namespace holdfast::net
