#include "engine/heartbeat.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace holdfast::test {
namespace {

using engine::Heartbeat;
using Bytes = std::array<std::uint8_t, engine::heartbeat_size>;

Heartbeat sample() {
    return {.unit = {.family = Family::ipv6, .vrid = *Vrid::from(51), .tag = 0x0123456789abcdef},
            .host = 0xfedcba9876543210,
            .incarnation = 7,
            .sequence = 0x100000001,
            .state = engine::State::active,
            .priority = *Priority::from(150),
            .interval = 100ms,
            .address = ip("fe80::1"),
            .references = engine::References::good,
            .farewell = true};
}

Bytes bytes_of(const Heartbeat& heartbeat) {
    Bytes bytes{};
    engine::encode_heartbeat(heartbeat, bytes);
    return bytes;
}

TEST(Heartbeat, IsReadAsItWasWritten) {
    EXPECT_EQ(engine::decode_heartbeat(bytes_of(sample())), sample());
    Heartbeat plain = sample();
    plain.farewell = false;
    plain.references = engine::References::unknown;
    plain.address = ip("10.0.0.1");
    plain.unit.family = Family::ipv4;
    EXPECT_EQ(engine::decode_heartbeat(bytes_of(plain)), plain);
    plain.address.reset();
    plain.references = engine::References::bad;
    EXPECT_EQ(engine::decode_heartbeat(bytes_of(plain)), plain);
}

TEST(Heartbeat, HasTheLayoutThatIsDocumented) {
    const Bytes bytes = bytes_of(sample());
    EXPECT_EQ(bytes[0], 'H');
    EXPECT_EQ(bytes[1], 'F');
    EXPECT_EQ(bytes[2], 1);
    EXPECT_EQ(bytes[3], 1 | 2);
    EXPECT_EQ(bytes[4], static_cast<std::uint8_t>(engine::State::active));
    EXPECT_EQ(bytes[5], 150);
    EXPECT_EQ(bytes[6], 6);
    EXPECT_EQ(bytes[7], 51);
    EXPECT_EQ(bytes[8], 0x01);
    EXPECT_EQ(bytes[15], 0xef);
    EXPECT_EQ(bytes[16], 0xfe);
    EXPECT_EQ(bytes[31], 7);
    EXPECT_EQ(bytes[35], 1);
    EXPECT_EQ(bytes[39], 1);
    EXPECT_EQ(bytes[41], 10);  // centiseconds
    EXPECT_EQ(bytes[42], 6);
    EXPECT_EQ(bytes[48], 0xfe);
    EXPECT_EQ(bytes[63], 1);
}

TEST(Heartbeat, OfAnotherLengthIsRefused) {
    const Bytes bytes = bytes_of(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(engine::decode_heartbeat(ByteView{bytes}.first(size)), std::nullopt);
    std::vector<std::uint8_t> longer{bytes.begin(), bytes.end()};
    longer.push_back(0);
    EXPECT_EQ(engine::decode_heartbeat(longer), std::nullopt);
}

TEST(Heartbeat, WithAByteThatCannotBeIsRefused) {
    const auto with = [](std::size_t at, std::uint8_t value) {
        Bytes bytes = bytes_of(sample());
        bytes[at] = value;
        return engine::decode_heartbeat(bytes);
    };
    EXPECT_EQ(with(0, 'X'), std::nullopt);
    EXPECT_EQ(with(2, 2), std::nullopt);
    EXPECT_EQ(with(3, 6), std::nullopt);  // references both good and bad
    EXPECT_EQ(with(3, 8), std::nullopt);
    EXPECT_EQ(with(4, 4), std::nullopt);
    EXPECT_EQ(with(5, 0), std::nullopt);
    EXPECT_EQ(with(6, 5), std::nullopt);
    EXPECT_EQ(with(7, 0), std::nullopt);
    EXPECT_EQ(with(42, 5), std::nullopt);
    EXPECT_EQ(with(42, 4), std::nullopt);  // something behind four bytes
    EXPECT_EQ(with(42, 0), std::nullopt);
    for (std::size_t at = 43; at < 48; ++at)
        EXPECT_EQ(with(at, 1), std::nullopt);
    Bytes bytes = bytes_of(sample());
    bytes[40] = bytes[41] = 0;  // no interval
    EXPECT_EQ(engine::decode_heartbeat(bytes), std::nullopt);
}

TEST(UnitKey, IsTheSameOnHostsThatShareAUnitAndNoOther) {
    const auto key = [](engine::Settings settings) {
        return engine::unit_key({.leader = router_0}, settings);
    };
    auto renamed = alone(v2(90));
    renamed.routers[0].name = "another";
    EXPECT_EQ(key(alone(v2(100))), key(renamed));
    auto other_vrid = alone(v2(100));
    other_vrid.routers[0].vrid = *Vrid::from(52);
    EXPECT_NE(key(alone(v2(100))), key(other_vrid));
    auto other_address = alone(v2(100));  // the same VRID on another link
    other_address.routers[0].addresses = {ip("10.0.1.100")};
    EXPECT_NE(key(alone(v2(100))), key(other_address));
    auto other_group = grouped(v2(100));
    other_group.groups[0].name = "VG2";
    EXPECT_NE(key(grouped(v2(100))), key(other_group));
}

}  // namespace
}  // namespace holdfast::test
