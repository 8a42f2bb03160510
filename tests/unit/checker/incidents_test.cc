#include "checker/incidents.h"

#include <gmock/gmock.h>

#include "checker/codes.h"
#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

using namespace std::chrono_literals;
using os::Chapter;
using State = Incidents::CodeState;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class IncidentsTest : public Scratch {
protected:
    // As a new process would have them.
    Incidents begin() {
        Incidents incidents{{.state_directory = path("state"), .group = {}}, [this] { return now_; }};
        incidents.load();
        return incidents;
    }
    os::IncidentNews news(Chapter chapter, const std::string& id = "5b-1-1") {
        return {.chapter = chapter,
                .unit = "VI_1",
                .id = id,
                .kind = "isolation",
                .text = "stays BACKUP",
                .choices = {"take over", "close"},
                .time = now_};
    }
    std::string file(const std::string& id = "5b-1-1") const { return "state/incidents/" + id + ".json"; }
    status::IncidentRecord kept(const std::string& id = "5b-1-1") const {
        return status::decode_incident(text(file(id))).value_or(status::IncidentRecord{});
    }

    os::WallTime now_{1'795'247'499s};
};

TEST_F(IncidentsTest, AreKeptInOneFileEach) {
    Incidents incidents = begin();
    EXPECT_FALSE(exists("state")) << "nothing happened";
    incidents.tell(news(Chapter::opened));
    now_ += 1s;
    incidents.tell(news(Chapter::more));
    incidents.note("VI_1", "the peer is to be fenced");
    incidents.note("VI_2", "nothing of this is open");
    EXPECT_TRUE(kept().is_open());
    EXPECT_THAT(kept().entries, SizeIs(2));
    EXPECT_EQ(kept().opened, now_ - 1s);
    EXPECT_THAT(kept().actions, SizeIs(1));
    incidents.tell(news(Chapter::closed));
    EXPECT_EQ(kept().closed, now_);
}

TEST_F(IncidentsTest, GoOnInANewProcess) {
    begin().tell(news(Chapter::opened));
    begin().tell(news(Chapter::more));
    EXPECT_THAT(kept().entries, SizeIs(2));
}

TEST_F(IncidentsTest, ThatNobodyWillTellOfAnyMoreAreClosed) {
    Incidents incidents = begin();
    incidents.tell(news(Chapter::opened));
    incidents.tell(news(Chapter::opened, "5b-1-2"));
    incidents.close_open("the daemon was stopped", [](const auto& one) { return one.id == "5b-1-1"; });
    EXPECT_FALSE(kept().is_open());
    EXPECT_EQ(kept().entries.back().text, "the daemon was stopped");
    EXPECT_THAT(kept().choices, IsEmpty());
    EXPECT_TRUE(kept("5b-1-2").is_open());
}

TEST_F(IncidentsTest, AreForgottenOldestFirstButOpenOnesLast) {
    Incidents incidents = begin();
    incidents.tell(news(Chapter::opened, "0"));
    for (std::size_t number = 1; number <= status::most_incidents; ++number) {
        now_ += 1s;
        incidents.tell(news(Chapter::opened, std::to_string(number)));
        incidents.tell(news(Chapter::closed, std::to_string(number)));
    }
    EXPECT_TRUE(exists(file("0")));
    EXPECT_FALSE(exists(file("1")));
    EXPECT_TRUE(exists(file("2")));
}

TEST_F(IncidentsTest, LeaveStrangeFilesAlone) {
    begin().tell(news(Chapter::opened));
    for (const char* name : {"abc.json", "notes.txt", "def.json"})
        std::ofstream{path("state/incidents/" + std::string{name})} << "{}";
    std::filesystem::copy(path(file()), path(file("abd")));
    Incidents incidents = begin();
    for (const char* name : {"abc.json", "notes.txt", "def.json", "abd.json"}) {
        EXPECT_TRUE(logged("incidents/" + std::string{name} + " is left alone")) << name;
        EXPECT_TRUE(exists("state/incidents/" + std::string{name}));
    }
    EXPECT_FALSE(logged("5b-1-1.json is left alone"));
}

TEST_F(IncidentsTest, WithAnIdThatIsNoNameOfAFileAreIgnored) {
    EXPECT_THAT(begin().tell(news(Chapter::opened, "../evil")), IsEmpty());
    EXPECT_FALSE(exists("state"));
}

TEST_F(IncidentsTest, ThatCannotBeWrittenCostOneMessage) {
    std::ofstream{path("state")} << "in the way";
    Incidents incidents = begin();
    const auto offered = incidents.tell(news(Chapter::opened));
    incidents.tell(news(Chapter::more));
    EXPECT_THAT(offered, SizeIs(2)) << "alerts go on";
    EXPECT_EQ(log().find("HF2614"), log().rfind("HF2614"));
    EXPECT_TRUE(logged("HF2614"));
    EXPECT_EQ(incidents.redeem(offered[0].code).state, State::valid);
}

// --- Codes

TEST_F(IncidentsTest, OfferACodeForEachChoiceWhenTheyBeginOrBecomeWorse) {
    Incidents incidents = begin();
    const auto offered = incidents.tell(news(Chapter::opened));
    ASSERT_THAT(offered, SizeIs(2));
    EXPECT_EQ(offered[0].choice, "take over");
    EXPECT_EQ(offered[0].expires, now_ + 15min);
    EXPECT_NE(offered[0].code, offered[1].code);
    EXPECT_THAT(incidents.tell(news(Chapter::more)), IsEmpty());
    EXPECT_THAT(incidents.tell(news(Chapter::worse)), SizeIs(2));
    EXPECT_THAT(incidents.tell(news(Chapter::closed)), IsEmpty());
    EXPECT_EQ(text(file()).find(offered[0].code), std::string::npos);
    EXPECT_EQ(log().find(offered[0].code), std::string::npos);
}

TEST_F(IncidentsTest, TakeACodeOnceEvenThroughARestart) {
    const auto offered = begin().tell(news(Chapter::opened));
    Incidents incidents = begin();
    const auto found = incidents.redeem(offered[0].code);
    EXPECT_EQ(found.state, State::valid);
    EXPECT_EQ(found.id, "5b-1-1");
    EXPECT_EQ(found.unit, "VI_1");
    EXPECT_EQ(found.choice, "take over");
    EXPECT_EQ(incidents.redeem(offered[0].code).state, State::used);
    EXPECT_EQ(begin().redeem(offered[0].code).state, State::used);
    EXPECT_EQ(begin().redeem(offered[1].code).state, State::valid);
}

TEST_F(IncidentsTest, RefuseACodeThatIsOldOrForeignOrWhoseIncidentIsOver) {
    Incidents incidents = begin();
    const auto offered = incidents.tell(news(Chapter::opened));
    EXPECT_EQ(incidents.redeem(new_code()).state, State::unknown);
    EXPECT_EQ(incidents.redeem("").state, State::unknown);
    now_ += 15min - 1ms;
    EXPECT_EQ(incidents.redeem(offered[0].code).state, State::valid);
    now_ += 1ms;
    EXPECT_EQ(incidents.redeem(offered[1].code).state, State::expired);
    const auto newer = incidents.tell(news(Chapter::worse));
    incidents.tell(news(Chapter::closed));
    EXPECT_EQ(incidents.redeem(newer[0].code).state, State::over);
}

TEST_F(IncidentsTest, CountWhatWasRefusedThroughARestart) {
    Incidents incidents = begin();
    incidents.refused().wrong = 7;
    incidents.keep_refused();
    EXPECT_EQ(begin().refused().wrong, 7U);
}

}  // namespace
}  // namespace holdfast::checker::testing
