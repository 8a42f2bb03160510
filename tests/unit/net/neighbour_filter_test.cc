#include "net/neighbour_filter.h"

#include <gtest/gtest.h>

#include <vector>

#include "net/neighbour_frames.h"
#include "unit/net/filtered_pair.h"
#include "unit/net/kernel_news.h"

namespace holdfast::net {
namespace {

using testing::FilteredPair;
using testing::ip;

constexpr MacAddress mac{{0x02, 0x00, 0x5e, 0x10, 0x20, 0x30}};

std::vector<IpAddress> addresses(std::string_view first, std::size_t count) {
    const IpAddress begin = ip(first);
    std::vector<std::uint8_t> bytes(begin.bytes().begin(), begin.bytes().end());
    std::vector<IpAddress> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(*IpAddress::from_bytes(bytes));
        if (++bytes.back() == 0) ++bytes[bytes.size() - 2];
    }
    return all;
}

TEST(NeighbourFilter, PassesWhatTheAddressesSayOfThemselves) {
    const std::vector<IpAddress> wanted{ip("192.0.2.1"), ip("192.0.2.7")};
    const FilteredPair pair{neighbour_filter(Family::ipv4, wanted)};
    for (const IpAddress& address : wanted) {
        EXPECT_TRUE(pair.passes(gratuitous_arp(mac, address).bytes()));
        EXPECT_TRUE(pair.passes(arp_request(mac, address, ip("192.0.2.99")).bytes()));
    }
    EXPECT_FALSE(pair.passes(gratuitous_arp(mac, ip("192.0.2.2")).bytes()));
    EXPECT_FALSE(pair.passes(arp_request(mac, ip("192.0.2.2"), ip("192.0.2.1")).bytes()));
    EXPECT_FALSE(pair.passes(gratuitous_arp(mac, wanted[0]).bytes().first(30)));
}

TEST(NeighbourFilter, PassesAdvertisementsOfTheAddressesOnly) {
    const std::vector<IpAddress> wanted{ip("fe80::1"), ip("2001:db8::1")};
    const FilteredPair pair{neighbour_filter(Family::ipv6, wanted)};
    const auto told = [&](std::string_view address) {
        return unsolicited_advertisement(mac, ip(address), Forwarding::off);
    };
    EXPECT_TRUE(pair.passes(told("fe80::1").bytes()));
    EXPECT_TRUE(pair.passes(told("2001:db8::1").bytes()));
    for (const char* other : {"fe80::2", "2001:db8:0:1::1", "2001:db9::1", "fe80::1:0:0:1"})
        EXPECT_FALSE(pair.passes(told(other).bytes())) << other;
    EXPECT_FALSE(pair.passes(neighbour_solicitation(mac, ip("fe80::2"), ip("fe80::1")).bytes()));
    Frame routed = told("fe80::1");
    routed.room[14 + 7] = 64;
    EXPECT_FALSE(pair.passes(routed.bytes()));
}

TEST(NeighbourFilter, HoldsAsManyAddressesAsItSays) {
    for (const auto& [family, first] :
         {std::pair{Family::ipv4, "10.0.0.0"}, std::pair{Family::ipv6, "fe80::"}}) {
        const auto most = addresses(first, most_filtered_addresses);
        const FilteredPair pair{neighbour_filter(family, most)};
        const auto told = [&](const IpAddress& address) {
            return address.is_v4() ? gratuitous_arp(mac, address)
                                   : unsolicited_advertisement(mac, address, Forwarding::off);
        };
        for (const IpAddress& address : most)
            EXPECT_TRUE(pair.passes(told(address).bytes())) << address.text();
        const auto more = addresses(first, most_filtered_addresses + 2);
        EXPECT_FALSE(pair.passes(told(more.back()).bytes()));
        const FilteredPair all{neighbour_filter(family, addresses(first, most_filtered_addresses + 1))};
        EXPECT_TRUE(all.passes(told(more.back()).bytes()));  // it is told apart later
    }
}

}  // namespace
}  // namespace holdfast::net
