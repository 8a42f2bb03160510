// What iptables-nft keeps in its old form, as bytes.
#include "net/firewall_xt.h"

#include <gtest/gtest.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_state.h>

#include <cstring>

namespace holdfast::net::firewall::testing {
namespace {

template <class Details>
XtMatch match(const char* name, std::uint32_t revision, const Details& details) {
    Bytes bytes(sizeof details);
    std::memcpy(bytes.data(), &details, sizeof details);
    return {.name = name, .revision = revision, .details = bytes};
}

XtPacket packet() {
    return {.state = Value::of_number(state_new),
            .mark = Value::of_number(std::uint32_t{0}),
            .packet_type = Value::of_number(std::uint8_t{2}),
            .destination_type = 5};
}

Truth of_states(std::uint16_t states, bool inverted = false, std::uint16_t further = 0) {
    xt_conntrack_mtinfo3 details{};
    details.match_flags = static_cast<std::uint16_t>(XT_CONNTRACK_STATE | further);
    details.invert_flags = inverted ? XT_CONNTRACK_STATE : 0;
    details.state_mask = states;
    return xt_matches(match("conntrack", 3, details), packet());
}

TEST(Xt, AnAdvertIsOfANewConnection) {
    constexpr std::uint16_t established_and_related = 2 | 4;
    EXPECT_EQ(of_states(established_and_related), Truth::no);
    EXPECT_EQ(of_states(established_and_related, true), Truth::yes);
    EXPECT_EQ(of_states(8), Truth::yes);
    EXPECT_EQ(of_states(8, false, XT_CONNTRACK_ORIGSRC), Truth::maybe);
    EXPECT_EQ(xt_matches(match("state", 0, xt_state_info{.statemask = 8}), packet()), Truth::yes);
}

TEST(Xt, TheTypeOfAPacketIsCompared) {
    EXPECT_EQ(xt_matches(match("pkttype", 0, xt_pkttype_info{.pkttype = 2, .invert = 0}), packet()),
              Truth::yes);
    EXPECT_EQ(xt_matches(match("pkttype", 0, xt_pkttype_info{.pkttype = 2, .invert = 1}), packet()),
              Truth::no);
}

TEST(Xt, DetailsThatAreTooShortOrOfAnotherRevisionAreNotBelieved) {
    for (const char* name : {"conntrack", "state", "pkttype", "addrtype", "mark"})
        EXPECT_EQ(xt_matches({.name = name, .revision = 3, .details = {1}}, packet()), Truth::maybe) << name;
    EXPECT_EQ(xt_matches({.name = "conntrack", .revision = 1, .details = Bytes(200)}, packet()),
              Truth::maybe);
    EXPECT_EQ(xt_matches({.name = "recent", .revision = 0, .details = {}}, packet()), Truth::maybe);
    EXPECT_EQ(xt_matches({.name = "comment", .revision = 0, .details = {}}, packet()), Truth::yes);
}

TEST(Xt, TargetsDropGoOnOrAreNotKnown) {
    EXPECT_EQ(xt_verdict("REJECT").kind, Verdict::Kind::drop);
    EXPECT_EQ(xt_verdict("LOG").kind, Verdict::Kind::continue_);
    EXPECT_EQ(xt_verdict("NFQUEUE").kind, Verdict::Kind::other);
    EXPECT_TRUE(xt_changes_mark("MARK"));
    EXPECT_TRUE(xt_changes_tracking("CT"));
    EXPECT_FALSE(xt_changes_mark("LOG"));
}

}  // namespace
}  // namespace holdfast::net::firewall::testing
