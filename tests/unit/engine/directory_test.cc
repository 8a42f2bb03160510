#include "engine/directory.h"

#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

TEST(Directory, UnicastRoutersShareAVridWhenTheirPeersDiffer) {
    engine::Settings settings{.links = {"eno1", "eno2"}};
    settings.routers.push_back(unicast(v3(100), {"10.0.0.2"}));
    settings.routers.push_back(unicast(v3(100), {"10.0.0.3"}));
    Node node{settings};
    node.starts().hears({.priority = 200, .source = "10.0.0.3"}, 1s);
    EXPECT_EQ(node.view(router_0).active_address, std::nullopt);
    EXPECT_EQ(node.view(router_1).active_address, ip("10.0.0.3"));
}

TEST(Directory, RouterWithoutALinkIsKnownByItsSourceAddress) {
    engine::Settings settings{.links = {"eno1"}};
    for (const char* source : {"10.0.0.7", "10.0.0.8"}) {
        auto own = unicast(v3(100), {"10.0.0.2"});
        own.link.reset();
        own.source = ip(source);
        settings.routers.push_back(own);
    }
    Node node{settings};
    node.starts();
    EXPECT_EQ(node.state(router_1), State::backup);
    auto sender = settings.routers[1];
    Datagram datagram = datagram_for(sender, {.priority = 200});
    datagram.bytes.resize(engine::max_advert_size);
    datagram.bytes.resize(
        engine::encode_advert(sender, Priority::from(200), ip("10.0.0.2"), ip("10.0.0.8"), datagram.bytes));
    datagram.meta.destination = ip("10.0.0.8");
    datagram.meta.link = link_0;
    node.happens(datagram.received(), 1s);
    EXPECT_EQ(node.view(router_0).active_address, std::nullopt);
    EXPECT_EQ(node.view(router_1).active_address, ip("10.0.0.2"));
}

TEST(Directory, FamiliesWithTheSameVridDoNotMeet) {
    engine::Settings settings{.links = {"eno1"}};
    settings.routers = {v3(100), over_ipv6(v3(100))};
    Node node{settings};
    node.starts().hears({.priority = 200, .source = "fe80::2"}, 1s, router_1);
    EXPECT_EQ(node.view(router_0).active_address, std::nullopt);
    EXPECT_EQ(node.view(router_1).active_address, ip("fe80::2"));
}

TEST(Directory, MulticastGoesToTheMulticastRouterThatSharesTheVrid) {
    engine::Settings settings{.links = {"eno1"}};
    settings.routers = {unicast(v3(100), {"10.0.0.2"}), v3(100)};
    Node node{settings};
    node.starts().hears({.priority = 200}, 1s, router_1);
    EXPECT_EQ(node.view(router_0).active_address, std::nullopt);
    EXPECT_EQ(node.view(router_1).active_address, ip("10.0.0.2"));
    node.hears({.priority = 200}, 1s, router_0);
    EXPECT_EQ(node.view(router_0).active_address, ip("10.0.0.2"));
}

}  // namespace
}  // namespace holdfast::test
