#include "net/vrid_filter.h"

#include <gtest/gtest.h>

#include <vector>

#include "unit/net/filtered_pair.h"

namespace holdfast::net {
namespace {

using testing::FilteredPair;

std::vector<std::uint8_t> ipv4_advert(int vrid, std::size_t header_words = 5) {
    std::vector<std::uint8_t> packet(header_words * 4, 0);
    packet[0] = static_cast<std::uint8_t>(0x40 | header_words);
    packet.insert(packet.end(), {0x31, static_cast<std::uint8_t>(vrid), 100, 0, 0, 100, 0, 0});
    return packet;
}

std::vector<std::uint8_t> ipv6_advert(int vrid) {
    return {0x31, static_cast<std::uint8_t>(vrid), 100, 0, 0, 100, 0, 0};
}

TEST(VridFilter, PassesExactlyTheGivenVrids) {
    std::bitset<256> wanted;
    for (const int vrid : {1, 31, 32, 51, 128, 255})
        wanted.set(static_cast<std::size_t>(vrid));
    const FilteredPair v4{vrid_filter(Family::ipv4, wanted)};
    const FilteredPair v6{vrid_filter(Family::ipv6, wanted)};
    for (int vrid = 0; vrid < 256; ++vrid) {
        EXPECT_EQ(v4.passes(ipv4_advert(vrid)), wanted[static_cast<std::size_t>(vrid)]) << vrid;
        EXPECT_EQ(v6.passes(ipv6_advert(vrid)), wanted[static_cast<std::size_t>(vrid)]) << vrid;
    }
}

TEST(VridFilter, FindsTheVridBehindIpOptions) {
    const FilteredPair pair{vrid_filter(Family::ipv4, std::bitset<256>{}.set(51))};
    EXPECT_TRUE(pair.passes(ipv4_advert(51, 6)));
    EXPECT_TRUE(pair.passes(ipv4_advert(51, 15)));
    EXPECT_FALSE(pair.passes(ipv4_advert(52, 15)));
}

TEST(VridFilter, DropsWhatIsTooShortToHaveAVrid) {
    const FilteredPair pair{vrid_filter(Family::ipv4, std::bitset<256>{}.set())};
    auto cut = ipv4_advert(51);
    cut.resize(21);
    EXPECT_FALSE(pair.passes(cut));
}

TEST(VridFilter, OrPassesEverythingOrNothing) {
    EXPECT_TRUE(FilteredPair{pass_all_filter()}.passes(ipv4_advert(7)));
    EXPECT_FALSE(FilteredPair{pass_none_filter()}.passes(ipv4_advert(7)));
}

}  // namespace
}  // namespace holdfast::net
