// RFC 3768 section 6.4.1.
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

TEST(Rfc3768Initialize, OwnerBecomesMasterAndAdvertisesAtOnce) {
    Node node{alone(v2(255))};
    node.starts();
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.asked<engine::AddAddresses>().size(), 1u);
    EXPECT_EQ(node.asked<engine::Announce>().size(), 1u);
    EXPECT_EQ(node.deadline(), at(1s));
}

TEST(Rfc3768Initialize, AnyoneElseBecomesBackupForTheMasterDownInterval) {
    Node node{alone(v2(100))};
    node.starts();
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.deadline(), at(3s + 609'375us));
}

TEST(Rfc3768Initialize, SkewIsAShareOfASecondWhateverTheInterval) {
    Node node{alone(v2(128, 10s))};
    node.starts();
    EXPECT_EQ(node.deadline(), at(30s + 500ms));
}

TEST(Rfc3768Initialize, ConfiguredToBeginAsMasterWaitsForLittleMoreThanOneInterval) {
    auto own = v2(150, 2s);
    own.starts_active = true;
    Node node{alone(own)};
    node.starts();
    EXPECT_EQ(node.deadline(), at(2s + 3'906'250ns));  // 2 s + 1/256 of a second
}

}  // namespace
}  // namespace holdfast::test
