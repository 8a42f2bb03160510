// Operators' orders as core passes them on: what the engine makes of each, and when it is settled: another
// has taken over, or nobody has, or the former Active gave way. Never waits; whoever asked hears of it then.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "os/channel.h"

namespace holdfast::vrrp {

class Orders {
public:
    struct Means {
        const engine::Engine& engine;
        std::function<void(const engine::Event&)> step;
        std::function<void(std::uint32_t number, const os::Answer&)> answer;
    };
    explicit Orders(Means means) : means_{std::move(means)} {}

    void take(const os::SteeringOrder& order, Instant now);
    // A weaker router advertised, although this one is Active.
    void hear_rival(engine::RouterId router, Instant now);
    // After whatever happened, and at next_due().
    void look(Instant now);
    Instant next_due() const;
    // Another process goes on from here, or none does.
    void leave();

private:
    enum class Wait : std::uint8_t {
        none,       // settled
        successor,  // who takes over, after a farewell
        yielding    // whether the former Active falls silent
    };
    struct Unit {
        engine::RouterId leader{};
        std::string name;
        Wait wait = Wait::none;
        engine::Steering ordered = engine::Steering::none;
        Instant begun{};
        Instant end = never;
        engine::RouterView before;
        Instant rival_heard{};
        os::Outcome outcome = os::Outcome::done;
        std::string text;
    };
    struct Pending {
        std::uint32_t number = 0;
        std::vector<Unit> units;
    };

    const engine::Settings& settings() const { return means_.engine.settings(); }
    std::vector<engine::RouterId> leaders_meant(const std::string& name) const;
    std::string name_of_unit(engine::RouterId leader) const;
    void begin(Unit& unit, os::Wish wish, Instant now);
    void drain(Unit& unit);
    void resume(Unit& unit) const;
    void hand_over(Unit& unit, Instant now);
    void take_over(Unit& unit, Instant now);
    static void await(Unit& unit, Wait wait, engine::Steering ordered, Duration at_most);
    void look_at(Unit& unit, Instant now);
    void look_for_successor(Unit& unit, Instant now) const;
    void look_for_yielding(Unit& unit, Instant now);
    bool was_replaced(const Unit& unit) const;
    bool is_held_back(const Unit& unit) const;
    std::string successor_of(const Unit& unit) const;
    void answer_settled();

    Means means_;
    std::vector<Pending> pending_;
};

// One answer for many units: what went wrong first, and no more than fits.
os::Answer summary(const std::vector<os::Answer>& answers);

}  // namespace holdfast::vrrp
