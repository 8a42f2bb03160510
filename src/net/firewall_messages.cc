#include "net/firewall_messages.h"

#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <arpa/inet.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "net/netlink.h"

namespace holdfast::net::firewall {

namespace {

using ChainObject = std::unique_ptr<nftnl_chain, Releaser<nftnl_chain_free>>;
using RuleObject = std::unique_ptr<nftnl_rule, Releaser<nftnl_rule_free>>;
using SetObject = std::unique_ptr<nftnl_set, Releaser<nftnl_set_free>>;

std::string text(const char* words) {
    return words != nullptr ? words : "";
}

std::uint32_t number(const nftnl_expr* expression, std::uint16_t attribute) {
    std::uint32_t length = 0;
    const void* value = nftnl_expr_get(expression, attribute, &length);
    std::uint32_t result = 0;
    if (value != nullptr && length == sizeof result) std::memcpy(&result, value, sizeof result);
    if (value != nullptr && length == 1) result = *static_cast<const std::uint8_t*>(value);
    return result;
}

Register reg(const nftnl_expr* expression, std::uint16_t attribute) {
    return {number(expression, attribute)};
}

Bytes bytes(const nftnl_expr* expression, std::uint16_t attribute) {
    std::uint32_t length = 0;
    const auto* value = static_cast<const std::uint8_t*>(nftnl_expr_get(expression, attribute, &length));
    if (value == nullptr) return {};
    return {value, value + length};
}

std::string words(const nftnl_expr* expression, std::uint16_t attribute) {
    return nftnl_expr_is_set(expression, attribute) ? text(nftnl_expr_get_str(expression, attribute)) : "";
}

Verdict verdict_of(std::uint32_t code, std::string chain) {
    switch (static_cast<std::int32_t>(code)) {
        case NF_ACCEPT:
            return {.kind = Verdict::Kind::accept, .chain = {}};
        case NF_DROP:
            return {.kind = Verdict::Kind::drop, .chain = {}};
        case NFT_JUMP:
            return {.kind = Verdict::Kind::jump, .chain = std::move(chain)};
        case NFT_GOTO:
            return {.kind = Verdict::Kind::go_to, .chain = std::move(chain)};
        case NFT_RETURN:
            return {.kind = Verdict::Kind::return_, .chain = {}};
        case NFT_CONTINUE:
            return {.kind = Verdict::Kind::continue_, .chain = {}};
        default:
            return {.kind = Verdict::Kind::other, .chain = {}};
    }
}

using Reader = Expression (*)(const nftnl_expr*);

Expression read_meta(const nftnl_expr* e) {
    if (nftnl_expr_is_set(e, NFTNL_EXPR_META_SREG))
        return SetMeta{number(e, NFTNL_EXPR_META_KEY), reg(e, NFTNL_EXPR_META_SREG)};
    return LoadMeta{number(e, NFTNL_EXPR_META_KEY), reg(e, NFTNL_EXPR_META_DREG)};
}

Expression read_payload(const nftnl_expr* e) {
    if (nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_SREG)) return NoEffect{};  // writes; nobody filters by it
    constexpr std::array bases{PayloadBase::link, PayloadBase::network, PayloadBase::transport};
    const std::uint32_t base = number(e, NFTNL_EXPR_PAYLOAD_BASE);
    return LoadPayload{base < bases.size() ? bases[base] : PayloadBase::inner,
                       number(e, NFTNL_EXPR_PAYLOAD_OFFSET), number(e, NFTNL_EXPR_PAYLOAD_LEN),
                       reg(e, NFTNL_EXPR_PAYLOAD_DREG)};
}

Expression read_bitwise(const nftnl_expr* e) {
    if (number(e, NFTNL_EXPR_BITWISE_OP) != NFT_BITWISE_BOOL)
        return LoadUnknown{reg(e, NFTNL_EXPR_BITWISE_DREG)};
    return Bitwise{reg(e, NFTNL_EXPR_BITWISE_SREG), reg(e, NFTNL_EXPR_BITWISE_DREG),
                   bytes(e, NFTNL_EXPR_BITWISE_MASK), bytes(e, NFTNL_EXPR_BITWISE_XOR)};
}

Expression read_immediate(const nftnl_expr* e) {
    if (nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT))
        return GiveVerdict{verdict_of(number(e, NFTNL_EXPR_IMM_VERDICT), words(e, NFTNL_EXPR_IMM_CHAIN))};
    return Immediate{reg(e, NFTNL_EXPR_IMM_DREG), bytes(e, NFTNL_EXPR_IMM_DATA)};
}

Expression read_lookup(const nftnl_expr* e) {
    return Lookup{.negated = (number(e, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV) != 0,
                  .from = reg(e, NFTNL_EXPR_LOOKUP_SREG),
                  .set = words(e, NFTNL_EXPR_LOOKUP_SET),
                  .is_map = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG),
                  .to = reg(e, NFTNL_EXPR_LOOKUP_DREG)};
}

Expression read_conntrack(const nftnl_expr* e) {
    if (nftnl_expr_is_set(e, NFTNL_EXPR_CT_SREG)) return NoEffect{};
    return LoadConntrack{number(e, NFTNL_EXPR_CT_KEY), reg(e, NFTNL_EXPR_CT_DREG)};
}

// A set that is added to while it lasts does not end the rule; one with a limit may.
Expression read_dynset(const nftnl_expr* e) {
    if (nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPR)) return NotUnderstood{.name = "limit"};
    return NoEffect{};
}

Expression read_objref(const nftnl_expr* e) {
    switch (number(e, NFTNL_EXPR_OBJREF_IMM_TYPE)) {
        case NFT_OBJECT_COUNTER:
        case NFT_OBJECT_CT_HELPER:
        case NFT_OBJECT_CT_TIMEOUT:
        case NFT_OBJECT_CT_EXPECT:
        case NFT_OBJECT_SECMARK:
            return NoEffect{};
        default:
            return NotUnderstood{.name = "named limit or quota"};
    }
}

Expression no_effect(const nftnl_expr*) {
    return NoEffect{};
}

struct Known {
    std::string_view name;
    Reader read;
};

const std::array<Known, 35>& known_expressions() {
    static constexpr auto drops = [](const nftnl_expr*) -> Expression {
        return GiveVerdict{{.kind = Verdict::Kind::drop, .chain = {}}};
    };
    static constexpr auto accepts = [](const nftnl_expr*) -> Expression {
        return GiveVerdict{{.kind = Verdict::Kind::accept, .chain = {}}};
    };
    static constexpr auto may_match = [](const nftnl_expr* e) -> Expression {
        return NotUnderstood{.name = words(e, NFTNL_EXPR_NAME)};
    };
    static constexpr auto may_end = [](const nftnl_expr* e) -> Expression {
        return NotUnderstood{.name = words(e, NFTNL_EXPR_NAME), .ends = true};
    };
    static constexpr auto loads_first = [](const nftnl_expr* e) -> Expression {
        return LoadUnknown{reg(e, NFTNL_EXPR_BASE)};
    };
    static constexpr auto loads_second = [](const nftnl_expr* e) -> Expression {
        return LoadUnknown{reg(e, NFTNL_EXPR_BASE + 1)};
    };
    static constexpr std::array<Known, 35> all{{
        {"meta", read_meta},
        {"payload", read_payload},
        {"cmp",
         [](const nftnl_expr* e) -> Expression {
             return Compare{number(e, NFTNL_EXPR_CMP_OP), reg(e, NFTNL_EXPR_CMP_SREG),
                            bytes(e, NFTNL_EXPR_CMP_DATA)};
         }},
        {"bitwise", read_bitwise},
        {"byteorder",
         [](const nftnl_expr* e) -> Expression {
             return ByteOrder{reg(e, NFTNL_EXPR_BYTEORDER_SREG), reg(e, NFTNL_EXPR_BYTEORDER_DREG),
                              number(e, NFTNL_EXPR_BYTEORDER_LEN), number(e, NFTNL_EXPR_BYTEORDER_SIZE)};
         }},
        {"range",
         [](const nftnl_expr* e) -> Expression {
             return InRange{number(e, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ, reg(e, NFTNL_EXPR_RANGE_SREG),
                            bytes(e, NFTNL_EXPR_RANGE_FROM_DATA), bytes(e, NFTNL_EXPR_RANGE_TO_DATA)};
         }},
        {"lookup", read_lookup},
        {"immediate", read_immediate},
        {"ct", read_conntrack},
        {"fib",
         [](const nftnl_expr* e) -> Expression {
             return LoadFib{number(e, NFTNL_EXPR_FIB_RESULT), number(e, NFTNL_EXPR_FIB_FLAGS),
                            reg(e, NFTNL_EXPR_FIB_DREG)};
         }},
        {"match",
         [](const nftnl_expr* e) -> Expression {
             return XtMatch{words(e, NFTNL_EXPR_MT_NAME), number(e, NFTNL_EXPR_MT_REV),
                            bytes(e, NFTNL_EXPR_MT_INFO)};
         }},
        {"target", [](const nftnl_expr* e) -> Expression { return XtTarget{words(e, NFTNL_EXPR_TG_NAME)}; }},
        {"notrack", [](const nftnl_expr*) -> Expression { return NoTrack{}; }},
        {"reject", drops},
        {"nat", accepts},
        {"masq", accepts},
        {"redir", accepts},
        {"counter", no_effect},
        {"log", no_effect},
        {"last", no_effect},
        {"dup", no_effect},
        {"flow_offload", no_effect},
        {"dynset", read_dynset},
        {"objref", read_objref},
        {"limit", may_match},
        {"quota", may_match},
        {"connlimit", may_match},
        {"queue", may_end},
        {"fwd", may_end},
        {"tproxy", may_end},
        {"numgen", loads_first},  // these differ in where the register stands that they write
        {"exthdr", loads_first},
        {"rt", loads_second},
        {"socket", loads_second},
        {"hash", loads_second},
    }};
    return all;
}

// What the list lacks may do anything.
int read_expression(nftnl_expr* expression, void* into) {
    auto& all = *static_cast<std::vector<Expression>*>(into);
    const std::string name = words(expression, NFTNL_EXPR_NAME);
    for (const Known& known : known_expressions())
        if (known.name == name) {
            all.push_back(known.read(expression));
            return 0;
        }
    all.push_back(NotUnderstood{.name = name.empty() ? "?" : name, .ends = true});
    return 0;
}

std::optional<Hook> hook_of(std::uint32_t family, std::uint32_t number) {
    if (family == NFPROTO_NETDEV) return number == NF_NETDEV_INGRESS ? Hook::ingress : Hook::egress;
    switch (number) {
        case NF_INET_PRE_ROUTING:
            return Hook::prerouting;
        case NF_INET_LOCAL_IN:
            return Hook::input;
        case NF_INET_LOCAL_OUT:
            return Hook::output;
        case NF_INET_POST_ROUTING:
            return Hook::postrouting;
        case NF_INET_INGRESS:
            return Hook::ingress;
        default:
            return std::nullopt;  // forward: no advert passes there
    }
}

std::optional<Base> base_of(const nftnl_chain* chain, std::uint32_t family) {
    if (!nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM)) return std::nullopt;
    const auto hook = hook_of(family, nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM));
    if (!hook) return std::nullopt;
    Base base{.hook = *hook, .priority = nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO)};
    if (nftnl_chain_is_set(chain, NFTNL_CHAIN_POLICY))
        base.accepts = nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_ACCEPT;
    if (nftnl_chain_is_set(chain, NFTNL_CHAIN_DEV))
        base.devices.push_back(text(nftnl_chain_get_str(chain, NFTNL_CHAIN_DEV)));
    if (nftnl_chain_is_set(chain, NFTNL_CHAIN_DEVICES)) {
        const char* const* names = nftnl_chain_get_array(chain, NFTNL_CHAIN_DEVICES);
        for (; names != nullptr && *names != nullptr; ++names)
            base.devices.emplace_back(*names);
    }
    return base;
}

int note_comment(const nftnl_udata* attribute, void* into) {
    if (nftnl_udata_type(attribute) != NFTNL_UDATA_RULE_COMMENT) return 0;
    const std::size_t length = nftnl_udata_len(attribute);
    const auto* comment = static_cast<const char*>(nftnl_udata_get(attribute));
    const std::string_view words{comment, length};
    *static_cast<std::string*>(into) = words.substr(0, words.find('\0'));
    return 0;
}

std::string comment_of(const nftnl_rule* rule) {
    std::string comment;
    if (!nftnl_rule_is_set(rule, NFTNL_RULE_USERDATA)) return comment;
    std::uint32_t length = 0;
    const void* data = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &length);
    if (data != nullptr) nftnl_udata_parse(data, length, note_comment, &comment);
    return comment;
}

// iptables-nft, when it restores what it has saved, makes a match of the comment.
std::string comment_of(const std::vector<Expression>& expressions) {
    for (const Expression& expression : expressions) {
        const auto* match = std::get_if<XtMatch>(&expression);
        if (match == nullptr || match->name != "comment") continue;
        return {match->details.begin(), std::find(match->details.begin(), match->details.end(), 0)};
    }
    return {};
}

int read_element(nftnl_set_elem* element, void* into) {
    auto& all = *static_cast<std::vector<Element>*>(into);
    const auto data = [&](std::uint16_t attribute) -> Bytes {
        std::uint32_t length = 0;
        const auto* value = static_cast<const std::uint8_t*>(nftnl_set_elem_get(element, attribute, &length));
        if (value == nullptr) return {};
        return {value, value + length};
    };
    Element read{.key = data(NFTNL_SET_ELEM_KEY), .key_end = data(NFTNL_SET_ELEM_KEY_END)};
    if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_FLAGS)) {
        const std::uint32_t flags = nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_FLAGS);
        read.ends_interval = (flags & NFT_SET_ELEM_INTERVAL_END) != 0;
        read.catches_all = (flags & NFT_SET_ELEM_CATCHALL) != 0;
    }
    if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_VERDICT))
        read.verdict = verdict_of(nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_VERDICT),
                                  nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_CHAIN)
                                      ? text(nftnl_set_elem_get_str(element, NFTNL_SET_ELEM_CHAIN))
                                      : "");
    read.data = data(NFTNL_SET_ELEM_DATA);
    all.push_back(std::move(read));
    return 0;
}

}  // namespace

std::optional<std::pair<ChainKey, Chain>> parse_chain(const nlmsghdr* message) {
    const ChainObject chain{nftnl_chain_alloc()};
    if (!chain || nftnl_chain_nlmsg_parse(message, chain.get()) < 0) return std::nullopt;
    const std::uint32_t family = nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_FAMILY);
    ChainKey key{family, text(nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_TABLE)),
                 text(nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_NAME))};
    Chain read;
    read.handle = nftnl_chain_get_u64(chain.get(), NFTNL_CHAIN_HANDLE);
    read.base = base_of(chain.get(), family);
    return std::pair{std::move(key), std::move(read)};
}

std::optional<std::pair<ChainKey, Rule>> parse_rule(const nlmsghdr* message) {
    const RuleObject rule{nftnl_rule_alloc()};
    if (!rule || nftnl_rule_nlmsg_parse(message, rule.get()) < 0) return std::nullopt;
    ChainKey key{nftnl_rule_get_u32(rule.get(), NFTNL_RULE_FAMILY),
                 text(nftnl_rule_get_str(rule.get(), NFTNL_RULE_TABLE)),
                 text(nftnl_rule_get_str(rule.get(), NFTNL_RULE_CHAIN))};
    Rule read;
    read.handle = nftnl_rule_get_u64(rule.get(), NFTNL_RULE_HANDLE);
    read.comment = comment_of(rule.get());
    nftnl_expr_foreach(rule.get(), read_expression, &read.expressions);
    if (read.comment.empty()) read.comment = comment_of(read.expressions);
    return std::pair{std::move(key), std::move(read)};
}

std::optional<SetFacts> parse_set(const nlmsghdr* message) {
    const SetObject set{nftnl_set_alloc()};
    if (!set || nftnl_set_nlmsg_parse(message, set.get()) < 0) return std::nullopt;
    const std::uint32_t flags =
        nftnl_set_is_set(set.get(), NFTNL_SET_FLAGS) ? nftnl_set_get_u32(set.get(), NFTNL_SET_FLAGS) : 0;
    return SetFacts{
        .interval = (flags & NFT_SET_INTERVAL) != 0,
        .concatenation = (flags & NFT_SET_CONCAT) != 0 || nftnl_set_is_set(set.get(), NFTNL_SET_DESC_CONCAT)};
}

std::vector<Element> parse_elements(const nlmsghdr* message) {
    std::vector<Element> all;
    const SetObject set{nftnl_set_alloc()};
    if (!set || nftnl_set_elems_nlmsg_parse(message, set.get()) < 0) return all;
    nftnl_set_elem_foreach(set.get(), read_element, &all);
    return all;
}

}  // namespace holdfast::net::firewall
