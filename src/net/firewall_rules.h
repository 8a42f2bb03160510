// nftables rules as plain values: what the doctor has to know of a ruleset to follow one packet through it.
// Words and numbers are nftables' (linux/netfilter/nf_tables.h); what is not understood is kept as such.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace holdfast::net::firewall {

using Bytes = std::vector<std::uint8_t>;

struct Verdict {
    enum class Kind : std::uint8_t { accept, drop, jump, go_to, return_, continue_, other };
    Kind kind = Kind::continue_;
    std::string chain;  // of jump and goto
    bool operator==(const Verdict&) const = default;
};

// --- Expressions: a rule runs them from left to right until one does not match
// --------------------------------

struct Register {
    std::uint32_t number = 0;  // as nftables counts: 0 verdict, 1..4 of 16 bytes, 8..23 of 4 bytes
};

enum class PayloadBase : std::uint8_t { link, network, transport, inner };

struct LoadMeta {
    std::uint32_t key = 0;  // NFT_META_*
    Register to;
};
struct SetMeta {
    std::uint32_t key = 0;
    Register from;
};
struct LoadPayload {
    PayloadBase base{};
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    Register to;
};
struct LoadConntrack {
    std::uint32_t key = 0;  // NFT_CT_*
    Register to;
};
struct LoadFib {
    std::uint32_t result = 0;  // NFT_FIB_RESULT_*
    std::uint32_t flags = 0;   // NFTA_FIB_F_*
    Register to;
};
struct LoadUnknown {  // a value that nobody here can know
    Register to;
};
struct Bitwise {  // to = (from & mask) ^ xor
    Register from;
    Register to;
    Bytes mask;
    Bytes exclusive_or;
};
struct ByteOrder {
    Register from;
    Register to;
    std::uint32_t length = 0;
    std::uint32_t size = 0;  // of the numbers that are turned
};
struct Immediate {
    Register to;
    Bytes data;
};
struct Compare {
    std::uint32_t operation = 0;  // NFT_CMP_*
    Register from;
    Bytes data;
};
struct InRange {
    bool negated = false;
    Register from;
    Bytes first;
    Bytes last;
};
struct Lookup {
    bool negated = false;
    Register from;
    std::string set;
    bool is_map = false;
    Register to;  // of a map; 0: its data are verdicts
};
struct XtMatch {  // of iptables-nft
    std::string name;
    std::uint32_t revision = 0;
    Bytes details;
};
struct XtTarget {
    std::string name;
};
struct GiveVerdict {
    Verdict verdict;
};
struct NoTrack {};
struct NoEffect {};  // counters and logs
struct NotUnderstood {
    std::string name;
    bool ends = false;  // it may end the rules for this packet, not only fail to match
};

using Expression = std::variant<LoadMeta, SetMeta, LoadPayload, LoadConntrack, LoadFib, LoadUnknown, Bitwise,
                                ByteOrder, Immediate, Compare, InRange, Lookup, XtMatch, XtTarget,
                                GiveVerdict, NoTrack, NoEffect, NotUnderstood>;

// What the comments of our own rules begin with (firewall_change.h).
inline constexpr std::string_view own_mark = "holdfast firewall_accept";

struct Rule {
    std::uint64_t handle = 0;
    std::string comment;
    std::vector<Expression> expressions;

    bool ours() const { return comment.starts_with(own_mark); }
};

// --- Tables
// ---------------------------------------------------------------------------------------------------

enum class Hook : std::uint8_t { ingress, prerouting, input, output, postrouting, egress };

// Where a chain hangs in the path of packets.
struct Base {
    Hook hook{};
    std::int32_t priority = 0;
    bool accepts = true;  // policy
    std::vector<std::string> devices;
};

struct ChainKey {
    std::uint32_t family = 0;  // NFPROTO_*
    std::string table;
    std::string name;
    auto operator<=>(const ChainKey&) const = default;
};

struct Chain {
    std::uint64_t handle = 0;
    std::optional<Base> base;
    std::optional<std::vector<Rule>> rules;  // nothing: not read yet
    bool too_large = false;                  // and not read further
};

struct Element {
    Bytes key;
    Bytes key_end;  // of ranges of concatenations
    bool ends_interval = false;
    bool catches_all = false;
    std::optional<Verdict> verdict;
    Bytes data;
};

struct Set {
    bool interval = false;
    bool concatenation = false;
    bool too_large = false;
    std::vector<Element> elements;  // of intervals in the order of their keys
};

using SetKey = ChainKey;

struct Ruleset {
    std::map<ChainKey, Chain> chains;
    std::map<SetKey, Set> sets;  // those that somebody asked for
};

}  // namespace holdfast::net::firewall
