#include "vrrp/publisher.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/guard_table.h"
#include "unit/vrrp/host.h"

namespace holdfast::vrrp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const IpAddress peer = *IpAddress::parse("192.0.2.2");

// An engine with its plan, and a page that it publishes in.
struct Node {
    explicit Node(const std::string& text) : plan{plan_of(text)} {
        start.configuration_path = "/etc/holdfast/holdfast.conf";
        publisher = make({});
    }
    std::unique_ptr<Publisher> make(os::UniqueFd former) {
        return std::move(
            *Publisher::create({.start = start, .plan = plan, .engine = engine, .holdings = holdings},
                               os::UniqueFd{fcntl(page.get(), F_DUPFD_CLOEXEC, 0)}, std::move(former)));
    }
    void begins(Instant now) {
        engine::Effects effects;
        engine.step(engine::LinkChanged{.link = engine::LinkId{0},
                                        .present = true,
                                        .running = true,
                                        .ipv4 = IpAddress::parse("192.0.2.1")},
                    now, effects);
        engine.step(engine::Started{}, now, effects);
        passes(now, effects);
    }
    void passes(Instant now, engine::Effects effects = {}) {
        if (effects.empty()) engine.step(engine::TimePassed{}, now, effects);
        for (const engine::Effect& effect : effects)
            if (const auto* change = std::get_if<engine::StateChanged>(&effect))
                publisher->tell(*change, now, publisher->moment(change->router));
    }
    // A whole edition; how many pieces it took.
    int publish(Instant now) {
        int pieces = 0;
        for (publisher->hurry(); publisher->next_due() != never || publisher->is_due(now); ++pieces)
            publisher->work(now);
        return pieces;
    }
    status::RoutersSnapshot published() const {
        const auto read = os::PublishedReader::map(page.get())->read();
        return read ? *status::read_routers(*read) : status::RoutersSnapshot{};
    }

    os::StartMessage start;
    plan::Plan plan;
    engine::Engine engine{plan.engine};
    net::LinkTable links;
    net::CommandSocket socket = std::move(*net::CommandSocket::open(0));
    Holdings holdings{plan, links, socket, {}};
    os::UniqueFd page = *os::create_published_page(std::size_t{8} << 20);
    std::unique_ptr<Publisher> publisher;
};

std::string many(int count) {
    std::string text;
    for (int number = 1; number <= count; ++number)
        text += "vrrp_instance VI_" + std::to_string(number) + " {\ninterface eth0\nvirtual_router_id " +
                std::to_string(number) + "\nvirtual_ipaddress {\n192.0.2.100/24\n}\n}\n";
    return text;
}

TEST(Publisher, SaysWhatTheEngineDoesAndWhy) {
    Node node{instance("priority 120\n")};
    node.begins(Instant{100s});
    const Instant ends = node.engine.next_deadline();
    node.passes(ends);
    node.publish(Instant{105s});
    const status::RoutersSnapshot said = node.published();
    EXPECT_EQ(said.head.configuration, "/etc/holdfast/holdfast.conf");
    EXPECT_EQ(said.head.taken, Instant{105s});
    ASSERT_THAT(said.instances, SizeIs(1));
    const status::Instance& one = said.instances[0];
    EXPECT_EQ(one.name, "VI");
    EXPECT_EQ(one.state, status::RouterState::active);
    EXPECT_EQ(one.since, ends);
    EXPECT_EQ(one.priority, 120);
    EXPECT_EQ(one.addresses_total, 1u);
    EXPECT_EQ(one.addresses_in_place, 0u);  // nobody has put them there
    ASSERT_THAT(one.transitions, SizeIs(2));
    EXPECT_EQ(one.transitions[1].from, status::RouterState::backup);
    EXPECT_EQ(one.transitions[1].kind, "never-heard");
    EXPECT_THAT(one.transitions[1].cause, HasSubstr("no advert from anyone for"));
}

TEST(Publisher, NamesWhatAdjustsThePriority) {
    Node node{"vrrp_track_file load {\nfile /run/load\n}\n" + instance("track_file {\nload weight -3\n}\n")};
    engine::Effects effects;
    node.engine.step(engine::TrackerJudged{engine::TrackerId{0}, engine::Health::good, 5}, Instant{1s},
                     effects);
    node.begins(Instant{2s});
    node.publish(Instant{3s});
    const status::Instance one = node.published().instances.at(0);
    EXPECT_EQ(one.configured_priority, 100);
    EXPECT_EQ(one.priority, 85);
    ASSERT_THAT(one.adjustments, SizeIs(1));
    EXPECT_EQ(one.adjustments[0].name, "file load");
    EXPECT_EQ(one.adjustments[0].amount, -15);
    EXPECT_EQ(node.published().trackers.at(0).value, 5);
}

TEST(Publisher, RemembersTheFewPeersHeardLast) {
    Node node{instance()};
    for (int number = 1; number <= 6; ++number)
        node.publisher->heard(engine::RouterId{0}, IpAddress::v4(static_cast<std::uint32_t>(number)), 90,
                              Instant{std::chrono::seconds{number}});
    node.publisher->heard(engine::RouterId{0}, IpAddress::v4(6), 91, Instant{7s});
    node.publish(Instant{8s});
    const auto peers = node.published().instances.at(0).peers;
    ASSERT_THAT(peers, SizeIs(4));
    int seen = 0;
    for (const status::Peer& one : peers) {
        EXPECT_GE(one.address, IpAddress::v4(3));
        if (one.address != IpAddress::v4(6)) continue;
        ++seen;
        EXPECT_EQ(one.adverts, 2u);
        EXPECT_EQ(one.priority, 91);
        EXPECT_EQ(one.heard, Instant{7s});
    }
    EXPECT_EQ(seen, 1);
}

TEST(Publisher, KeepsTheHistoryOfTheProcessBefore) {
    Node before{instance()};
    before.begins(Instant{100s});
    const Instant ends = before.engine.next_deadline();
    before.passes(ends);
    before.publisher->heard(engine::RouterId{0}, peer, 90, Instant{103s});
    before.publish(Instant{105s});

    Node after{instance()};
    after.publisher = after.make(os::UniqueFd{fcntl(before.page.get(), F_DUPFD_CLOEXEC, 0)});
    ASSERT_TRUE(
        after.engine.adopt(engine::RouterId{0}, before.engine.record(engine::RouterId{0}), Instant{105s}));
    after.begins(Instant{105s});
    after.publish(Instant{106s});
    const status::Instance one = after.published().instances.at(0);
    EXPECT_EQ(one.since, ends);
    ASSERT_THAT(one.transitions, SizeIs(2));
    EXPECT_EQ(one.transitions[1].kind, "never-heard");
    ASSERT_THAT(one.peers, SizeIs(1));
    EXPECT_EQ(one.peers[0].heard, Instant{103s});
}

TEST(Publisher, KeepsTheLastWordsOfInstancesThatAReloadRemoves) {
    Node before{many(2)};
    before.begins(Instant{100s});
    before.publish(Instant{105s});
    Node after{many(1)};
    after.publisher = after.make(os::UniqueFd{fcntl(before.page.get(), F_DUPFD_CLOEXEC, 0)});
    after.publisher->tell_departed({.name = "VI_2", .vrid = 2, .word = status::LastWord::deleted},
                                   engine::State::backup, Instant{106s});
    after.publish(Instant{107s});
    const auto gone = after.published().departed;
    ASSERT_THAT(gone, SizeIs(1));
    EXPECT_EQ(gone[0].vrid, 2);
    EXPECT_EQ(gone[0].word, status::LastWord::deleted);
    ASSERT_THAT(gone[0].transitions, SizeIs(2));
    EXPECT_EQ(gone[0].transitions[0].to, status::RouterState::backup);
    const status::Transition& end = gone[0].transitions[1];
    EXPECT_EQ(end.when, Instant{106s});
    EXPECT_EQ(end.from, status::RouterState::backup);
    EXPECT_EQ(end.to, status::RouterState::initialize);
    EXPECT_EQ(end.cause, "removed by the new configuration");
    EXPECT_GT(end.told, Instant{});

    // The process after that one still knows it.
    Node last{many(1)};
    last.publisher = last.make(os::UniqueFd{fcntl(after.page.get(), F_DUPFD_CLOEXEC, 0)});
    last.publish(Instant{108s});
    ASSERT_THAT(last.published().departed, SizeIs(1));
    EXPECT_EQ(last.published().departed[0].transitions[1].told, end.told);
}

// The outside's names of what guards find and decide are those of the engine's table.
TEST(Publisher, KnowsEverySituationAndVerdictOfAGuardByTheNameOfItsRow) {
    EXPECT_EQ(names_of(status::GuardSituation{}).size(),
              static_cast<std::size_t>(engine::last_situation) + 1);
    for (const engine::Row& row : engine::guard_rows())
        EXPECT_EQ(name_of(static_cast<status::GuardSituation>(row.situation)), row.name);
    EXPECT_EQ(names_of(status::GuardVerdict{}).size(), names_of(engine::Verdict{}).size());
    for (const auto& [verdict, name] : names_of(engine::Verdict{}))
        EXPECT_EQ(name_of(static_cast<status::GuardVerdict>(verdict)), name);
}

TEST(Publisher, SaysWhatAGuardFoundAndDecidedLast) {
    Node node{instance("split_brain {\npolicy alert\n}\n")};
    node.publish(Instant{1s});
    ASSERT_THAT(node.published().guards, SizeIs(1));
    EXPECT_EQ(node.published().guards[0].unit, "VI");
    EXPECT_EQ(node.published().guards[0].situation, status::GuardSituation::none);
    node.begins(Instant{100s});
    for (int steps = 0;
         steps < 50 && node.engine.guard(engine::GuardId{0}).situation == engine::Situation::none; ++steps)
        node.passes(node.engine.next_deadline());
    node.publish(Instant{110s});
    EXPECT_EQ(node.published().guards[0].situation, status::GuardSituation::unmet);
    EXPECT_EQ(node.published().guards[0].verdict, status::GuardVerdict::promote);
    EXPECT_FALSE(node.published().guards[0].holds_back);
}

TEST(Publisher, ForgetsWhoDepartedLongestAgo) {
    Node node{many(1)};
    for (std::size_t number = 0; number <= status::most_departed; ++number)
        node.publisher->tell_departed({.name = std::to_string(number)}, engine::State::fault, Instant{1s});
    node.publish(Instant{2s});
    ASSERT_THAT(node.published().departed, SizeIs(status::most_departed));
    EXPECT_EQ(node.published().departed[0].name, "1");
}

TEST(Publisher, SaysInWhichOrderItWasTold) {
    Node node{instance()};
    node.begins(Instant{100s});
    node.passes(node.engine.next_deadline());
    const engine::Cause led{.kind = engine::CauseKind::group_member,
                            .member = engine::RouterId{0},
                            .member_kind = engine::CauseKind::peer_resigned};
    node.publisher->tell(engine::StateChanged{.to = engine::State::fault, .cause = led}, Instant{105s}, {});
    node.publish(Instant{106s});
    const auto transitions = node.published().instances.at(0).transitions;
    ASSERT_GE(transitions.size(), 3u);
    EXPECT_GT(transitions[1].told, transitions[0].told);
    EXPECT_GT(transitions[2].told, transitions[1].told);
    EXPECT_EQ(transitions[2].member_kind, "peer-resigned");
    EXPECT_EQ(transitions[1].member_kind, "");
    EXPECT_EQ(transitions[2].member, "VI");
    EXPECT_EQ(transitions[1].member, "");
}

TEST(Publisher, RemembersWhatGroupsDid) {
    const std::string text = "vrrp_sync_group VG {\ngroup {\nVI\n}\n}\n" + instance();
    Node before{text};
    before.publisher->tell(
        engine::GroupStateChanged{.to = engine::State::backup, .cause = {.kind = engine::CauseKind::started}},
        Instant{100s});
    before.publish(Instant{105s});
    Node after{text};
    after.publisher = after.make(os::UniqueFd{fcntl(before.page.get(), F_DUPFD_CLOEXEC, 0)});
    after.publish(Instant{106s});
    const status::Group group = after.published().groups.at(0);
    ASSERT_THAT(group.transitions, SizeIs(1));
    EXPECT_EQ(group.transitions[0].to, status::RouterState::backup);
    EXPECT_EQ(group.transitions[0].when, Instant{100s});
}

TEST(Publisher, GivesAGroupTheEvidenceOfTheMemberThatLedIt) {
    Node node{"vrrp_sync_group VG {\ngroup {\nVI\n}\n}\n" + instance()};
    const engine::Cause cause{.kind = engine::CauseKind::peer_silent};
    const engine::GroupStateChanged group{
        .to = engine::State::active, .cause = cause, .member = engine::RouterId{0}};
    Moment moment{.priority = 77};
    node.publisher->tell(engine::StateChanged{.to = engine::State::active, .cause = cause}, Instant{100s},
                         moment);
    node.publisher->tell(group, Instant{100s});
    node.publisher->tell(group, Instant{101s});  // it was Active already
    node.publisher->tell(engine::GroupStateChanged{.cause = {.kind = engine::CauseKind::stopped}},
                         Instant{102s});
    node.publish(Instant{105s});
    const auto transitions = node.published().groups.at(0).transitions;
    ASSERT_THAT(transitions, SizeIs(3));
    EXPECT_EQ(transitions[0].member, "VI");
    ASSERT_TRUE(transitions[0].evidence);
    EXPECT_EQ(transitions[0].evidence->priority, 77);
    EXPECT_EQ(transitions[1].member, "VI");
    EXPECT_FALSE(transitions[1].evidence);
    EXPECT_EQ(transitions[2].member, "");
    EXPECT_FALSE(transitions[2].evidence);
}

TEST(Publisher, NamesTheLastProtocolErrorAndWhoMadeIt) {
    Node node{instance()};
    node.publisher->remarked(engine::RouterId{0}, engine::Remark::bad_checksum, peer);
    node.publisher->remarked(engine::RouterId{0}, engine::Remark::own_source, IpAddress::v4(1));
    node.publish(Instant{1s});
    EXPECT_EQ(node.published().instances.at(0).last_error, status::ProtocolError::checksum);
    EXPECT_EQ(node.published().instances.at(0).error_source, peer);
}

TEST(Publisher, LeavesAWholeEditionBehindAtTheEnd) {
    Node node{many(200)};
    node.publish(Instant{1s});
    node.publisher->hurry();
    node.publisher->work(Instant{2s});  // in the middle of another one
    node.publisher->finish(Instant{3s});
    EXPECT_EQ(node.published().head.taken, Instant{3s});
    EXPECT_THAT(node.published().instances, SizeIs(200));
}

TEST(Publisher, MakesAnEditionInSmallPieces) {
    Node node{many(200)};
    EXPECT_GE(node.publish(Instant{1s}), 200 / 16);
    EXPECT_THAT(node.published().instances, SizeIs(200));
}

TEST(Publisher, ShowsTheEditionBeforeUntilTheNextIsWhole) {
    Node node{many(200)};
    node.publish(Instant{1s});
    node.publisher->hurry();
    node.publisher->work(Instant{2s});
    EXPECT_EQ(node.published().head.taken, Instant{1s});
}

TEST(Publisher, WaitsForASecondUnlessItIsUrgent) {
    Node node{instance()};
    node.publish(Instant{10s});
    EXPECT_FALSE(node.publisher->is_due(Instant{10900ms}));
    EXPECT_EQ(node.publisher->next_due(), never);  // nobody is woken for it
    EXPECT_TRUE(node.publisher->is_due(Instant{11s}));
    node.publisher->hurry();
    EXPECT_FALSE(node.publisher->is_due(Instant{10050ms}));
    EXPECT_EQ(node.publisher->next_due(), Instant{10100ms});
    EXPECT_TRUE(node.publisher->is_due(Instant{10100ms}));
}

TEST(Publisher, LeavesOutWhatThereIsNoRoomFor) {
    Node node{many(100)};
    node.page = *os::create_published_page(4096);
    node.publisher = node.make({});
    node.publish(Instant{1s});
    const std::size_t shown = node.published().instances.size();
    EXPECT_GT(shown, 0u);
    EXPECT_LT(shown, 100u);
}

}  // namespace
}  // namespace holdfast::vrrp::testing
