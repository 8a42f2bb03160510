#include "net/vrid_filter.h"

namespace holdfast::net {
namespace {

constexpr std::uint32_t whole_packet = 0xffffffff;

constexpr sock_filter statement(int code, std::uint32_t k) {
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}

constexpr sock_filter jump(int code, std::uint32_t k, std::uint8_t when_true, std::uint8_t when_false) {
    return {static_cast<std::uint16_t>(code), when_true, when_false, k};
}

// The 32 VRIDs that start at 32 * word, as a mask.
std::uint32_t word_of(const std::bitset<256>& vrids, std::size_t word) {
    std::uint32_t mask = 0;
    for (std::size_t bit = 0; bit < 32; ++bit)
        if (vrids[32 * word + bit]) mask |= 1U << bit;
    return mask;
}

// Ends the program with whether the VRID of the VRRP header at X + offset is one of them. A load beyond the
// end of the packet ends it, too, and drops the packet.
void test_vrid(BpfProgram& program, std::uint32_t offset, const std::bitset<256>& vrids) {
    constexpr std::uint32_t vrid_slot = 0;
    constexpr std::uint32_t mask_slot = 1;
    constexpr std::size_t words = 8;
    program.push_back(statement(BPF_LD | BPF_B | BPF_IND, offset + 1));
    program.push_back(statement(BPF_ST, vrid_slot));
    program.push_back(statement(BPF_ALU | BPF_RSH | BPF_K, 5));
    // A is the number of the word that holds the VRID's bit: load that word, and jump to the test.
    for (std::size_t word = 0; word < words; ++word) {
        const auto left = static_cast<std::uint32_t>(words - 1 - word);
        program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(word), 0, 2));
        program.push_back(statement(BPF_LD | BPF_W | BPF_IMM, word_of(vrids, word)));
        program.push_back(statement(BPF_JMP | BPF_JA, 3 * left));
    }
    program.push_back(statement(BPF_ST, mask_slot));
    program.push_back(statement(BPF_LD | BPF_MEM, vrid_slot));
    program.push_back(statement(BPF_ALU | BPF_AND | BPF_K, 31));
    program.push_back(statement(BPF_MISC | BPF_TAX, 0));
    program.push_back(statement(BPF_LD | BPF_MEM, mask_slot));
    program.push_back(statement(BPF_ALU | BPF_RSH | BPF_X, 0));
    program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1));
    program.push_back(statement(BPF_RET | BPF_K, whole_packet));
    program.push_back(statement(BPF_RET | BPF_K, 0));
}

}  // namespace

BpfProgram vrid_filter(Family family, const std::bitset<256>& vrids) {
    BpfProgram program;
    // A raw IPv4 socket filters from the IP header on, a raw IPv6 socket from what follows it.
    if (family == Family::ipv4)
        program.push_back(statement(BPF_LDX | BPF_B | BPF_MSH, 0));
    else
        program.push_back(statement(BPF_LDX | BPF_W | BPF_IMM, 0));
    test_vrid(program, 0, vrids);
    return program;
}

BpfProgram tap_filter(Family family, const std::bitset<256>& vrids) {
    constexpr std::uint32_t ethernet = 14;
    constexpr std::uint32_t ipv4_protocol = ethernet + 9;
    constexpr std::uint32_t ipv4_fragment = ethernet + 6;
    constexpr std::uint32_t ipv6_next_header = ethernet + 6;
    constexpr std::uint32_t ipv6_header = 40;
    BpfProgram program;
    program.push_back(
        statement(BPF_LD | BPF_B | BPF_ABS, family == Family::ipv4 ? ipv4_protocol : ipv6_next_header));
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, vrrp_protocol, 1, 0));
    program.push_back(statement(BPF_RET | BPF_K, 0));
    if (family == Family::ipv4) {
        program.push_back(statement(BPF_LD | BPF_H | BPF_ABS, ipv4_fragment));
        program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 0, 1));  // not the first fragment
        program.push_back(statement(BPF_RET | BPF_K, 0));
        program.push_back(statement(BPF_LDX | BPF_B | BPF_MSH, ethernet));
    } else {
        program.push_back(statement(BPF_LDX | BPF_W | BPF_IMM, ipv6_header));
    }
    test_vrid(program, ethernet, vrids);
    return program;
}

BpfProgram pass_all_filter() {
    return {statement(BPF_RET | BPF_K, whole_packet)};
}

BpfProgram pass_none_filter() {
    return {statement(BPF_RET | BPF_K, 0)};
}

}  // namespace holdfast::net
