#include "os/control.h"

#include <gtest/gtest.h>

namespace holdfast::os {
namespace {

TEST(Request, IsReadAsWritten) {
    for (const auto& known : names_of(Request{}))
        EXPECT_EQ(decode_request(encode(known.value)), known.value);
}

TEST(Request, OfAnyOtherFormIsRefused) {
    for (const std::string& wrong :
         {std::string{}, std::string{"holdfast 1 "}, std::string{"holdfast 2 reload"}, std::string{"reload"},
          std::string{"holdfast 1 reload\n"}, std::string{"holdfast 1 reload "},
          std::string{"holdfast 1 halt"}, "holdfast 1 " + std::string(600, 'a'),
          std::string{"holdfast 1 reload\0", 18}})
        EXPECT_FALSE(decode_request(wrong)) << wrong;
}

TEST(AnAnswer, IsReadAsWritten) {
    for (const bool done : {true, false}) {
        const auto read = decode_answer(encode(Answer{.done = done, .text = "because of that"}));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->done, done);
        EXPECT_EQ(read->text, "because of that");
    }
}

TEST(AnAnswer, IsOneLineAndNotTooLong) {
    const auto read = decode_answer(encode(Answer{.done = false, .text = "a\nb" + std::string(1000, 'x')}));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text.substr(0, 4), "a bx");
    EXPECT_LE(read->text.size(), 400u);
    EXPECT_FALSE(decode_answer("holdfast 1 perhaps"));
}

TEST(AskingNobody, SaysWhereNobodyIs) {
    const auto answer = ask("/nonexistent", Request::reload);
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().text().find("/nonexistent"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::os
