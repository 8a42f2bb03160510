#include "os/accept_rule.h"

#include <gtest/gtest.h>
#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <linux/netfilter.h>

namespace holdfast::os::testing {
namespace {

AcceptRule rule() {
    return {.table_family = NFPROTO_IPV4,
            .table = "filter",
            .chain = "INPUT",
            .outgoing = false,
            .link = "eth0",
            .source = std::nullopt,
            .destination = *IpAddress::parse("224.0.0.18")};
}

TEST(AcceptRules, ArePackedAndUnpackedAsTheyWere) {
    AcceptRule other = rule();
    other.outgoing = true;
    other.source = IpAddress::parse("192.0.2.1");
    other.protocol = AcceptRule::udp;
    other.port = 1112;
    const auto got = unpack(pack({rule(), other}));
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, (std::vector{rule(), other}));
    EXPECT_TRUE(unpack("")->empty());
}

TEST(AcceptRules, ThatAreCutOrDamagedAreRefused) {
    const std::string whole = pack({rule()});
    for (std::size_t size = 1; size < whole.size(); ++size)
        EXPECT_FALSE(unpack(std::string_view{whole}.substr(0, size))) << size;
    std::string flags = whole;
    flags[1] = 8;
    EXPECT_FALSE(unpack(flags));
    std::string protocol = whole;
    protocol[2] = 6;
    EXPECT_FALSE(unpack(protocol));
}

TEST(AcceptRules, AreBoundedAndOfOneFamily) {
    EXPECT_TRUE(is_sound(rule()));
    const auto unsound = [](auto change) {
        AcceptRule changed = rule();
        change(changed);
        return !is_sound(changed);
    };
    EXPECT_TRUE(unsound([](AcceptRule& r) { r.table.clear(); }));
    EXPECT_TRUE(unsound([](AcceptRule& r) { r.chain = std::string(256, 'c'); }));
    EXPECT_TRUE(unsound([](AcceptRule& r) { r.link = "a name that is too long"; }));
    EXPECT_TRUE(unsound([](AcceptRule& r) { r.source = IpAddress::parse("fe80::1"); }));
    EXPECT_TRUE(unsound([](AcceptRule& r) { r.table_family = NFPROTO_IPV6; }));
    EXPECT_TRUE(unsound([](AcceptRule& r) { r.table_family = NFPROTO_ARP; }));
    EXPECT_TRUE(unsound([](AcceptRule& r) { r.port = 1; }));
    EXPECT_TRUE(unsound([](AcceptRule& r) { r.protocol = AcceptRule::udp; }));
}

}  // namespace
}  // namespace holdfast::os::testing
