#include "net/advert_frame.h"

#include <gtest/gtest.h>

#include "net/tap.h"

namespace holdfast::net {
namespace {

const std::vector<std::uint8_t> advert{0x31, 51, 100, 0, 0, 100, 0xab, 0xcd};

TEST(AdvertFrame, IsWhatATapSeesOfAnAdvert) {
    const MacAddress from{{2, 0, 0, 0, 0, 1}};
    const MacAddress to{{2, 0, 0, 0, 0, 2}};
    for (const auto& [source, group] :
         {std::pair{"192.0.2.1", "224.0.0.18"}, std::pair{"fe80::1", "ff02::12"}}) {
        const auto here = IpAddress::parse(source).value();
        const auto frame = advert_frame(from, to, here, IpAddress::parse(group).value(), advert);
        EXPECT_TRUE(std::equal(to.bytes().begin(), to.bytes().end(), frame.begin()));
        EXPECT_TRUE(std::equal(from.bytes().begin(), from.bytes().end(), frame.begin() + 6));
        const auto seen = datagram_in_frame(here.family(), 3, frame);
        ASSERT_TRUE(seen) << source;
        EXPECT_EQ(seen->source.text(), source);
        EXPECT_EQ(seen->destination.text(), group);
        EXPECT_EQ(seen->ttl, 255);
        EXPECT_EQ(seen->ip_payload_length, advert.size());
        EXPECT_TRUE(std::equal(advert.begin(), advert.end(), seen->bytes.begin(), seen->bytes.end()));
    }
}

TEST(AdvertFrame, HasARightHeaderChecksum) {
    const auto frame = advert_frame(MacAddress{}, MacAddress{}, IpAddress::parse("192.0.2.1").value(),
                                    IpAddress::parse("224.0.0.18").value(), advert);
    InternetChecksum checksum;
    checksum.add(ByteView{frame}.subspan(14, 20));
    EXPECT_EQ(checksum.value(), 0);
}

}  // namespace
}  // namespace holdfast::net
