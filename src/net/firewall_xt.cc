#include "net/firewall_xt.h"

#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_state.h>

#include <array>
#include <cstring>
#include <optional>

namespace holdfast::net::firewall {

namespace {

template <class Details>
std::optional<Details> details_of(const XtMatch& match) {
    if (match.details.size() < sizeof(Details)) return std::nullopt;
    Details details{};
    std::memcpy(&details, match.details.data(), sizeof details);
    return details;
}

Truth flipped_if(bool inverted, Truth truth) {
    return inverted ? !truth : truth;
}

std::uint32_t number(const Value& value) {
    std::uint32_t result = 0;
    if (value.size() >= sizeof result) std::memcpy(&result, value.bits.data(), sizeof result);
    return result;
}

Truth any_bit(const Value& value, std::uint32_t mask) {
    if (!value.is_known()) return Truth::maybe;
    return (number(value) & mask) != 0 ? Truth::yes : Truth::no;
}

Truth conntrack(const XtMatch& match, const XtPacket& packet) {
    if (match.revision < 2) return Truth::maybe;  // its fields are elsewhere
    const auto details = details_of<xt_conntrack_mtinfo3>(match);
    if (!details || details->match_flags != XT_CONNTRACK_STATE) return Truth::maybe;
    return flipped_if((details->invert_flags & XT_CONNTRACK_STATE) != 0,
                      any_bit(packet.state, details->state_mask));
}

Truth state(const XtMatch& match, const XtPacket& packet) {
    const auto details = details_of<xt_state_info>(match);
    return details ? any_bit(packet.state, details->statemask) : Truth::maybe;
}

Truth packet_type(const XtMatch& match, const XtPacket& packet) {
    const auto details = details_of<xt_pkttype_info>(match);
    if (!details || !packet.packet_type.is_known()) return Truth::maybe;
    const bool same = packet.packet_type.bits[0] == details->pkttype;
    return flipped_if(details->invert != 0, same ? Truth::yes : Truth::no);
}

Truth address_type(const XtMatch& match, const XtPacket& packet) {
    const auto details = details_of<xt_addrtype_info_v1>(match);
    if (match.revision != 1 || !details || details->source != 0) return Truth::maybe;
    if ((details->flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT)) != 0)
        return Truth::maybe;
    const bool same = (details->dest & (1u << packet.destination_type)) != 0;
    return flipped_if((details->flags & XT_ADDRTYPE_INVERT_DEST) != 0, same ? Truth::yes : Truth::no);
}

Truth mark(const XtMatch& match, const XtPacket& packet) {
    const auto details = details_of<xt_mark_mtinfo1>(match);
    if (match.revision != 1 || !details || !packet.mark.is_known()) return Truth::maybe;
    const bool same = (number(packet.mark) & details->mask) == details->mark;
    return flipped_if(details->invert != 0, same ? Truth::yes : Truth::no);
}

struct Target {
    std::string_view name;
    Verdict::Kind verdict;
};

constexpr std::array targets{
    Target{"REJECT", Verdict::Kind::drop},        Target{"DROP", Verdict::Kind::drop},
    Target{"SNAT", Verdict::Kind::accept},        Target{"DNAT", Verdict::Kind::accept},
    Target{"MASQUERADE", Verdict::Kind::accept},  Target{"REDIRECT", Verdict::Kind::accept},
    Target{"NETMAP", Verdict::Kind::accept},      Target{"AUDIT", Verdict::Kind::continue_},
    Target{"CHECKSUM", Verdict::Kind::continue_}, Target{"CLASSIFY", Verdict::Kind::continue_},
    Target{"CONNMARK", Verdict::Kind::continue_}, Target{"CT", Verdict::Kind::continue_},
    Target{"DSCP", Verdict::Kind::continue_},     Target{"HL", Verdict::Kind::continue_},
    Target{"LOG", Verdict::Kind::continue_},      Target{"MARK", Verdict::Kind::continue_},
    Target{"NFLOG", Verdict::Kind::continue_},    Target{"NOTRACK", Verdict::Kind::continue_},
    Target{"SET", Verdict::Kind::continue_},      Target{"TCPMSS", Verdict::Kind::continue_},
    Target{"TEE", Verdict::Kind::continue_},      Target{"TOS", Verdict::Kind::continue_},
    Target{"TRACE", Verdict::Kind::continue_},    Target{"TTL", Verdict::Kind::continue_}};

}  // namespace

Truth xt_matches(const XtMatch& match, const XtPacket& packet) {
    if (match.name == "comment") return Truth::yes;
    if (match.name == "conntrack") return conntrack(match, packet);
    if (match.name == "state") return state(match, packet);
    if (match.name == "pkttype") return packet_type(match, packet);
    if (match.name == "addrtype") return address_type(match, packet);
    if (match.name == "mark") return mark(match, packet);
    return Truth::maybe;
}

Verdict xt_verdict(std::string_view target) {
    for (const Target& known : targets)
        if (known.name == target) return {.kind = known.verdict, .chain = {}};
    return {.kind = Verdict::Kind::other, .chain = {}};
}

bool xt_changes_mark(std::string_view target) {
    return target == "MARK" || target == "CONNMARK";
}

bool xt_changes_tracking(std::string_view target) {
    return target == "CT" || target == "NOTRACK";
}

}  // namespace holdfast::net::firewall
