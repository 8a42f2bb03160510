#include "vrrp/identity.h"

#include <gtest/gtest.h>

namespace holdfast::vrrp {
namespace {

TEST(HostNumber, IsTheSameForTheSameHostAndAnotherForAnyOther) {
    EXPECT_EQ(host_number({"id", "name"}), host_number({"id", "name"}));
    EXPECT_NE(host_number({"id", "name"}), host_number({"id", "eman"}));
    EXPECT_NE(host_number({"ab", "c"}), host_number({"a", "bc"}));
    EXPECT_NE(host_number({}), host_number({""}));
}

TEST(Identity, OfALaterStartIsHigher) {
    plan::Plan first;
    identify(first);
    plan::Plan second;
    identify(second);
    EXPECT_EQ(first.engine.host, second.engine.host);
    EXPECT_LT(first.engine.incarnation, second.engine.incarnation);
}

}  // namespace
}  // namespace holdfast::vrrp
