#include "checker/smtp_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::checker::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// ">" what we send, "<" what the server says.
SmtpRecord dialogue(const std::vector<std::string>& lines,
                    std::vector<std::string> recipients = {"a@x", "b@x"}) {
    SmtpRecord record{std::move(recipients)};
    for (const std::string& line : lines)
        if (line[0] == '>')
            record.sent(line.substr(1) + "\r\n");
        else
            record.heard(line.substr(1) + "\r\n");
    return record;
}

const std::vector<std::string> opening{"<220 relay", ">EHLO me",         "<250-relay",
                                       "<250 SIZE",  ">MAIL FROM:<m@x>", "<250 ok"};

std::vector<std::string> after_opening(std::vector<std::string> lines) {
    lines.insert(lines.begin(), opening.begin(), opening.end());
    return lines;
}

TEST(SmtpRecordTest, AGoodDialogueNamesNobody) {
    const auto record = dialogue(after_opening(
        {">RCPT TO:<a@x>", "<250 ok", ">RCPT TO:<b@x>", "<250 ok", ">DATA", "<354 go on", "<250 taken"}));
    EXPECT_TRUE(record.answer(true)->accepted);
    EXPECT_THAT(record.answer(true)->recipients, IsEmpty());
}

TEST(SmtpRecordTest, ARefusedRecipientIsNamedWithTheServersWords) {
    const auto record =
        dialogue(after_opening({">RCPT TO:<a@x>", "<250 ok", ">RCPT TO:<b@x>", "<550-5.1.1 no",
                                "<550 such\tuser", ">DATA", "<354 go on", "<250 taken"}));
    const auto answer = record.answer(true);
    ASSERT_THAT(answer->recipients, SizeIs(1));
    EXPECT_EQ(answer->recipients[0].recipient, "b@x");
    EXPECT_EQ(answer->recipients[0].words, "550-5.1.1 no 550 such user");
    EXPECT_TRUE(answer->recipients[0].is_final());
}

TEST(SmtpRecordTest, WhenAllRecipientsAreRefusedTheMailIsNotAccepted) {
    const auto record = dialogue(
        after_opening({">RCPT TO:<a@x>", "<450 later", ">RCPT TO:<b@x>", "<550 never", ">QUIT", "<221 bye"}));
    const auto answer = record.answer(false);
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->accepted);
    EXPECT_FALSE(answer->refusal);
    EXPECT_THAT(answer->recipients, SizeIs(2));
}

TEST(SmtpRecordTest, ARefusalOfTheWholeIsTheLastOneThatCounts) {
    EXPECT_EQ(dialogue({"<421 too busy"}).answer(false)->refusal->status, 421);
    EXPECT_EQ(dialogue({"<220 relay", ">EHLO me", "<502 what", ">HELO me", "<250 ok", ">MAIL FROM:<m@x>",
                        "<553 not you", ">QUIT", "<221 bye"})
                  .answer(false)
                  ->refusal->status,
              553);
    const auto at_the_end = dialogue(after_opening(
        {">RCPT TO:<a@x>", "<550 no", ">RCPT TO:<b@x>", "<250 ok", ">DATA", "<354 go on", "<452 disk full"}));
    EXPECT_EQ(at_the_end.answer(false)->refusal->status, 452);
}

TEST(SmtpRecordTest, AConnectionThatEndsDecidesNothing) {
    EXPECT_FALSE(dialogue({}).answer(false));
    EXPECT_FALSE(dialogue({"<220 relay", ">EHLO me", "<502 what", ">HELO me"}).answer(false));
    EXPECT_FALSE(dialogue(after_opening({">RCPT TO:<a@x>", "<550 no", ">RCPT TO:<b@x>"})).answer(false));
    EXPECT_FALSE(dialogue(after_opening({">RCPT TO:<a@x>", "<550 no", ">RCPT TO:<b@x>", "<250 ok", ">DATA",
                                         "<354 go on"}))
                     .answer(false));
}

TEST(SmtpRecordTest, TakesWhateverAServerSays) {
    SmtpRecord record = dialogue({"<", "<x", "<99", "<abc", "<4x1 no"});
    EXPECT_FALSE(record.answer(false));
    record.heard("550 " + std::string(100'000, 'x'));
    EXPECT_LE(record.answer(false)->refusal->words.size(), SmtpRecord::longest_words);
    record.heard("250 and one more");
    record.sent("RCPT TO:<of nobody>");
    record.sent("RCPT TO:<of nobody>");
    record.sent("RCPT TO:<of nobody>");
    record.heard("550 no\x01");
    EXPECT_FALSE(record.answer(false)) << "more recipients than there were";
}

}  // namespace
}  // namespace holdfast::checker::testing
