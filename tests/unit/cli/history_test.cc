#include "cli/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/evidence.h"
#include "cli/kept_runs.h"
#include "unit/status/examples.h"

namespace holdfast::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t now_ms = 1795248000000;  // 2026-11-21T08:00:00Z

TEST(Since, IsSoLongAgoOrADate) {
    EXPECT_EQ(since_text("90s", now_ms), now_ms - 90000);
    EXPECT_EQ(since_text("10m", now_ms), now_ms - 600000);
    EXPECT_EQ(since_text("2h", now_ms), now_ms - 7200000);
    EXPECT_EQ(since_text("3d", now_ms), now_ms - 259200000);
    EXPECT_EQ(since_text("2026-11-21T08:00:00Z", now_ms), now_ms);
    EXPECT_EQ(since_text("2026-11-21 07:59Z", now_ms), now_ms - 60000);
    EXPECT_EQ(since_text("2026-11-21Z", now_ms), now_ms - 8 * 3600000);
    EXPECT_TRUE(since_text("2026-11-21 08:00", now_ms));
}

TEST(Since, IsNothingElse) {
    for (const char* text : {"", "s", "-5s", "5", "5w", "5 s", "99999999999999999999d", "yesterday",
                             "2026-11", "2026-11-21 08:00x"})
        EXPECT_EQ(since_text(text, now_ms), std::nullopt) << text;
}

TEST(EvidenceLines, SayWhatWasKnown) {
    const status::Transition transition = status::example_instance().transitions[0];
    EXPECT_THAT(
        evidence_lines(transition, false),
        ElementsAre("heard last: fe80::2 (priority 150), 4.0 s before; times in force: 1 s between adverts, "
                    "death after 3.609 s",
                    "priority 80 (100 until 10 s before); told: check web bad (-20) and 8 more",
                    "guard: row 15, silent: promote"));
    EXPECT_THAT(evidence_lines({}, false), SizeIs(0));
}

TEST(EvidenceLines, OfAGroupAreThoseOfTheMemberThatLed) {
    const status::Transition transition = status::example_routers().groups[0].transitions[0];
    EXPECT_EQ(cause_text(transition, true), "link eth0 up (member VI_1)");
    EXPECT_EQ(cause_text(transition, false), "link eth0 up");
    EXPECT_THAT(evidence_lines(transition, true)[0], testing::StartsWith("VI_1 heard last: fe80::2 "));
    EXPECT_EQ(cause_text({.cause = "stopped"}, true), "stopped");
}

// A state directory with the example run in it.
class KeptRuns : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "kept.XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        fs::create_directory(folder_ / "history");
    }
    void TearDown() override { fs::remove_all(folder_); }
    void put(const std::string& name, const std::string& bytes) const {
        std::ofstream{folder_ / "history" / name} << bytes;
    }
    static std::string recording(std::int64_t saved_ms) {
        return *encode(status::RecordingHead{.end = status::RunEnd::crashed,
                                             .boot = "5f0c2a36-0000-4000-8000-123456789abc",
                                             .saved_ms = saved_ms},
                       status::example_routers());
    }
    int shown(std::vector<std::string> words) {
        words.insert(words.end(), {"--state-dir", folder_, "--runtime-dir", folder_});
        out_.str("");
        err_.str("");
        Terminal terminal{.out = out_, .err = err_};
        return history(words, terminal);
    }
    fs::path folder_;
    std::ostringstream out_;
    std::ostringstream err_;
};

TEST_F(KeptRuns, AreReadInTheirOrderAndWhatCannotBeReadIsNamed) {
    put("00000003.run", recording(3));
    put("00000002.run", recording(2));
    put("00000004.run", "nonsense");
    std::string later = recording(5);
    later.insert(later.find('\n') + 1, "{\"entry\": \"instance\", \"name\": 7}\n");
    put("00000005.run", later);
    put("notes", "mine");
    const auto kept = kept_runs(folder_, false);
    ASSERT_TRUE(kept);
    ASSERT_THAT(kept->runs, SizeIs(3));
    EXPECT_EQ(kept->runs[0].ended_ms, 2);
    EXPECT_EQ(kept->runs[1].ended_ms, 3);
    EXPECT_THAT(kept->left_out, ElementsAre(HasSubstr("00000004.run: it is no history"),
                                            HasSubstr("00000005.run: 1 value that this program does not "
                                                      "understand, written by Holdfast 1.2.3")));
}

TEST_F(KeptRuns, AreShownWithoutADaemonAndMarked) {
    put("00000001.run", recording(now_ms));
    EXPECT_EQ(shown({"--evidence"}), 3);
    EXPECT_THAT(
        out_.str(),
        AllOf(HasSubstr("--- node-a, Holdfast 1.2.3, a run that crashed at 2026-11-21 "),
              ContainsRegex("2026-11-21 ..:58:00.000  .* ago +VI_1 .*Initialize -> Backup +started\n"),
              HasSubstr("    heard last: fe80::2"),
              ContainsRegex("group VG_1 .*link eth0 up \\(member VI_1\\)\n    VI_1 heard last: fe80::2")));
    EXPECT_THAT(err_.str(), HasSubstr("holdfastd does not run"));
    EXPECT_EQ(shown({"VI_1", "--since", "1s"}), 3);
    EXPECT_EQ(out_.str(), "There is no transition to show.\n");
    EXPECT_EQ(shown({"VI_9"}), 2);
}

TEST_F(KeptRuns, AreNotToldWhereThereAreNone) {
    EXPECT_EQ(shown({}), 3);
    EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace holdfast::cli
