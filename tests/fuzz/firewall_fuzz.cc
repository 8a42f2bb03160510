// Bytes as messages about an nftables ruleset: each record is a kind, a length and the attributes behind a
// whole header. Whatever they say, an advert is led through in bounded time, and the answer names a chain
// that is there.
#include <libnftnl/common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/result.h"
#include "net/firewall_judge.h"
#include "net/firewall_messages.h"

namespace {

using namespace holdfast;
using namespace holdfast::net::firewall;

// The kernel aligns its messages.
std::vector<std::uint32_t> message(std::uint16_t type, std::uint8_t family, ByteView attributes) {
    const std::size_t length = sizeof(nlmsghdr) + sizeof(nfgenmsg) + attributes.size();
    std::vector<std::uint32_t> room((length + 3) / 4);
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(length);
    header.nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type);
    nfgenmsg generic{};
    generic.nfgen_family = family;
    auto* out = reinterpret_cast<std::uint8_t*>(room.data());
    std::memcpy(out, &header, sizeof header);
    std::memcpy(out + sizeof header, &generic, sizeof generic);
    std::copy(attributes.begin(), attributes.end(), out + sizeof header + sizeof generic);
    return room;
}

void learn(Ruleset& ruleset, std::uint8_t kind, ByteView attributes) {
    constexpr std::uint8_t families[] = {1, 2, 5, 10};
    const std::uint8_t family = families[kind >> 2 & 3];
    const auto parsed = [&](std::uint16_t type) { return message(type, family, attributes); };
    switch (kind & 3) {
        case 0: {
            const auto bytes = parsed(NFT_MSG_NEWCHAIN);
            if (auto chain = parse_chain(reinterpret_cast<const nlmsghdr*>(bytes.data()))) {
                chain->second.rules.emplace();
                ruleset.chains.insert(std::move(*chain));
            }
            return;
        }
        case 1: {
            const auto bytes = parsed(NFT_MSG_NEWRULE);
            auto rule = parse_rule(reinterpret_cast<const nlmsghdr*>(bytes.data()));
            if (!rule) return;
            const auto chain = ruleset.chains.find(rule->first);
            if (chain != ruleset.chains.end()) chain->second.rules->push_back(std::move(rule->second));
            return;
        }
        case 2: {
            const auto bytes = parsed(NFT_MSG_NEWSET);
            const auto facts = parse_set(reinterpret_cast<const nlmsghdr*>(bytes.data()));
            if (facts && !ruleset.sets.empty()) ruleset.sets.begin()->second.interval = facts->interval;
            return;
        }
        default: {
            const auto bytes = parsed(NFT_MSG_NEWSETELEM);
            Set& set = ruleset.sets[{family, "t", "s"}];
            for (Element& element : parse_elements(reinterpret_cast<const nlmsghdr*>(bytes.data())))
                set.elements.push_back(std::move(element));
            return;
        }
    }
}

void judge_all(Ruleset& ruleset) {
    for (const bool outgoing : {false, true})
        for (const Family family : {Family::ipv4, Family::ipv6}) {
            const Probe probe{.outgoing = outgoing,
                              .family = family,
                              .link = "eth0",
                              .ifindex = 2,
                              .source = std::nullopt,
                              .destination = vrrp_multicast_group(family)};
            auto judged = judge(ruleset, probe);
            while (const auto* needs = std::get_if<NeedsSet>(&judged)) {
                HF_ASSERT(!ruleset.sets.contains(needs->set));
                ruleset.sets[needs->set];
                judged = judge(ruleset, probe);
            }
            HF_ASSERT(std::holds_alternative<Answer>(judged));
            const Answer& answer = std::get<Answer>(judged);
            if (answer.kind == Answer::Kind::passes) continue;
            HF_ASSERT(ruleset.chains.contains(answer.base));
            HF_ASSERT(!answer.reason.empty() && !describe(answer.place).empty());
        }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    Ruleset ruleset;
    ByteView rest{bytes, size};
    while (rest.size() > 3) {
        const std::uint8_t kind = rest[0];
        const std::size_t length = std::min<std::size_t>(rest[1] | (rest[2] & 3) << 8, rest.size() - 3);
        learn(ruleset, kind, rest.subspan(3, length));
        rest = rest.subspan(3 + length);
    }
    judge_all(ruleset);
    return 0;
}
