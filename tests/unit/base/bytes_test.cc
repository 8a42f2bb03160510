#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace holdfast {
namespace {

TEST(ByteReader, NeverReadsPastItsEnd) {
    const std::array<std::uint8_t, 3> bytes{1, 2, 3};
    ByteReader reader{bytes};
    EXPECT_EQ(reader.be16(), 0x0102);
    EXPECT_EQ(reader.be16(), std::nullopt);
    EXPECT_EQ(reader.be32(), std::nullopt);
    EXPECT_EQ(reader.take(2), std::nullopt);
    EXPECT_EQ(reader.u8(), 3);
    EXPECT_EQ(reader.u8(), std::nullopt);
}

TEST(ByteWriter, NumbersAreReadAsTheyWereWritten) {
    std::array<std::uint8_t, 15> room{};
    ByteWriter writer{room};
    writer.u8(1);
    writer.be16(0x0203);
    writer.be32(0x04050607);
    writer.be64(0x08090a0b0c0d0e0f);
    EXPECT_EQ(room, (std::array<std::uint8_t, 15>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
    ByteReader reader{room};
    EXPECT_EQ(reader.take(7)->size(), 7u);
    EXPECT_EQ(reader.be64(), 0x08090a0b0c0d0e0fU);
    EXPECT_EQ(reader.be64(), std::nullopt);
}

TEST(ByteWriter, StopsAtItsEndAndSaysSo) {
    std::array<std::uint8_t, 4> room{};
    ByteWriter writer{room};
    writer.be16(0x0102);
    writer.u8(3);
    EXPECT_FALSE(writer.overflowed());
    writer.be32(0xffffffff);
    EXPECT_TRUE(writer.overflowed());
    EXPECT_EQ(writer.size(), 3u);
    writer.patch_be16(0, 0x0908);
    writer.patch_be16(2, 0xffff);  // not fully written: refused
    EXPECT_EQ(room, (std::array<std::uint8_t, 4>{9, 8, 3, 0}));
}

TEST(InternetChecksum, MatchesTheExampleOfRfc1071) {  // section 3
    const std::array<std::uint8_t, 8> bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    InternetChecksum sum;
    sum.add(bytes);
    EXPECT_EQ(sum.value(), static_cast<std::uint16_t>(~0xddf2));
}

TEST(InternetChecksum, OfDataWithItsOwnSumIsZero) {
    std::array<std::uint8_t, 6> bytes{0x45, 0x67, 0x89, 0xab, 0, 0};
    InternetChecksum sum;
    sum.add(bytes);
    ByteWriter writer{bytes};
    writer.copy(std::array<std::uint8_t, 4>{0x45, 0x67, 0x89, 0xab});
    writer.be16(sum.value());
    InternetChecksum again;
    again.add(bytes);
    EXPECT_EQ(again.value(), 0);
}

}  // namespace
}  // namespace holdfast
