// The engine as a whole: order of effects, shared wake-ups, many routers, and no allocation in the steady
// state.
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "engine/timers.h"
#include "support/node.h"

namespace {
std::size_t allocations = 0;
}

// Every allocation of this test program goes through here, and is counted. Not inlined: the compiler would
// see one half of a pair and complain.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace holdfast::test {
namespace {

using engine::State;

// Up to 255 routers on each of as many links as it takes.
engine::Settings many(std::size_t count, const engine::RouterSettings& router) {
    engine::Settings settings;
    for (std::size_t i = 0; i < count; ++i) {
        if (i % 255 == 0) settings.links.push_back("veth" + std::to_string(i / 255));
        auto own = router;
        own.link = engine::LinkId{static_cast<std::uint32_t>(i / 255)};
        own.vrid = *Vrid::from(static_cast<int>(i % 255) + 1);
        settings.routers.push_back(own);
    }
    return settings;
}

TEST(Engine, AdvertsComeBeforeEverythingElse) {
    Node node{many(100, v3(100))};
    node.starts().lives_until(4s);
    const auto& effects = node.effects();
    const auto is_advert = [](const auto& effect) {
        return std::holds_alternative<engine::SendAdvert>(effect);
    };
    EXPECT_EQ(node.adverts(), 100);
    EXPECT_TRUE(std::all_of(effects.begin(), effects.begin() + 100, is_advert));
    EXPECT_TRUE(std::none_of(effects.begin() + 100, effects.end(), is_advert));
}

TEST(Engine, AdvertsKeepTheirPhaseWhenServedLate) {
    Node node = active_of(v3(255, 100ms));
    node.happens(engine::TimePassed{}, 130ms);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.deadline(), at(200ms));
}

TEST(Engine, AdvertsBeginAnewWhenAWholeIntervalWasMissed) {
    Node node = active_of(v3(255, 100ms));
    node.happens(engine::TimePassed{}, 250ms);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.deadline(), at(350ms));
}

TEST(Engine, NothingIsServedEarly) {
    Node node = active_of(v3(255));
    node.happens(engine::TimePassed{}, 1s - 1ns);
    EXPECT_TRUE(node.effects().empty());
}

TEST(Engine, AdvertsOfManyRoutersShareWakeUps) {
    auto settings = many(64, v3(100));
    for (std::size_t i = 0; i < settings.routers.size(); ++i)
        settings.routers[i].priority = *Priority::from(static_cast<int>(i) % 2 + 100);
    Node node{settings};
    node.starts();
    for (std::size_t i = 0; i < 64; ++i)  // farewells some microseconds apart
        node.hears({.priority = farewell}, 1s + i * 5us, engine::RouterId{static_cast<std::uint32_t>(i)});
    node.lives_until(2s);
    const Instant first = node.engine().next_deadline();
    node.happens(engine::TimePassed{}, first - at(0s));
    EXPECT_EQ(node.adverts(), 32);  // one priority, one wake-up
}

TEST(Engine, GridIsAMillisecondOrASmallShareOfAShortInterval) {
    EXPECT_EQ(engine::advert_grid(1s), 1ms);
    EXPECT_EQ(engine::advert_grid(100ms), 1ms);
    EXPECT_EQ(engine::advert_grid(50ms), 500us);
    EXPECT_EQ(engine::advert_grid(10ms), 125us);
    EXPECT_EQ(engine::align_up(at(1ns), 1ms), at(1ms));
    EXPECT_EQ(engine::align_up(at(1ms), 1ms), at(1ms));
}

TEST(Engine, SendingAdvertsAllocatesNothing) {
    auto settings = many(500, v3(255));
    for (auto& router : settings.routers)
        router.announce = {.refresh = 3s};
    Node node{settings};
    node.starts().lives_until(9s).lives_until(20s);
    std::array<std::uint8_t, engine::max_advert_size> out{};
    const IpAddress group = vrrp_multicast_group(Family::ipv4);
    const std::size_t before = allocations;
    node.lives_until(30s);
    for (std::uint32_t i = 0; i < 500; ++i)
        ASSERT_GT(node.engine().encode_advert(engine::RouterId{i}, false, group, out), 0u);
    EXPECT_EQ(allocations - before, 0u);
    EXPECT_EQ(node.adverts(), 5000);
}

TEST(Engine, ReceivingAdvertsAllocatesNothing) {
    Node node{many(500, v3(100))};
    node.starts();
    const Datagram good = datagram_for(node.engine().settings().routers[300], {.priority = 200});
    Datagram bad = good;
    bad.bytes[7] ^= 1;
    node.happens(good.received(), 1s).happens(bad.received(), 1s);
    const std::size_t before = allocations;
    for (int i = 0; i < 1000; ++i)
        node.happens(good.received(), 1s + i * 1ms).happens(bad.received(), 1s + i * 1ms);
    EXPECT_EQ(allocations - before, 0u);
    EXPECT_EQ(node.view(engine::RouterId{300}).counters->adverts_received, 1001u);
}

TEST(Engine, ThousandsOfRoutersAreServedOnlyWhenDue) {
    auto settings = many(4000, v3(255));
    for (std::size_t i = 0; i < settings.routers.size(); ++i)
        settings.routers[i].advert_interval = i % 4 == 0 ? Duration{100ms} : Duration{10s};
    Node node{settings};
    node.starts();
    node.happens(engine::TimePassed{}, 100ms);
    EXPECT_EQ(node.adverts(), 1000);
    EXPECT_EQ(node.engine().next_deadline(), at(200ms));
}

TEST(Engine, NamesTheRouterWhoseRecordAnAdvertChanged) {
    Node node{many(500, v3(100))};
    node.starts();
    const Datagram good = datagram_for(node.engine().settings().routers[300], {.priority = 200});
    Datagram bad = good;
    bad.bytes[7] ^= 1;
    node.happens(good.received(), 1s);
    EXPECT_EQ(node.engine().last_addressee(), engine::RouterId{300});
    node.happens(bad.received(), 1s);
    EXPECT_EQ(node.engine().last_addressee(), std::nullopt);
}

TEST(Engine, CountersBeginAnewOnRequest) {
    Node node = active_of(v3(100));
    EXPECT_GT(node.view().counters->adverts_sent, 0u);
    node.engine().clear_counters(router_0);
    EXPECT_EQ(node.view().counters->adverts_sent, 0u);
    EXPECT_EQ(node.state(), State::active);
}

TEST(Engine, AfterTheStopNothingHappensAnyMore) {
    Node node = active_of(v3(100));
    node.happens(engine::Stopped{}, 1s);
    node.hears({.priority = 200}, 2s).link(link_0, false, 3s).happens(engine::TimePassed{}, 100s);
    EXPECT_TRUE(node.effects().empty());
    EXPECT_EQ(node.state(), State::initialize);
}

}  // namespace
}  // namespace holdfast::test
