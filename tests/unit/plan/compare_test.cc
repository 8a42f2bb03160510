// Each row: what is written into the file of node A, what into that of node B, and what is found between
// them.
#include "plan/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "unit/config/invented_host.h"

namespace holdfast::plan::testing {
namespace {

using config::Class;
using config::Finding;

struct Compared {
    std::vector<config::Parsed> parsed;
    std::vector<Disagreement> found;

    std::vector<Finding> numbers() const {
        std::vector<Finding> all;
        for (const Disagreement& one : found)
            all.push_back(one.number);
        return all;
    }
    bool has(Finding number) const {
        const auto all = numbers();
        return std::find(all.begin(), all.end(), number) != all.end();
    }
};

Compared compared(const std::vector<std::string>& texts) {
    config::testing::InventedHost host;
    host.every_interface = true;
    Compared result;
    for (const std::string& text : texts)
        result.parsed.push_back(config::testing::parse_text(text, host));
    std::vector<NodePlan> nodes;
    for (std::size_t at = 0; at < texts.size(); ++at)
        nodes.emplace_back("node-" + std::to_string(at + 1), result.parsed[at].config);
    result.found = compare(nodes);
    return result;
}

// An instance as most people write it; lines come last, and the later word counts.
std::string instance(const std::string& priority, const std::string& lines = {},
                     const std::string& address = "192.0.2.100/24", const std::string& name = "VI") {
    return "vrrp_instance " + name + " {\ninterface eth0\nvirtual_router_id 51\npriority " + priority +
           "\nadvert_int 1\nvirtual_ipaddress {\n" + address + "\n}\n" + lines + "\n}\n";
}

const std::string v3 = "version 3\n";

std::string password(const std::string& words) {
    return "authentication {\nauth_type PASS\nauth_pass " + words + "\n}\n";
}

struct Row {
    const char* name;
    std::string a;
    std::string b;
    std::vector<Finding> found;
};

class TwoFiles : public ::testing::TestWithParam<Row> {};

TEST_P(TwoFiles, DisagreeInWhatIsNamed) {
    const Compared result = compared({GetParam().a, GetParam().b});
    EXPECT_EQ(result.numbers(), GetParam().found);
    for (const Disagreement& one : result.found) {
        EXPECT_GT(one.here.place.line, 0U);
        EXPECT_GT(one.there.place.line, 0U);
        EXPECT_FALSE(one.message.empty());
        EXPECT_FALSE(one.expected.empty());
    }
}

const std::vector<Row> rows{
    {"Nothing", instance("100"), instance("90"), {}},
    {"TheOrderOfAddresses",
     instance("100", {}, "192.0.2.100/24\n192.0.2.101/24"),
     instance("90", {}, "192.0.2.101/24\n192.0.2.100/24"),
     {}},
    {"AnInterfaceOfAnotherName", instance("100"), instance("90", "interface ens3"), {}},
    {"AnotherNumber",
     instance("100"),
     instance("90", "virtual_router_id 15"),
     {Finding::different_virtual_router_id}},
    {"AnotherNumberAndName",
     instance("100"),
     instance("90", "virtual_router_id 15", "192.0.2.100/24", "OTHER"),
     {Finding::different_virtual_router_id}},
    {"TheNumberOfAStranger",
     instance("100"),
     instance("90", {}, "198.51.100.7/24", "OTHER"),
     {Finding::unmatched_instance, Finding::unmatched_instance, Finding::virtual_router_id_elsewhere}},
    {"TheNumberOfAStrangerOnAnotherNetwork",
     instance("100"),
     instance("90", "interface eth1", "198.51.100.7/24", "OTHER"),
     {Finding::unmatched_instance, Finding::unmatched_instance}},
    {"OtherAddresses", instance("100"), instance("90", {}, "192.0.2.101/24"), {Finding::different_addresses}},
    {"OneAddressMore",
     instance("100"),
     instance("90", {}, "192.0.2.100/24\n192.0.2.101/24"),
     {Finding::different_addresses}},
    {"AnotherPrefixLength",
     instance("100"),
     instance("90", {}, "192.0.2.100/32"),
     {Finding::different_addresses}},
    {"OtherExcludedAddresses",
     instance("100", "virtual_ipaddress_excluded {\n192.0.2.7/24\n}"),
     instance("90"),
     {Finding::different_addresses}},
    {"AnotherVersion", instance("100", v3), instance("90"), {Finding::different_version}},
    {"AnotherVersionGlobally",
     "global_defs {\nvrrp_version 3\n}\n" + instance("100"),
     instance("90"),
     {Finding::different_version}},
    {"TheSameVersionWrittenInTwoPlaces",
     "global_defs {\nvrrp_version 3\n}\n" + instance("100"),
     instance("90", v3),
     {}},
    {"AnotherInterval", instance("100"), instance("90", "advert_int 2"), {Finding::different_interval}},
    {"AnotherPassword",
     instance("100", password("one")),
     instance("90", password("two")),
     {Finding::different_authentication}},
    {"PasswordsThatDifferBehindTheEighthByte",
     instance("100", password("12345678a")),
     instance("90", password("12345678b")),
     {}},
    {"NoPassword", instance("100", password("one")), instance("90"), {Finding::different_authentication}},
    {"AnotherTypeOfAuthentication",
     instance("100", password("one")),
     instance("90", "authentication {\nauth_type AH\nauth_pass one\n}"),
     {Finding::different_authentication}},
    {"TheSamePriority", instance("100"), instance("100"), {Finding::equal_priority}},
    {"TwoOwners", instance("255"), instance("255"), {Finding::several_owners}},
    {"TwoMasters",
     instance("100", "state MASTER"),
     instance("90", "state MASTER"),
     {Finding::several_masters}},
    {"AMasterThatIsTheWeaker", instance("100"), instance("90", "state MASTER"), {Finding::several_masters}},
    {"AMasterThatIsTheStronger", instance("100", "state MASTER"), instance("90", "state BACKUP"), {}},
    {"NopreemptOnTheWeakerOnly", instance("100"), instance("90", "nopreempt"), {Finding::preemption_differs}},
    {"NopreemptOnTheStrongerOnly", instance("100", "nopreempt"), instance("90"), {}},
    {"UnicastAndMulticast",
     instance("100", "unicast_peer {\n10.0.0.2\n}"),
     instance("90"),
     {Finding::unicast_and_multicast}},
    {"PeersThatNameEachOther",
     instance("100", "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}"),
     instance("90", "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}"),
     {}},
    {"AOneSidedPeer",
     instance("100", "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.3\n}"),
     instance("90", "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}"),
     {Finding::one_sided_peers, Finding::one_sided_peers}},
    {"APeerThatIsItself",
     instance("100", "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.1\n10.0.0.2\n}"),
     instance("90", "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}"),
     {Finding::own_address_as_peer}},
    {"ACopiedPeer",
     instance("100", "unicast_peer {\n10.0.0.2\n}"),
     instance("90", "unicast_peer {\n10.0.0.2\n}"),
     {Finding::own_address_as_peer}},
    {"ACopiedSource",
     instance("100", "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.1\n}"),
     instance("90", "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.1\n}"),
     {Finding::own_address_as_peer, Finding::own_address_as_peer, Finding::same_source}},
    {"AnotherGroup",
     "global_defs {\nvrrp_mcast_group4 224.0.0.19\n}\n" + instance("100"),
     instance("90"),
     {Finding::different_group}},
    {"AnotherChecksum",
     instance("100", v3 + "v3_checksum_as_v2 on"),
     instance("90", v3),
     {Finding::different_checksum}},
    {"TheSameRouterId",
     "global_defs {\nrouter_id LB\n}\n" + instance("100"),
     "global_defs {\nrouter_id LB\n}\n" + instance("90"),
     {Finding::same_router_id}},
    {"AnInstanceOfOneFileOnly",
     instance("100"),
     instance("90") + instance("90", "virtual_router_id 52", "192.0.2.200/24", "MORE"),
     {Finding::unmatched_instance}},
    {"AnAddressInTwoVirtualRouters",
     instance("100", {}, "192.0.2.100/24\n192.0.2.200/24") +
         instance("100", "virtual_router_id 52", "192.0.2.201/24", "MORE"),
     instance("90", {}, "192.0.2.100/24") +
         instance("90", "virtual_router_id 52", "192.0.2.200/24\n192.0.2.201/24", "MORE"),
     {Finding::different_addresses, Finding::different_addresses, Finding::address_elsewhere}},
    {"AnAddressThatIsStaticElsewhere",
     instance("100"),
     "static_ipaddress {\n192.0.2.100/24 dev eth0\n}\n" + instance("90"),
     {Finding::address_elsewhere}},
    {"ASourceThatIsAVirtualAddress",
     instance("100"),
     instance("90", "mcast_src_ip 192.0.2.100"),
     {Finding::owner_without_255}},
    {"AnOwner", instance("255", "mcast_src_ip 192.0.2.100"), instance("90"), {}},
};

INSTANTIATE_TEST_SUITE_P(Compare, TwoFiles, ::testing::ValuesIn(rows),
                         [](const auto& row) { return std::string{row.param.name}; });

const std::string script = "vrrp_script web {\nscript /bin/true\ninterval 1\nweight ";

struct Weights {
    const char* name;
    std::string weight;
    const char* priority;
    bool decides;
};

class Weight : public ::testing::TestWithParam<Weights> {};

TEST_P(Weight, MustReachBeyondTheOtherPriority) {
    const auto& [name, weight, priority, decides] = GetParam();
    const std::string tracked = "track_script {\nweb\n}\n";
    const std::string definition = script + weight + "\n}\n";
    const Compared result = compared({definition + instance(priority, tracked), instance("90")});
    EXPECT_EQ(result.has(Finding::weight_without_effect), !decides) << name;
}

INSTANTIATE_TEST_SUITE_P(
    Compare, Weight,
    ::testing::Values(Weights{"TooSmall", "-5", "100", false}, Weights{"LargeEnough", "-20", "100", true},
                      Weights{"Equal", "-10", "100", true}, Weights{"PositiveAndTooLate", "20", "100", false},
                      Weights{"PositiveFromBelow", "20", "80", true}, Weights{"None", "0", "100", true}),
    [](const auto& row) { return std::string{row.param.name}; });

TEST(Compare, GroupsMoveTheSameInstances) {
    const auto both = [](const std::string& priority) {
        return instance(priority) + instance(priority, "virtual_router_id 52", "192.0.2.200/24", "SECOND");
    };
    const std::string group = "vrrp_sync_group G {\ngroup {\nVI\nSECOND\n}\n}\n";
    EXPECT_TRUE(compared({group + both("100"), group + both("90")}).found.empty());
    EXPECT_EQ(compared({group + both("100"), both("90")}).numbers(),
              std::vector{Finding::different_sync_group});
    // What only one node has cannot move with the others there.
    const std::string third = "virtual_router_id 53";
    const std::string larger = "vrrp_sync_group G {\ngroup {\nVI\nSECOND\nTHIRD\n}\n}\n";
    EXPECT_EQ(compared({larger + both("100") + instance("100", third, "192.0.2.201/24", "THIRD"),
                        group + both("90")})
                  .numbers(),
              std::vector{Finding::unmatched_instance});
}

TEST(Compare, TheFileThatDiffersIsNamedAmongThree) {
    const Compared result = compared({instance("100"), instance("90"), instance("80", "advert_int 3")});
    ASSERT_EQ(result.numbers(), std::vector{Finding::different_interval});
    EXPECT_EQ(result.found[0].here.node, 2U);
    EXPECT_EQ(result.found[0].there.node, 0U);
    EXPECT_NE(result.found[0].message.find("node-1"), std::string::npos);
}

TEST(Compare, EveryNodeMustNameEveryOther) {
    const auto node = [](const std::string& priority, const std::string& own, const std::string& peers) {
        return instance(priority, "unicast_src_ip 10.0.0." + own + "\nunicast_peer {\n" + peers + "\n}");
    };
    const Compared result = compared({node("100", "1", "10.0.0.2\n10.0.0.3"), node("90", "2", "10.0.0.1"),
                                      node("80", "3", "10.0.0.1\n10.0.0.2")});
    ASSERT_EQ(result.numbers(), std::vector{Finding::one_sided_peers});
    EXPECT_EQ(result.found[0].here.node, 1U);
    EXPECT_EQ(result.found[0].there.node, 2U);
}

TEST(Compare, OnlyVersion3LearnsTheInterval) {
    const auto rank = [](const std::string& version) {
        const Compared result =
            compared({instance("100", version), instance("90", version + "advert_int 2")});
        return result.found.at(0).rank;
    };
    EXPECT_EQ(rank(""), Class::general_error);
    EXPECT_EQ(rank(v3), Class::notice);
}

TEST(Compare, NoPasswordIsSaidOrPointedAt) {
    const Compared result =
        compared({instance("100", password("secret-1")), instance("90", password("secret-2"))});
    ASSERT_EQ(result.found.size(), 1U);
    const Disagreement& found = result.found[0];
    EXPECT_EQ(found.message.find("secret"), std::string::npos);
    for (const Spot& spot : {found.here, found.there})
        EXPECT_EQ(result.parsed[spot.node].diagnostics.quote(spot.place, "note").find("secret"),
                  std::string::npos);
}

TEST(Compare, PartnersAreFoundByAddressBeforeName) {
    const std::string web = instance("100", {}, "192.0.2.1/24", "A");
    const std::string mail = instance("100", "virtual_router_id 52", "192.0.2.2/24", "B");
    // The names are swapped on the other node; nothing else is.
    EXPECT_TRUE(compared({web + mail, instance("90", {}, "192.0.2.1/24", "B") +
                                          instance("90", "virtual_router_id 52", "192.0.2.2/24", "A")})
                    .found.empty());
}

TEST(Compare, ManyInstancesTakeNLogN) {
    std::string a;
    std::string b;
    for (int at = 0; at < 2000; ++at) {
        const std::string number = std::to_string(at);
        const std::string own =
            "virtual_router_id " + std::to_string(1 + at % 255) + "\ninterface eth" + number;
        const std::string address =
            "10.1." + std::to_string(at / 250) + "." + std::to_string(at % 250) + "/24";
        a += instance("100", own, address, "VI_" + number);
        b += instance("90", own, address, "VI_" + number);
    }
    EXPECT_TRUE(compared({a, b}).found.empty());
}

}  // namespace
}  // namespace holdfast::plan::testing
