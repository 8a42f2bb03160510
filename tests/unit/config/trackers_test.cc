#include "config/trackers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Endpoint, IsAnAddressWithAPort) {
    EXPECT_EQ(parse_endpoint("192.0.2.1:80")->port, 80);
    EXPECT_EQ(parse_endpoint("[2001:db8::1]:65535")->address.text(), "2001:db8::1");
    for (const char* wrong : {"", "80", "192.0.2.1", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536",
                              "192.0.2.1:8x", "2001:db8::1:80", "[192.0.2.1]:80", "host:80", "[]:80"})
        EXPECT_FALSE(parse_endpoint(wrong)) << wrong;
}

std::string check(const std::string& line) {
    return "vrrp_check c {\ncheck " + line + "\n}\n" +
           "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n" +
           "track_check {\nc weight 5\n}\n}\n";
}

TEST(TrackedChecks, AreReadWithTheirOptions) {
    const Parsed parsed = parse_text(
        check("https https://10.0.0.9/health status 200-204 contains \"all well\" host web insecure"));
    EXPECT_THAT(findings(parsed), IsEmpty());
    ASSERT_THAT(parsed.config.checks, SizeIs(1));
    const TrackedCheck& read = parsed.config.checks[0];
    EXPECT_EQ(*read.type, CheckType::https);
    EXPECT_EQ(read.status->last, 204U);
    EXPECT_EQ(read.contains, "all well");
    EXPECT_TRUE(read.insecure);
    ASSERT_THAT(parsed.config.instances[0].trackers, SizeIs(1));
    EXPECT_EQ(parse_text(check("http http://10.0.0.9/ status 204")).config.checks.at(0).status->first, 204U);
}

TEST(TrackedChecks, NeedATargetThatSuits) {
    for (const char* good :
         {"tcp 10.0.0.1:80", "unix /run/x.sock", "http http://x/", "https https://x/", "icmp 10.0.0.1",
          "systemd-unit nginx.service", "mysql-ping 10.0.0.1:3306 user check", "postgresql-ping [::1]:5432",
          "redis-ping 127.0.0.1:6379"})
        EXPECT_THAT(findings(parse_text(check(good))), IsEmpty()) << good;
    for (const char* bad : {"tcp web:80", "unix run/x.sock", "http https://x/", "https http://x/", "icmp web",
                            "systemd-unit nginx", "mysql-ping 10.0.0.1", "redis-ping 10.0.0.1:x"}) {
        const Parsed parsed = parse_text(check(bad));
        EXPECT_FALSE(findings(parsed).empty()) << bad;
        EXPECT_THAT(parsed.config.checks, IsEmpty()) << bad;
        EXPECT_THAT(parsed.config.instances.at(0).trackers, IsEmpty()) << bad;
        EXPECT_TRUE(says(parsed, "'c' is not defined above")) << bad;
    }
    EXPECT_FALSE(findings(parse_text(check("gopher x"))).empty());
}

TEST(AnArpCheck, HasAnAddressAndAnInterface) {
    const Parsed parsed = parse_text(check("arp fe80::1 dev eth1"));
    EXPECT_THAT(findings(parsed), IsEmpty());
    EXPECT_EQ(parsed.config.checks.at(0).dev, "eth1");
    EXPECT_TRUE(says(parse_text(check("arp 10.0.0.9")), "asks on the wire of one interface"));
    for (const char* bad : {"arp gw dev eth0", "arp 10.0.0.9 dev eth9", "arp 10.0.0.9"})
        EXPECT_THAT(parse_text(check(bad)).config.checks, IsEmpty()) << bad;
}

TEST(AnArpCheck, OfAVirtualAddressIsLeftOutWithWhatRefersToIt) {
    const Parsed parsed = parse_text(check("arp 10.0.0.1 dev eth0"));
    EXPECT_TRUE(says(parsed, "10.0.0.1 is an address of this configuration"));
    EXPECT_THAT(parsed.config.checks, IsEmpty());
    EXPECT_THAT(parsed.config.instances.at(0).trackers, IsEmpty());
}

std::string tracking(const std::string& lines, const std::string& more = "",
                     const std::string& interface = "eth0") {
    return "vrrp_instance V {\ninterface " + interface +
           "\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n" + more + "\ntrack_reachability {\n" +
           lines + "\n}\n}\n";
}

TEST(TrackReachability, IsReadWithItsHostsAndNumbers) {
    const Parsed parsed =
        parse_text(tracking("10.0.0.254\n  fe80::1 dev eth1\nquorum 2\ninterval 0.5\nrise 2\nfall 4\n"
                            "weight -20 reverse"));
    EXPECT_THAT(findings(parsed), IsEmpty());
    ASSERT_THAT(parsed.config.instances.at(0).reachability, SizeIs(1));
    const TrackedReachability& read = parsed.config.instances[0].reachability[0];
    ASSERT_THAT(read.hosts, SizeIs(2));
    EXPECT_EQ(read.hosts[0].address.text(), "10.0.0.254");
    EXPECT_EQ(read.hosts[0].dev, "");
    EXPECT_EQ(read.hosts[1].dev, "eth1");
    EXPECT_EQ(*read.quorum, 2);
    EXPECT_EQ(*read.interval, std::chrono::milliseconds{500});
    EXPECT_EQ(*read.rise, 2);
    EXPECT_EQ(*read.fall, 4);
    EXPECT_EQ(*read.weight, -20);
    EXPECT_EQ(read.reverse, true);
}

TEST(TrackReachability, SaysWhatIsWrongAndLeavesItOut) {
    struct Wrong {
        const char* lines;
        const char* message;
        std::size_t hosts_left;
    };
    for (const Wrong& wrong : std::initializer_list<Wrong>{
             {"10.0.0.254\nquorum 2", "quorum 2 of 1 references can never be met", 1},
             {"10.0.0.254\n10.0.0.1", "10.0.0.1 is an address of this configuration", 1},
             {"10.0.0.254\n224.0.0.18", "224.0.0.18 is no address of one other host", 1},
             {"10.0.0.254\n10.0.0.9 dev lo", "10.0.0.9 cannot be asked on a loopback interface", 1},
             {"10.0.0.254\n10.0.0.254 dev eth0", "10.0.0.254 stands there twice", 1},
             {"10.0.0.254\nquorom 1", "unknown keyword 'quorom' in track_reachability", 1},
             {"10.0.0.254\n10.0.0.x", "10.0.0.x", 1},
             {"10.0.0.254\n10.0.0.9 via eth0", "via", 2}}) {
        const Parsed parsed = parse_text(tracking(wrong.lines));
        EXPECT_TRUE(says(parsed, wrong.message)) << wrong.lines;
        ASSERT_THAT(parsed.config.instances.at(0).reachability, SizeIs(1)) << wrong.lines;
        EXPECT_THAT(parsed.config.instances[0].reachability[0].hosts, SizeIs(wrong.hosts_left))
            << wrong.lines;
    }
    for (const char* nothing : {"", "quorum 1", "10.0.0.1"}) {
        const Parsed parsed = parse_text(tracking(nothing));
        EXPECT_TRUE(says(parsed, "has no reference")) << nothing;
        EXPECT_THAT(parsed.config.instances.at(0).reachability, IsEmpty()) << nothing;
    }
    EXPECT_EQ(*parse_text(tracking("10.0.0.254\nquorum 2")).config.instances.at(0).reachability.at(0).quorum,
              1);
}

TEST(TrackReachability, OfAnOwnAddressIsOnlySaidSinceThatMayChange) {
    InventedHost host;
    host.addresses = {"10.0.0.254"};
    const Parsed parsed = parse_text(tracking("10.0.0.254"), host);
    EXPECT_TRUE(says(parsed, "10.0.0.254 is an address of this host"));
    EXPECT_THAT(parsed.config.instances.at(0).reachability, SizeIs(1));
}

TEST(TrackReachability, OfAGroupNamesInterfaces) {
    const auto group = [](const std::string& lines) {
        return parse_text(
            "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
            "vrrp_sync_group G {\ngroup {\nV\n}\ntrack_reachability {\n" +
            lines + "\n}\n}\n");
    };
    EXPECT_TRUE(says(group("10.0.0.254"),
                     "sync group G: track_reachability: 10.0.0.254 has no interface to be asked on"));
    EXPECT_THAT(group("10.0.0.254").config.sync_groups.at(0).reachability, IsEmpty());
    EXPECT_THAT(group("10.0.0.254 dev eth0").config.sync_groups.at(0).reachability, SizeIs(1));
}

TEST(TrackReachability, HasNoWeightWhereNoneCounts) {
    for (const char* weight : {"weight 5", "weight 0"}) {
        const bool counts = std::string{weight} == "weight 5";
        const std::string lines = "10.0.0.254\n" + std::string{weight};
        const Parsed owner = parse_text(tracking(lines, "priority 255"));
        EXPECT_EQ(owner.config.instances.at(0).reachability.empty(), counts);
        EXPECT_EQ(says(owner, "priority 255 is never adjusted"), counts);
        const std::string group = "vrrp_sync_group G {\ngroup {\nV\n}\n";
        EXPECT_EQ(says(parse_text(tracking(lines) + group + "}\n"), "member of sync group G"), counts);
        EXPECT_FALSE(
            says(parse_text(tracking(lines) + group + "sync_group_tracking_weight\n}\n"), "has a weight"));
    }
}

constexpr const char* with_bfd =
    "bfd_instance one {\nneighbor_ip 10.0.0.9\nweight 254 reverse\n}\n"
    "bfd_instance two {\nneighbor_ip 10.0.0.8\nchecker\nmin_rx 50\n}\n"
    "vrrp_sync_group G {\ngroup {\nV\n}\ntrack_bfd {\none weight 0\n}\n}\n"
    "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n"
    "track_script {\ns\n}\ntrack_bfd {\ntwo\none weight 0 noreverse\n}\n}\n";

TEST(BfdInstances, AreReadAsFarAsTheyConcernThoseWhoTrackThem) {
    const Parsed parsed = parse_text(with_bfd);
    ASSERT_THAT(parsed.config.bfd_instances, SizeIs(2));
    const BfdInstance& one = parsed.config.bfd_instances[0];
    EXPECT_EQ(one.name, "one");
    EXPECT_EQ(one.weight.value, 253);
    EXPECT_EQ(one.reverse, true);
    EXPECT_THAT(one.unbound, SizeIs(1));
    EXPECT_TRUE(parsed.config.bfd_instances[1].for_checker.value_or(false));
    EXPECT_FALSE(parsed.config.bfd_instances[1].for_vrrp);
    ASSERT_THAT(parsed.config.instances.at(0).trackers, SizeIs(2));
    const TrackerReference& tracked = parsed.config.instances[0].trackers[1];
    EXPECT_EQ(tracked.kind, TrackerKind::bfd);
    EXPECT_EQ(tracked.name, "one");
    EXPECT_EQ(tracked.weight, 0);
    EXPECT_EQ(tracked.reverse, false);
    ASSERT_THAT(parsed.config.sync_groups.at(0).trackers, SizeIs(1));
}

TEST(BfdInstances, AreSaidToHaveNoEffect) {
    const Parsed parsed = parse_text(with_bfd);
    std::vector<std::string> keywords;
    for (const UsedWithoutEffect& one : parsed.config.without_effect)
        keywords.push_back(std::string{one.block} + "/" + std::string{one.keyword});
    EXPECT_THAT(keywords, ElementsAre("(root)/bfd_instance", "bfd_instance/neighbor_ip",
                                      "bfd_instance/weight", "bfd_instance/checker", "bfd_instance/min_rx",
                                      "vrrp_sync_group/track_bfd", "vrrp_instance/track_bfd"));
}

TEST(BfdInstances, WithoutANeighbourAreLeftOutAndNotDefined) {
    const Parsed parsed = parse_text(
        "bfd_instance one {\nweight 3\n}\nvrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n"
        "virtual_ipaddress {\n10.0.0.1\n}\ntrack_bfd {\none\n}\n}\n");
    EXPECT_THAT(parsed.config.bfd_instances, IsEmpty());
    EXPECT_THAT(parsed.config.instances.at(0).trackers, IsEmpty());
    EXPECT_TRUE(says(parsed, "'one' is not defined above"));
}

}  // namespace
}  // namespace holdfast::config::testing
