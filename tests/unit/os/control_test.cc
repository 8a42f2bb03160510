#include "os/control.h"

#include <gtest/gtest.h>

namespace holdfast::os {
namespace {

TEST(ARequest, IsReadAsWritten) {
    for (const Request& sent :
         {Request{Wish::reload, ""}, Request{Wish::upgrade, ""}, Request{Wish::configuration, ""},
          Request{Wish::reply, "ABCDE12345"}, Request{Wish::reply, " a b "},
          Request{Wish::reply, std::string(Request::longest_code, 'x')}, Request{Wish::failover, "", "VI_1"},
          Request{Wish::hand_over, "", "the first"}, Request{Wish::drain}, Request{Wish::drain, "", "VG_1"},
          Request{Wish::resume}, Request{Wish::resume, "", std::string(Request::longest_name, 'x')},
          Request{Wish::log_level}, Request{Wish::announce, "", "VI 1"}, Request{Wish::dump_data},
          Request{Wish::log_level, "", "debug"}})
        EXPECT_EQ(decode_request(encode(sent)), sent);
}

TEST(ARequest, OfAnyOtherFormIsRefused) {
    for (const std::string& wrong :
         {std::string{}, std::string{"holdfast 1 "}, std::string{"holdfast 2 reload"}, std::string{"reload"},
          std::string{"holdfast 1 reload\n"}, std::string{"holdfast 1 reload "},
          std::string{"holdfast 1 reload now"}, std::string{"holdfast 1 halt"},
          "holdfast 1 " + std::string(600, 'a'), std::string{"holdfast 1 reload\0", 18},
          std::string{"holdfast 1 reply"}, std::string{"holdfast 1 reply "},
          std::string{"holdfast 1 reply a\n"}, "holdfast 1 reply " + std::string(65, 'a'),
          std::string{"holdfast 1 failover"}, std::string{"holdfast 1 hand-over"},
          std::string{"holdfast 1 drain "}, "holdfast 1 drain " + std::string(256, 'a')})
        EXPECT_FALSE(decode_request(wrong)) << wrong;
}

TEST(AnAnswer, IsReadAsWritten) {
    for (const auto& known : names_of(Outcome{})) {
        const auto read = decode_answer(encode(Answer{.outcome = known.value, .text = "because of that"}));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->outcome, known.value);
        EXPECT_EQ(read->done(), known.value == Outcome::done);
        EXPECT_EQ(read->text, "because of that");
    }
}

TEST(AnAnswer, IsOneLineAndNotTooLong) {
    const auto read = decode_answer(encode(Answer{.text = "a\nb" + std::string(1000, 'x')}));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text.substr(0, 4), "a bx");
    EXPECT_LE(read->text.size(), 400u);
    EXPECT_FALSE(decode_answer("holdfast 1 perhaps"));
    EXPECT_FALSE(decode_answer("holdfast 1 done"));
}

TEST(AskingNobody, SaysWhereNobodyIs) {
    const auto answer = ask("/nonexistent", {.wish = Wish::reload, .code = {}});
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().text().find("/nonexistent"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::os
