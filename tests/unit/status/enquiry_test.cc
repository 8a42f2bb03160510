#include "status/enquiry.h"

#include <gtest/gtest.h>

namespace holdfast::status {
namespace {

std::string without_break(std::string line) {
    EXPECT_EQ(line.back(), '\n');
    line.pop_back();
    return line;
}

TEST(Enquiry, IsReadAsWritten) {
    const std::string line = encode(Enquiry::snapshots);
    EXPECT_LE(line.size(), longest_enquiry);
    EXPECT_EQ(decode_enquiry(without_break(line)), Enquiry::snapshots);
}

TEST(Enquiry, OfAnyOtherFormIsRefused) {
    for (const std::string& wrong :
         {std::string{}, std::string{"snapshots"}, std::string{"holdfast-status 2 snapshots"},
          std::string{"holdfast-status 1 "}, std::string{"holdfast-status 1 snapshots "},
          "holdfast-status 1 snapshots" + std::string(100, ' ')})
        EXPECT_FALSE(decode_enquiry(wrong)) << wrong;
}

TEST(Reply, IsReadAsWritten) {
    const auto sizes = decode_reply(without_break(encode(Reply{.routers = 12, .checks = 345})));
    ASSERT_TRUE(sizes);
    EXPECT_EQ(sizes->routers, 12u);
    EXPECT_EQ(sizes->checks, 345u);
    EXPECT_TRUE(sizes->refusal.empty());
    const auto refusal =
        decode_reply(without_break(encode(Reply{.refusal = "no\n" + std::string(1000, 'x')})));
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->refusal.substr(0, 4), "no x");
}

TEST(Reply, OfAnyOtherFormIsRefused) {
    for (const char* wrong :
         {"", "holdfast-status 1 snapshots 1", "holdfast-status 1 snapshots 1 2 3",
          "holdfast-status 1 snapshots -1 2", "holdfast-status 1 snapshots 99999999999 2",
          "holdfast-status 1 snapshots  2", "holdfast-status 1 refused ", "holdfast-status 2 snapshots 1 2"})
        EXPECT_FALSE(decode_reply(wrong)) << wrong;
}

}  // namespace
}  // namespace holdfast::status
