// What an operator reads of deliveries, and that every letter is sent.
#include "checker/courier.h"

#include <gmock/gmock.h>

#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

using ::testing::ElementsAre;

// Says at once what the test wants, or keeps the letter.
class Played final : public Carrier {
public:
    explicit Played(std::vector<std::string>& sent) : sent_{sent} {}
    void send(const Letter& letter, Done done) override {
        sent_.push_back(letter.id);
        if (outcomes.empty()) {
            waiting = std::move(done);
            return;
        }
        const Outcome outcome = outcomes.front();
        outcomes.erase(outcomes.begin());
        done(outcome);
    }
    void cancel() override { waiting = nullptr; }

    std::vector<Outcome> outcomes;
    Done waiting;

private:
    std::vector<std::string>& sent_;
};

class CourierTest : public Scratch {
protected:
    void SetUp() override {
        Scratch::SetUp();
        auto carrier = std::make_unique<Played>(sent_);
        carrier_ = carrier.get();
        auto made = Courier::create(*loop_, "webhook http://h", std::move(carrier), [this] { ++changes_; });
        ASSERT_TRUE(made);
        courier_ = std::move(*made);
    }
    void post(const std::string& id) {
        courier_->post({.id = id, .what = "VI_1 " + id, .text = id, .recipients = {}});
    }

    std::vector<std::string> sent_;
    int changes_ = 0;
    Played* carrier_ = nullptr;
    std::unique_ptr<Courier> courier_;
};

const Outcome taken{};
const Outcome unreached{.kind = Outcome::Kind::delayed, .words = "no route", .delay = {}};
const Outcome refused{.kind = Outcome::Kind::refused, .words = "status 404", .delay = {}};

TEST_F(CourierTest, SendsWhatItIsGivenAndSaysNothingOfIt) {
    carrier_->outcomes = {taken, taken};
    post("1");
    post("2");
    EXPECT_THAT(sent_, ElementsAre("1", "2"));
    EXPECT_TRUE(courier_->is_empty());
    EXPECT_EQ(changes_, 2);
    EXPECT_EQ(log(), "");
}

TEST_F(CourierTest, AnOutageIsSaidAtItsBeginAndItsEnd) {
    carrier_->outcomes = {unreached, unreached, taken, taken};
    post("1");
    EXPECT_TRUE(courier_->is_resting());
    EXPECT_FALSE(courier_->is_empty());
    post("2");
    ASSERT_TRUE(becomes_true([&] { return courier_->is_empty(); }));
    EXPECT_THAT(sent_, ElementsAre("1", "1", "1", "2"));
    EXPECT_TRUE(
        logged("HF2421 webhook http://h: VI_1 1 is not delivered yet: no route; tried again in 1 s, 1 wait"));
    EXPECT_TRUE(logged("HF2423 webhook http://h takes alerts again after "));
    const std::string all = log();
    EXPECT_EQ(all.find("HF2421"), all.rfind("HF2421")) << "once: " << all;
}

TEST_F(CourierTest, ARefusalIsSaidWithTheReceiversWordsAndTheNextOneGoes) {
    carrier_->outcomes = {refused, taken};
    post("1");
    post("2");
    EXPECT_THAT(sent_, ElementsAre("1", "2"));
    EXPECT_TRUE(logged("HF2420 webhook http://h refuses VI_1 1 for good: status 404"));
}

TEST_F(CourierTest, WhatIsLeftAtTheEndIsCountedAndTheCarrierIsToldToStop) {
    post("1");
    post("2");
    EXPECT_FALSE(courier_->is_resting()) << "one is on its way";
    courier_->give_up("the daemon ends");
    EXPECT_TRUE(courier_->is_empty());
    EXPECT_EQ(carrier_->waiting, nullptr);
    EXPECT_TRUE(logged("HF2425 webhook http://h: 2 alerts are not delivered: the daemon ends"));
}

TEST_F(CourierTest, WhatDoesNotFitIsCounted) {
    for (std::size_t number = 0; number < Outbox::most_waiting + 500; ++number)
        post(std::to_string(number));
    EXPECT_TRUE(logged("HF2424 webhook http://h: 1 of the oldest are lost: 1000 wait, no more fit"));
    EXPECT_THAT(sent_, ElementsAre("0"));
}

}  // namespace
}  // namespace holdfast::checker::testing
