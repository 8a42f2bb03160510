// Policy rules: values, requests to the kernel in batches, and news about them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/address.h"
#include "base/result.h"
#include "net/netlink.h"

namespace holdfast::net {

// A policy rule: who it is for (selector) and what it does (action).
struct Rule {
    Family family = Family::ipv4;
    std::uint32_t priority = 0;
    std::uint8_t action = 1;                     // FR_ACT_TO_TBL
    std::uint32_t table = 0;                     // FR_ACT_TO_TBL
    std::optional<std::uint32_t> goto_priority;  // FR_ACT_GOTO
    bool inverted = false;                       // `not`
    std::optional<Prefix> from;
    std::optional<Prefix> to;
    std::uint8_t tos = 0;
    std::optional<std::uint32_t> mark;
    std::optional<std::uint32_t> mark_mask;
    std::string iif;
    std::string oif;
    std::optional<std::uint32_t> realms;
    std::optional<std::uint32_t> suppress_prefix_length;
    std::optional<std::uint32_t> suppress_interface_group;
    std::optional<std::uint64_t> tunnel_id;
    std::optional<std::pair<std::uint32_t, std::uint32_t>> uids;  // first and last
    std::optional<std::uint8_t> ip_protocol;
    std::optional<std::pair<std::uint16_t, std::uint16_t>> source_ports;
    std::optional<std::pair<std::uint16_t, std::uint16_t>> destination_ports;
    bool l3mdev = false;
    std::uint8_t protocol = own_protocol;
};

struct RuleRequest {
    Operation operation = Operation::add;
    Rule rule;
};

// As for addresses: in order, acknowledged, one outcome per request; what exists is not touched (`existed`).
Result<Outcomes> carry_out(CommandSocket& socket, std::span<const RuleRequest> requests);

// One request as the kernel will read it; false when it does not fit. Pure.
[[nodiscard]] bool append(RequestBatch& batch, const RuleRequest& request);

// What the kernel says about a rule: enough to recognise one of ours. Nothing when the message is malformed
// or about something else. Pure.
struct RuleNews {
    Operation happened{};
    Rule rule;
};
std::optional<RuleNews> rule_in(const NetlinkMessage& message);
// Is the rule that the kernel tells of the one that was asked for? Ports, users and suppressions are not
// compared.
bool same_rule(const Rule& wanted, const Rule& told);

// In the words of ip-rule(8).
std::string text(const Rule& rule);

}  // namespace holdfast::net
