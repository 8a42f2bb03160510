// Routes and rules in the real kernel.
#include "net/routes.h"

#include <gmock/gmock.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "kernel/net/namespaces.h"
#include "net/rules.h"

namespace holdfast::net {
namespace {

using testing::ip;
using testing::run_ip;

Prefix prefix(std::string_view text) {
    return Prefix::parse(text).value();
}

class Routes : public testing::TwoHostsTest {
protected:
    void SetUp() override {
        TwoHostsTest::SetUp();
        if (IsSkipped()) return;
        socket_ = std::make_unique<CommandSocket>(CommandSocket::open().value());
    }
    template <class Request>
    std::vector<Outcome::Kind> carry_out(const std::vector<Request>& requests) {
        const auto outcomes = net::carry_out(*socket_, std::span<const Request>{requests});
        EXPECT_TRUE(outcomes);
        std::vector<Outcome::Kind> kinds;
        for (const auto& outcome : *outcomes) {
            if (!outcome.reached()) ADD_FAILURE() << kinds.size() << ": " << outcome.text();
            kinds.push_back(outcome.kind);
        }
        return kinds;
    }
    std::vector<Route> present(std::uint8_t family) {
        std::vector<Route> routes;
        EXPECT_TRUE(socket_->dump(RTM_GETROUTE, family, [&](const NetlinkMessage& message) {
            if (auto news = route_in(message)) routes.push_back(news->route);
        }));
        return routes;
    }
    std::vector<Route> wanted() const {
        return {{.destination = prefix("198.51.100.0/24"), .via = ip("192.0.2.2"), .metric = 50},
                {.destination = prefix("198.51.101.0/24"), .scope = RT_SCOPE_LINK, .ifindex = near_index_},
                {.destination = prefix("0.0.0.0/0"), .table = 1000, .via = ip("192.0.2.2")},
                {.destination = prefix("198.51.102.0/24"), .type = RTN_BLACKHOLE},
                {.destination = prefix("198.51.103.0/24"), .via = ip("fe80::2"), .ifindex = near_index_},
                {.destination = prefix("198.51.104.0/24"),
                 .via = ip("203.0.113.1"),
                 .ifindex = near_index_,
                 .onlink = true,
                 .preferred_source = ip("192.0.2.1"),
                 .metrics = {{RTAX_MTU, 1400, true}, {RTAX_INITCWND, 20}},
                 .congestion_control = "reno"},
                {.destination = prefix("198.51.105.0/24"),
                 .nexthops = {{.via = ip("192.0.2.2"), .weight = 3}, {.via = ip("192.0.2.3")}}},
                {.destination = prefix("2001:db8:1::/48"), .via = ip("2001:db8::2"), .preference = 1},
                {.destination = prefix("2001:db8:2::/48"),
                 .from = prefix("2001:db8:9::/48"),
                 .via = ip("2001:db8::2")},
                {.destination = prefix("2001:db8:3::/48"),
                 .via = ip("fe80::2"),
                 .ifindex = near_index_,
                 .expires_s = 1000}};
    }

    std::unique_ptr<CommandSocket> socket_;
};

TEST_F(Routes, OfEveryKindAreAddedSeenAndRemoved) {
    std::vector<RouteRequest> requests;
    for (const auto& route : wanted())
        requests.push_back({.route = route});
    EXPECT_THAT(carry_out(requests), ::testing::Each(Outcome::Kind::done));
    auto routes = present(AF_UNSPEC);
    for (const auto& route : wanted())
        EXPECT_TRUE(std::any_of(routes.begin(), routes.end(), [&](const Route& told) {
            return same_route(route, told);
        })) << text(route, {});
    EXPECT_THAT(carry_out(requests), ::testing::Each(Outcome::Kind::existed));
    for (auto& request : requests)
        request.operation = Operation::remove;
    EXPECT_THAT(carry_out(requests), ::testing::Each(Outcome::Kind::done));
    EXPECT_THAT(carry_out(requests), ::testing::Each(Outcome::Kind::not_there));
    routes = present(AF_UNSPEC);
    EXPECT_TRUE(std::none_of(routes.begin(), routes.end(),
                             [](const Route& told) { return told.protocol == own_protocol; }));
}

TEST_F(Routes, SomebodyElsesRouteIsNotRemoved) {
    run_ip("route add 198.51.100.0/24 via 192.0.2.2 proto static");
    EXPECT_THAT(carry_out(std::vector<RouteRequest>{
                    {.operation = Operation::remove,
                     .route = {.destination = prefix("198.51.100.0/24"), .via = ip("192.0.2.2")}}}),
                ::testing::ElementsAre(Outcome::Kind::not_there));
}

TEST_F(Routes, AnUnreachableGatewayIsRefusedInTheKernelsWords) {
    const std::vector<RouteRequest> requests{
        {.route = {.destination = prefix("198.51.100.0/24"), .via = ip("203.0.113.7")}}};
    const auto outcomes = net::carry_out(*socket_, requests);
    ASSERT_TRUE(outcomes);
    EXPECT_EQ(outcomes->at(0).text(), "Network is unreachable (Nexthop has invalid gateway)");
}

TEST_F(Routes, TheRemovalOfARouteIsHeard) {
    auto monitor = MonitorSocket::open({.routes = true}).value();
    const Route route{.destination = prefix("198.51.100.0/24"), .via = ip("192.0.2.2")};
    carry_out(std::vector<RouteRequest>{{.route = route}});
    run_ip("route del 198.51.100.0/24");
    std::vector<Operation> heard;
    while (heard.size() < 2 && testing::readable_within(monitor.fd(), 5000))
        ASSERT_TRUE(monitor.read([&](const NetlinkMessage& message) {
            const auto news = route_in(message);
            if (news && same_route(route, news->route)) heard.push_back(news->happened);
        }));
    EXPECT_THAT(heard, ::testing::ElementsAre(Operation::add, Operation::remove));
}

TEST_F(Routes, RulesAreAddedSeenAndRemoved) {
    const std::vector<Rule> wanted{
        {.priority = 16384, .table = 1000, .from = prefix("192.0.2.0/24"), .iif = "near0"},
        {.priority = 16383,
         .action = FR_ACT_BLACKHOLE,
         .to = prefix("198.51.100.0/24"),
         .mark = 5,
         .mark_mask = 0xff},
        {.priority = 16382,
         .action = FR_ACT_GOTO,
         .goto_priority = 20000,
         .inverted = true,
         .uids = {{1, 5}}},
        {.priority = 16381,
         .table = 254,
         .suppress_prefix_length = 0,
         .ip_protocol = 6,
         .source_ports = {{1, 100}},
         .destination_ports = {{80, 81}}},
        {.family = Family::ipv6, .priority = 16384, .table = 100, .from = prefix("2001:db8::/32")}};
    std::vector<RuleRequest> requests;
    for (const auto& rule : wanted)
        requests.push_back({.rule = rule});
    EXPECT_THAT(carry_out(requests), ::testing::Each(Outcome::Kind::done));
    std::vector<Rule> present;
    ASSERT_TRUE(socket_->dump(RTM_GETRULE, AF_UNSPEC, [&](const NetlinkMessage& message) {
        if (auto news = rule_in(message)) present.push_back(news->rule);
    }));
    for (const auto& rule : wanted)
        EXPECT_TRUE(std::any_of(present.begin(), present.end(), [&](const Rule& told) {
            return same_rule(rule, told);
        })) << text(rule);
    EXPECT_THAT(carry_out(requests), ::testing::Each(Outcome::Kind::existed));
    for (auto& request : requests)
        request.operation = Operation::remove;
    EXPECT_THAT(carry_out(requests), ::testing::Each(Outcome::Kind::done));
    EXPECT_THAT(carry_out(requests), ::testing::Each(Outcome::Kind::not_there));
}

}  // namespace
}  // namespace holdfast::net
