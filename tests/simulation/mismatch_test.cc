// Two guarded hosts whose files differ: what is said of it, by whom, and until when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "simulation/guarded.h"

namespace holdfast::sim {
namespace {

using engine::IncidentKind;
using engine::State;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t A = 0;
constexpr std::size_t B = 1;

using Mistake = std::function<void(engine::RouterSettings&)>;

std::string story_of(const Guarded& net, std::size_t host) {
    std::string story;
    for (const engine::IncidentEntry& entry : net.incident(host).entries())
        story += describe(entry, net.world.settings(net.hosts[host])) + "\n";
    return story;
}

// For a while B has another file than A.
class FilesDiffer : public testing::Test {
protected:
    void play(Version version, const Mistake& mistake) {
        net = std::make_unique<Guarded>(1, Guarded::Options{.version = version});
        net->world.run_until(at(20s));
        auto settings = net->settings_of(B);
        mistake(settings.routers[0]);
        net->world.reload(net->hosts[B], settings);
        net->meter.reset();
        net->world.run_for(60s);
    }
    void mend() {
        net->world.reload(net->hosts[B], net->settings_of(B));
        net->world.run_for(60s);
    }

    std::unique_ptr<Guarded> net;
};

TEST_F(FilesDiffer, WhatIsRefusedIsNamedAndHoldsTheBackupBack) {
    const struct {
        Version version;
        Mistake mistake;
        std::string words;
    } cases[] = {
        {Version::v2, [](auto& router) { router.password = engine::Password{'1'}; },
         "10.0.1.1 uses authentication type 0, this host 1 (auth_type)"},
        {Version::v3, [](auto& router) { router.version = Version::v2; },
         "10.0.1.1 speaks VRRP version 3, this host 2 (vrrp_version)"},
        {Version::v2, [](auto& router) { router.advert_interval = 2s; },
         "10.0.1.1 says that it advertises each 1.00 s, this host each 2.00 s (advert_int)"},
    };
    for (const auto& one : cases) {
        play(one.version, one.mistake);
        EXPECT_EQ(net->meter.held_by_two(), 0s) << one.words;
        EXPECT_EQ(net->state(A), State::active) << one.words;
        EXPECT_TRUE(net->incident(B).is_open()) << one.words;
        EXPECT_THAT(story_of(*net, B), HasSubstr(one.words));
        mend();
        EXPECT_FALSE(net->incident(B).is_open()) << one.words;
        EXPECT_THAT(net->guard_rules.violations(), IsEmpty());
    }
}

TEST_F(FilesDiffer, WhatIsAcceptedIsAnIncidentUntilItHasNotBeenSeenForLong) {
    const struct {
        Mistake mistake;
        std::string words;
    } cases[] = {
        {[](auto& router) { router.advert_interval = 3s; },
         "stays BACKUP: 10.0.1.1 says that it advertises each 1.00 s, this host each 3.00 s (advert_int)"},
        {[](auto& router) { router.addresses.push_back(ip("192.0.2.101")); },
         "10.0.1.1 advertises 1 addresses, this host 2, and they are not the same (virtual_ipaddress)"},
        {[](auto& router) { router.addresses = {ip("192.0.2.101")}; },
         "10.0.1.1 advertises none of our addresses: another virtual router has the same virtual_router_id"},
    };
    for (const auto& one : cases) {
        play(Version::v3, one.mistake);
        EXPECT_EQ(net->state(A), State::active) << one.words;
        EXPECT_EQ(net->state(B), State::backup) << one.words;
        EXPECT_TRUE(net->incident(B).is_open()) << one.words;
        EXPECT_EQ(net->incident(B).kind(), IncidentKind::mismatch) << one.words;
        EXPECT_EQ(net->incident(B).entries().size(), 1u) << "it is said once";
        EXPECT_THAT(story_of(*net, B), HasSubstr(one.words));
        mend();
        EXPECT_FALSE(net->incident(B).is_open()) << one.words;
    }
}

// The one that is Active hears what a stranger or a twin sends.
TEST_F(FilesDiffer, OwnAddressAsSourceIsNamed) {
    play(Version::v3, [](auto&) {});
    ASSERT_FALSE(net->incident(A).is_open());
    std::array<std::uint8_t, engine::max_advert_size> room{};
    const auto& own = net->world.settings(net->hosts[A]).routers[0];
    const auto size = engine::encode_advert(own, own.priority, ip("10.0.1.1"), own.group, room);
    for (int time = 0; time < 5; ++time) {
        net->world.inject(net->hosts[A],
                          engine::AdvertReceived{.link = engine::LinkId{0},
                                                 .source = ip("10.0.1.1"),
                                                 .destination = own.group,
                                                 .ttl = vrrp_hop_limit,
                                                 .ip_payload_length = static_cast<std::uint32_t>(size),
                                                 .bytes = ByteView{room}.first(size)});
        net->world.run_for(1s);
    }
    EXPECT_EQ(net->incident(A).kind(), IncidentKind::mismatch);
    EXPECT_THAT(
        story_of(*net, A),
        HasSubstr(
            "stays MASTER: adverts come from our own address 10.0.1.1: a loop, or another host has it"));
    net->world.run_for(40s);
    EXPECT_FALSE(net->incident(A).is_open());
    EXPECT_EQ(net->state(A), State::active);
}

}  // namespace
}  // namespace holdfast::sim
