#include "checker/codes.h"

#include <gtest/gtest.h>

#include <set>

namespace holdfast::checker::testing {
namespace {

TEST(ACode, HasTenCharactersThatNobodyTakesForOneAnother) {
    std::set<std::string> seen;
    for (int count = 0; count < 1000; ++count) {
        const std::string code = new_code();
        EXPECT_EQ(code.size(), 10U);
        EXPECT_EQ(code.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), std::string::npos) << code;
        EXPECT_EQ(tidy_code(code), code);
        seen.insert(code);
    }
    EXPECT_EQ(seen.size(), 1000U);
}

TEST(ACode, IsUnderstoodAsPeopleTypeIt) {
    EXPECT_EQ(tidy_code("abcde-12345"), "ABCDE12345");
    EXPECT_EQ(tidy_code(" o i l 0 1 a b c d e "), "01101ABCDE");
    for (const char* wrong : {"", "ABCDE1234", "ABCDE123456", "ABCDE1234U", "ABCDE\n12345", "ABCDE1234\xc3"})
        EXPECT_EQ(tidy_code(wrong), "") << wrong;
}

TEST(ACode, IsKnownAgainByItsSaltedDigestOnly) {
    const std::string code = new_code();
    const auto one = remember("close", code, {});
    const auto other = remember("close", code, {});
    EXPECT_NE(one.digest, other.digest);
    EXPECT_TRUE(is_code(one, code));
    EXPECT_TRUE(is_code(other, code));
    EXPECT_FALSE(is_code(one, new_code()));
    EXPECT_FALSE(is_code(one, ""));
    EXPECT_EQ((one.salt + one.digest + one.choice).find(code), std::string::npos);
}

}  // namespace
}  // namespace holdfast::checker::testing
