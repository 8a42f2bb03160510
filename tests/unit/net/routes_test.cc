#include "net/routes.h"

#include "unit/net/kernel_news.h"

namespace holdfast::net {
namespace {

using testing::ip;
using testing::messages_of;
using testing::prefix;

// What the kernel would read.
RouteNews read_back(const RouteRequest& request) {
    RequestBatch batch;
    EXPECT_TRUE(append(batch, request));
    return route_in(messages_of(batch).at(0)).value();
}

TEST(RouteRequest, SaysWhatWasAskedFor) {
    const Route route{.destination = prefix("198.51.100.0/24"),
                      .table = 1000,
                      .via = ip("192.0.2.254"),
                      .ifindex = 3,
                      .onlink = true,
                      .preferred_source = ip("192.0.2.10"),
                      .metric = 50};
    const auto news = read_back({.route = route});
    EXPECT_EQ(news.happened, Operation::add);
    EXPECT_TRUE(same_route(route, news.route));
    EXPECT_EQ(news.route.table, 1000u) << "more than a byte";
    EXPECT_EQ(news.route.preferred_source, ip("192.0.2.10"));
    EXPECT_EQ(news.route.protocol, own_protocol);
    EXPECT_TRUE(news.route.onlink);
}

TEST(RouteRequest, ByANeighbourOfTheOtherFamily) {
    const Route route{.destination = prefix("198.51.100.0/24"), .via = ip("fe80::1"), .ifindex = 3};
    EXPECT_EQ(read_back({.route = route}).route.via, ip("fe80::1"));
}

TEST(RouteRequest, WithSeveralHops) {
    const Route route{.destination = prefix("0.0.0.0/0"),
                      .nexthops = {{.via = ip("192.0.2.1"), .ifindex = 3, .weight = 256, .realms = 7},
                                   {.via = ip("192.0.2.2"), .onlink = true}}};
    EXPECT_EQ(read_back({.route = route}).route.nexthops, route.nexthops);
}

TEST(RouteRequest, SaysWhereAmongEqualsTheRouteGoes) {
    const auto flags = [](Placement placement) {
        RequestBatch batch;
        EXPECT_TRUE(append(batch, RouteRequest{.route = {.destination = prefix("198.51.100.0/24")},
                                               .placement = placement}));
        return messages_of(batch).at(0).flags & (NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND | NLM_F_REPLACE);
    };
    EXPECT_EQ(flags(Placement::add), NLM_F_CREATE | NLM_F_EXCL);
    EXPECT_EQ(flags(Placement::append), NLM_F_CREATE | NLM_F_APPEND);
    EXPECT_EQ(flags(Placement::prepend), NLM_F_CREATE);
}

TEST(RouteRequest, CarriesMetricsAndWhichAreLocked) {
    RequestBatch batch;
    ASSERT_TRUE(append(batch, RouteRequest{.route = {.destination = prefix("198.51.100.0/24"),
                                                     .metrics = {{RTAX_MTU, 1400, true}, {RTAX_ADVMSS, 1360}},
                                                     .congestion_control = "reno"}}));
    const auto message = messages_of(batch).at(0);
    auto attributes = Attributes::after(message.payload, sizeof(rtmsg));
    std::vector<std::pair<int, std::uint32_t>> numbers;
    std::string algorithm;
    while (const auto attribute = attributes.next()) {
        if (attribute->type != RTA_METRICS) continue;
        Attributes metrics{attribute->value};
        while (const auto metric = metrics.next()) {
            if (metric->type == RTAX_CC_ALGO)
                algorithm = metric->text();
            else
                numbers.emplace_back(metric->type, metric->as<std::uint32_t>().value());
        }
    }
    const std::vector<std::pair<int, std::uint32_t>> wanted{
        {RTAX_MTU, 1400}, {RTAX_ADVMSS, 1360}, {RTAX_LOCK, 1U << RTAX_MTU}};
    EXPECT_EQ(numbers, wanted);
    EXPECT_EQ(algorithm, "reno");
}

TEST(RouteRequest, TooManyHopsForARequestAreRefusedBeforeTheKernelSeesThem) {
    RequestBatch batch;
    EXPECT_FALSE(append(batch, RouteRequest{.route = {.destination = prefix("0.0.0.0/0"),
                                                      .nexthops = std::vector<NextHop>(5000)}}));
    EXPECT_EQ(batch.count(), 0u);
}

TEST(RouteNews, OfACacheEntryOrOfAnImpossiblePrefixAreNone) {
    RequestBatch batch;
    rtmsg fixed{};
    fixed.rtm_family = AF_INET;
    fixed.rtm_flags = RTM_F_CLONED;
    batch.begin(RTM_NEWROUTE, 0, fixed);
    ASSERT_TRUE(batch.end());
    fixed.rtm_flags = 0;
    fixed.rtm_dst_len = 33;
    batch.begin(RTM_NEWROUTE, 0, fixed);
    ASSERT_TRUE(batch.end());
    for (const auto& message : messages_of(batch))
        EXPECT_FALSE(route_in(message));
}

TEST(SameRoute, ComparesOnlyWhatWasAskedFor) {
    const Route wanted{.destination = prefix("2001:db8::/32"), .via = ip("fe80::1")};
    Route told = wanted;
    told.metric = 1024;  // the kernel's own for IPv6
    told.ifindex = 3;
    EXPECT_TRUE(same_route(wanted, told));
    told.via = ip("fe80::2");
    EXPECT_FALSE(same_route(wanted, told));
    told = wanted;
    told.protocol = RTPROT_STATIC;
    EXPECT_FALSE(same_route(wanted, told)) << "somebody else's";
}

TEST(RouteText, ReadsLikeIpRoute) {
    LinkTable links;
    Updates updates;
    testing::tell(links, testing::LinkNews{.index = 3, .name = "eth0"}, updates);
    EXPECT_EQ(
        text({.destination = prefix("0.0.0.0/0"), .via = ip("192.0.2.1"), .ifindex = 3, .metric = 5}, links),
        "default via 192.0.2.1 dev eth0 metric 5");
    EXPECT_EQ(text({.destination = prefix("198.51.100.0/24"), .type = RTN_BLACKHOLE, .table = 100}, links),
              "blackhole 198.51.100.0/24 table 100");
    EXPECT_EQ(text({.destination = prefix("198.51.100.0/24"),
                    .nexthops = {{.via = ip("fe80::1"), .ifindex = 3, .weight = 2}}},
                   links),
              "198.51.100.0/24 nexthop via inet6 fe80::1 dev eth0 weight 2");
}

}  // namespace
}  // namespace holdfast::net
