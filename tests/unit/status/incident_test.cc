#include "status/incident.h"

#include <gtest/gtest.h>

namespace holdfast::status {
namespace {

using namespace std::chrono_literals;
using Time = IncidentRecord::Time;

IncidentRecord incident() {
    IncidentRecord made{
        .id = "5b3f-19a2c4e1-3", .unit = "group VG_1", .kind = "both active", .opened = Time{5s}};
    made.add(
        IncidentRecord::Entry{.time = Time{5s}, .chapter = "opened", .kind = "isolation", .text = "stays"});
    made.add(IncidentRecord::Action{.time = Time{6s}, .text = "the peer is to be fenced"});
    made.add(IncidentRecord::Code{.choice = "withdraw",
                                  .salt = "00ff",
                                  .digest = std::string(64, 'a'),
                                  .expires = Time{900s},
                                  .used = true});
    made.choices = {"withdraw", "close"};
    return made;
}

std::string with(const std::string& was, const std::string& is) {
    std::string text = encode(incident());
    const auto at = text.find(was);
    EXPECT_NE(at, std::string::npos) << was;
    return text.replace(at, was.size(), is);
}

TEST(AnIncident, IsReadAsWritten) {
    IncidentRecord sent = incident();
    for (const std::optional<Time> closed : {std::optional<Time>{}, std::optional{Time{7s}}}) {
        sent.closed = closed;
        const auto got = decode_incident(encode(sent));
        ASSERT_TRUE(got);
        EXPECT_EQ(encode(*got), encode(sent));
        EXPECT_EQ(got->is_open(), !closed);
        EXPECT_EQ(got->entries.at(0).text, "stays");
        EXPECT_TRUE(got->codes.at(0).used);
        EXPECT_EQ(got->codes.at(0).expires, Time{900s});
    }
}

TEST(AnIncident, KeepsItsFirstEntriesAndItsLatest) {
    IncidentRecord long_one{.id = "1"};
    for (int number = 0; number < 40; ++number)
        long_one.add(IncidentRecord::Entry{.text = std::to_string(number)});
    EXPECT_EQ(long_one.entries.size(), 32U);
    EXPECT_EQ(long_one.left_out, 8U);
    EXPECT_EQ(long_one.entries[7].text, "7");
    EXPECT_EQ(long_one.entries[8].text, "16");
    EXPECT_EQ(long_one.entries[31].text, "39");
}

TEST(AnIncident, WithEverythingAtItsLimitIsReadAgain) {
    IncidentRecord large = incident();
    const std::string strange(5000, '\xff');  // no UTF-8: each byte becomes three
    for (int number = 0; number < 100; ++number) {
        large.add(IncidentRecord::Entry{.chapter = "more", .kind = strange, .text = strange});
        large.add(IncidentRecord::Action{.text = strange});
        large.add(large.codes[0]);
    }
    const std::string text = encode(large);
    EXPECT_LE(text.size(), most_incident_bytes);
    const auto got = decode_incident(text);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->entries.size(), 32U);
    EXPECT_EQ(got->actions.size(), IncidentRecord::most_actions);
    EXPECT_EQ(got->codes.size(), IncidentRecord::most_codes);
}

TEST(AnIncident, OfAnotherFormIsRefused) {
    for (const std::string& wrong :
         {std::string{}, std::string{"{}"}, std::string{"[1]"}, std::string(100'000, '['),
          encode(incident()).substr(0, 200), with("\"schema\": 1", "\"schema\": 2"),
          with("5b3f-19a2c4e1-3", "../passwd"), with("5b3f-19a2c4e1-3", ""),
          with("\"opened_ms\": 5000", "\"opened_ms\": -1"),
          with("\"opened_ms\": 5000", "\"opened_ms\": 18446744073709551615"),
          with("\"closed_ms\": null", "\"closed_ms\": \"now\""), with("\"used\": true", "\"used\": 1"),
          with(std::string(64, 'a'), "aa"), with("00ff", "00fg"), with("stays", std::string(1501, 'x')),
          with("\"withdraw\",\n  \"close\"", "1"),
          encode(incident()) + std::string(most_incident_bytes, ' ')})
        EXPECT_FALSE(decode_incident(wrong)) << wrong.substr(0, 300);
}

TEST(AnIncidentsNumber, IsSafeAsTheNameOfAFile) {
    EXPECT_TRUE(is_incident_id("5b3f-19a2c4e1-3"));
    for (const char* wrong : {"", ".", "..", "a/b", "a.json", "XY", "5b3f 1"})
        EXPECT_FALSE(is_incident_id(wrong)) << wrong;
    EXPECT_FALSE(is_incident_id(std::string(65, 'a')));
}

TEST(RefusedCodes, AreCountedByReasonAndReadAsWritten) {
    const RefusedCodes sent{.wrong = 1, .expired = 2, .used = 3, .over = 4, .blocked = 5};
    EXPECT_EQ(sent.all(), 15U);
    EXPECT_EQ(decode_refused_codes(encode(sent)), sent);
    EXPECT_FALSE(decode_refused_codes("{\"schema\": 1, \"wrong\": 1}"));
}

}  // namespace
}  // namespace holdfast::status
