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
    }
    EXPECT_FALSE(findings(parse_text(check("gopher x"))).empty());
}

}  // namespace
}  // namespace holdfast::config::testing
