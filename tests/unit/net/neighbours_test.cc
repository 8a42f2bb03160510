#include "net/neighbours.h"

#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_arp.h>

#include "net/links.h"

namespace holdfast::net {
namespace {

constexpr MacAddress own{{0x02, 0x00, 0x5e, 0x10, 0x20, 0x30}};

TEST(Announceable, IsAnEthernetInterfaceWithNeighbours) {
    Link link{.index = 2, .name = "eth0", .flags = IFF_UP, .hardware_type = ARPHRD_ETHER, .mac = own};
    EXPECT_TRUE(check_announceable(link));
    link.flags |= IFF_NOARP;
    EXPECT_FALSE(check_announceable(link));
    link.flags = IFF_UP;
    link.hardware_type = ARPHRD_INFINIBAND;
    const auto refused = check_announceable(link);
    ASSERT_FALSE(refused);
    EXPECT_EQ(
        refused.error().text(),
        "eth0 is no Ethernet interface (hardware type 32): announcing addresses there is not supported");
}

}  // namespace
}  // namespace holdfast::net
