// The lines that an operator reads, and how often.
#include "vrrp/reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "unit/vrrp/host.h"

namespace holdfast::vrrp::testing {
namespace {

using engine::Cause;
using engine::CauseKind;
using engine::Remark;
using engine::RouterId;
using engine::State;
using ::testing::HasSubstr;

constexpr Instant at(Duration since_the_story_began) {
    return Instant{1000s + since_the_story_began};
}

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

class ReportsTest : public ::testing::Test {
protected:
    ReportsTest() {
        char name[] = "/tmp/holdfast-reports-XXXXXX";
        close(mkstemp(name));
        path = name;
        os::open_log({.identifier = "test",
                      .system = false,
                      .console = false,
                      .file = path,
                      .least = os::Level::debug});
    }
    ~ReportsTest() override {
        os::open_log({.system = false, .console = false});
        unlink(path.c_str());
    }
    std::string log() const {
        std::ostringstream text;
        text << std::ifstream{path}.rdbuf();
        return text.str();
    }
    engine::AdvertRemarked remarked(Remark remark, std::uint32_t found = 0, std::uint32_t expected = 0) {
        return {.router = RouterId{0},
                .remark = remark,
                .source = ip("192.0.2.9"),
                .found = found,
                .expected = expected};
    }

    std::string path;
    plan::Plan plan = plan_of(instance());
    Reports reports{plan, nullptr};
};

TEST_F(ReportsTest, AStateChangeIsOneLineWithOldAndNewStateAndCause) {
    reports.tell(
        engine::StateChanged{
            .router = RouterId{0},
            .from = State::backup,
            .to = State::active,
            .cause = {.kind = CauseKind::peer_silent, .peer = ip("192.168.1.104"), .elapsed = 3610ms}},
        *Priority::from(100));
    EXPECT_THAT(log(), HasSubstr("VI: BACKUP -> MASTER: no advert from 192.168.1.104 for 3.61 s\n"));
}

TEST_F(ReportsTest, AnOrderIsToldWithItsNumberAndHowItEnds) {
    using engine::Steering;
    for (const Steering to : {Steering::drained, Steering::yielding, Steering::raised, Steering::none})
        reports.tell(engine::SteeringChanged{.router = RouterId{0}, .from = Steering::none, .to = to});
    for (const std::string number : {"HF2730", "HF2731", "HF2732", "HF2733"})
        EXPECT_THAT(log(), HasSubstr(number + " VI: "));
    EXPECT_THAT(log(), HasSubstr("VI: drained by an operator; `holdfast resume VI` ends that\n"));
}

TEST_F(ReportsTest, TheCheckerIsToldWhatTheLogSaysAndTheStateBefore) {
    auto loop = os::EventLoop::create();
    auto ends = os::Channel::pair();
    ASSERT_TRUE(loop && ends);
    std::vector<os::Notice> told;
    auto near = os::Channel::create(**loop, std::move(ends->first), {});
    auto far = os::Channel::create(
        **loop, std::move(ends->second),
        {.received = [&](const os::Message& message) { told.push_back(std::get<os::Notice>(message)); },
         .closed = {}});
    ASSERT_TRUE(near && far);
    Reports{plan, near->get()}.tell(
        engine::StateChanged{
            .router = RouterId{0},
            .from = State::active,
            .to = State::backup,
            .cause = {.kind = CauseKind::peer_silent, .peer = ip("192.168.1.104"), .elapsed = 3610ms}},
        *Priority::from(100));
    (*far)->receive_all();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].former, os::Former::master);
    EXPECT_EQ(told[0].cause_kind, "peer-silent");
    EXPECT_EQ(told[0].cause, "no advert from 192.168.1.104 for 3.61 s");
    EXPECT_GT(told[0].time, os::WallTime{});
}

TEST_F(ReportsTest, AnInstanceThatAReloadRemovesIsToldOfUnlessItWasInFaultAlready) {
    auto loop = os::EventLoop::create();
    auto ends = os::Channel::pair();
    ASSERT_TRUE(loop && ends);
    std::vector<std::string> told;
    auto near = os::Channel::create(**loop, std::move(ends->first), {});
    auto far =
        os::Channel::create(**loop, std::move(ends->second),
                            {.received =
                                 [&](const os::Message& message) {
                                     const auto& notice = std::get<os::Notice>(message);
                                     told.push_back(notice.name + " " + std::string{name_of(notice.former)} +
                                                    " -> " + std::string{name_of(notice.happening)} + " " +
                                                    std::to_string(notice.priority));
                                 },
                             .closed = {}});
    ASSERT_TRUE(near && far);
    Reports with_checker{plan, near->get()};
    for (const bool as_deleted : {false, true})
        for (const State was : {State::active, State::backup, State::fault})
            with_checker.tell(
                Departure{.name = "VI_old", .was = was, .priority = 150, .as_deleted = as_deleted});
    (*far)->receive_all();
    EXPECT_THAT(told, ::testing::ElementsAre("VI_old MASTER -> FAULT 150", "VI_old BACKUP -> FAULT 150",
                                             "VI_old MASTER -> DELETED 150", "VI_old BACKUP -> DELETED 150",
                                             "VI_old FAULT -> DELETED 150"));
    EXPECT_THAT(log(), HasSubstr("VI_old: removed by the new configuration; it had been MASTER, and has "
                                 "resigned\n"));
    EXPECT_THAT(log(), HasSubstr("VI_old: removed by the new configuration; it had been BACKUP\n"));
}

TEST_F(ReportsTest, EveryRemarkIsExplained) {
    for (const auto& [remark, name] : names_of(Remark{})) {
        reports.tell(remarked(remark, 64, 255), 0);
        EXPECT_THAT(log(), ::testing::Not(HasSubstr("?\n"))) << name;
    }
    EXPECT_THAT(log(), HasSubstr("VI: advert from 192.0.2.9 refused: its TTL is 64, not 255"));
    EXPECT_THAT(log(), HasSubstr("VI: advert from 192.0.2.9 differs: its address list"));
}

TEST_F(ReportsTest, AnAdvertOnTheWrongInterfaceNamesBoth) {
    plan.engine.links = {"eno1", "eno2"};
    reports.tell(remarked(Remark::wrong_link, 1, 0), 0);
    EXPECT_THAT(log(), HasSubstr("compare interface on all nodes, and what the cables and VLANs connect "
                                 "(eno2, not eno1)"));
}

TEST_F(ReportsTest, TheSameRemarkIsToldOnceInAWhileAndCounted) {
    EXPECT_EQ(reports.may_tell(remarked(Remark::bad_ttl), at(0s)), 0u);
    for (int again = 1; again <= 5; ++again)
        EXPECT_FALSE(reports.may_tell(remarked(Remark::bad_ttl), at(again * 1s)));
    EXPECT_EQ(reports.may_tell(remarked(Remark::bad_checksum), at(5s)), 0u);  // another kind
    EXPECT_EQ(reports.may_tell(remarked(Remark::bad_ttl), at(11s)), 5u);
    reports.tell(remarked(Remark::bad_ttl, 64), 5);
    EXPECT_THAT(log(), HasSubstr("(5 more since the last message)"));
}

TEST_F(ReportsTest, UnknownVridsAreToldOnlyOnRequest) {
    const engine::AdvertRemarked stray{
        .router = std::nullopt, .remark = Remark::unknown_vrid, .source = ip("192.0.2.9")};
    EXPECT_FALSE(reports.may_tell(stray, at(0s)));
    const plan::Plan curious = plan_of("global_defs {\nlog_unknown_vrids\n}\n" + instance());
    Reports told{curious, nullptr};
    EXPECT_TRUE(told.may_tell(stray, at(0s)));
}

TEST_F(ReportsTest, AnInstanceThatItsConfigurationStopsIsExplained) {
    const plan::Plan locked = plan_of(instance("authentication {\nauth_type AH\nauth_pass 1111\n}"));
    Reports{locked, nullptr}.tell_faults();
    EXPECT_THAT(log(), HasSubstr("VI stays in FAULT: auth_type AH and auth_hmac are not supported"));
    EXPECT_THAT(log(), HasSubstr("Use auth_type PASS, or none, on all nodes"));
}

TEST(ConfigWords, AreKeepalivedsStates) {
    EXPECT_EQ(config_word(State::initialize), "INIT");
    EXPECT_EQ(config_word(State::backup), "BACKUP");
    EXPECT_EQ(config_word(State::active), "MASTER");
    EXPECT_EQ(config_word(State::fault), "FAULT");
}

}  // namespace
}  // namespace holdfast::vrrp::testing
