#include "net/netlink_message.h"

#include <linux/netlink.h>

#include <algorithm>

namespace holdfast::net {
namespace {

constexpr std::size_t aligned(std::size_t length) {
    return (length + NLMSG_ALIGNTO - 1) & ~std::size_t{NLMSG_ALIGNTO - 1};
}
static_assert(NLMSG_ALIGNTO == NLA_ALIGNTO);

// What is left after a part of that length and its padding; the last part may lack its padding.
ByteView after_part(ByteView bytes, std::size_t length) {
    return bytes.subspan(std::min(aligned(length), bytes.size()));
}

}  // namespace

std::optional<NetlinkMessage> NetlinkMessages::next() {
    const auto header = native_value<nlmsghdr>(rest_);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > rest_.size()) {
        rest_ = {};
        return std::nullopt;
    }
    const NetlinkMessage message{
        .type = header->nlmsg_type,
        .flags = header->nlmsg_flags,
        .sequence = header->nlmsg_seq,
        .payload = rest_.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr))};
    rest_ = after_part(rest_, header->nlmsg_len);
    return message;
}

std::string_view Attribute::text() const {
    const auto end = std::find(value.begin(), value.end(), std::uint8_t{0});
    return {reinterpret_cast<const char*>(value.data()), static_cast<std::size_t>(end - value.begin())};
}

Attributes Attributes::after(ByteView payload, std::size_t fixed_part) {
    if (payload.size() < fixed_part) return Attributes{ByteView{}};
    return Attributes{after_part(payload, fixed_part)};
}

std::optional<Attribute> Attributes::next() {
    const auto header = native_value<nlattr>(rest_);
    if (!header || header->nla_len < sizeof(nlattr) || header->nla_len > rest_.size()) {
        rest_ = {};
        return std::nullopt;
    }
    const Attribute attribute{.type = static_cast<std::uint16_t>(header->nla_type & NLA_TYPE_MASK),
                              .value = rest_.subspan(sizeof(nlattr), header->nla_len - sizeof(nlattr))};
    rest_ = after_part(rest_, header->nla_len);
    return attribute;
}

std::optional<Acknowledgement> acknowledgement_in(const NetlinkMessage& message) {
    if (message.type != NLMSG_ERROR) return std::nullopt;
    const auto error = native_value<int>(message.payload);
    // The code is followed by the header of the request at least.
    if (!error || message.payload.size() < sizeof(nlmsgerr)) return std::nullopt;
    Acknowledgement found{.error_number = *error < 0 && *error > -4096 ? -*error : 0};
    if (*error != 0 && found.error_number == 0) return std::nullopt;
    // Without NLM_F_CAPPED the whole request stands between the code and the attributes.
    const auto request = native_value<nlmsghdr>(message.payload.subspan(sizeof(int)));
    const std::size_t quoted = message.flags & NLM_F_CAPPED ? sizeof(nlmsghdr) : request->nlmsg_len;
    if (!(message.flags & NLM_F_ACK_TLVS) || quoted > message.payload.size()) return found;
    auto attributes = Attributes::after(message.payload, sizeof(int) + quoted);
    while (const auto attribute = attributes.next())
        if (attribute->type == NLMSGERR_ATTR_MSG) found.text = attribute->text();
    return found;
}

}  // namespace holdfast::net
