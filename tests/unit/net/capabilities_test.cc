#include "net/capabilities.h"

#include <gmock/gmock.h>

#include <cerrno>

namespace holdfast::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Refusal, ForLackOfRightsNamesTheCapabilityAndTheRemedy) {
    errno = EPERM;
    const Error error = refused("open a raw socket for VRRP", Capability::net_raw);
    EXPECT_EQ(error.error_number(), EPERM);
    EXPECT_THAT(error.text(), HasSubstr("open a raw socket for VRRP"));
    EXPECT_THAT(error.text(), HasSubstr("AmbientCapabilities=CAP_NET_RAW"));
}

TEST(Refusal, ForAnotherReasonSaysOnlyThat) {
    errno = ENODEV;
    EXPECT_THAT(refused("bind a socket to eth9", Capability::net_raw).text(), Not(HasSubstr("CAP_")));
}

}  // namespace
}  // namespace holdfast::net
