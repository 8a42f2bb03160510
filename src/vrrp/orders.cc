#include "vrrp/orders.h"

#include <algorithm>
#include <cstdio>

namespace holdfast::vrrp {

namespace {

using engine::Command;
using engine::RouterId;
using engine::State;
using engine::Steering;
using os::Outcome;

constexpr std::size_t room_for_more = 40;  // "; and 1234 more"

std::string seconds_text(Duration span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(span).count());
    return text;
}

std::string resume_hint(const std::string& name) {
    return "; `holdfast resume " + name + "` ends that";
}

int gravity(Outcome outcome) {
    return outcome == Outcome::refused ? 2 : outcome == Outcome::done ? 0 : 1;
}

}  // namespace

os::Answer summary(const std::vector<os::Answer>& answers) {
    std::vector<os::Answer> sorted = answers;
    std::stable_sort(sorted.begin(), sorted.end(), [](const os::Answer& one, const os::Answer& other) {
        return gravity(one.outcome) > gravity(other.outcome);
    });
    os::Answer all{.outcome = sorted.empty() ? Outcome::done : sorted.front().outcome, .text = {}};
    for (std::size_t at = 0; at < sorted.size(); ++at) {
        const std::string text = (at > 0 ? "; " : "") + sorted[at].text;
        const bool is_last = at + 1 == sorted.size();
        if (all.text.size() + text.size() + (is_last ? 0 : room_for_more) > os::Answer::longest_text) {
            all.text += "; and " + std::to_string(sorted.size() - at) + " more";
            break;
        }
        all.text += text;
    }
    return all;
}

// A member moves its whole group, so a unit is named by whichever router comes first in it.
std::vector<RouterId> Orders::leaders_meant(const std::string& name) const {
    std::vector<RouterId> leaders;
    const auto leader_of = [this](RouterId router) { return means_.engine.unit_of(router).front(); };
    for (std::uint32_t at = 0; at < settings().routers.size(); ++at) {
        const RouterId router{at};
        if (name.empty() ? leader_of(router) == router : settings().routers[at].name == name)
            leaders.push_back(leader_of(router));
    }
    if (!leaders.empty()) return leaders;
    for (const engine::GroupSettings& group : settings().groups)
        if (group.name == name && !group.members.empty()) leaders.push_back(leader_of(group.members.front()));
    return leaders;
}

std::string Orders::name_of_unit(RouterId leader) const {
    const engine::RouterSettings& router = settings().routers[index(leader)];
    return router.group_id ? settings().groups[index(*router.group_id)].name : router.name;
}

void Orders::take(const os::SteeringOrder& order, Instant now) {
    const auto leaders = leaders_meant(order.name);
    if (leaders.empty()) {
        const std::string what = order.name.empty() ? "no virtual router runs here"
                                                    : "no instance and no sync group is named " + order.name;
        return means_.answer(order.number, {.outcome = Outcome::refused, .text = what});
    }
    Pending pending{.number = order.number, .units = {}};
    for (const RouterId leader : leaders) {
        Unit& unit = pending.units.emplace_back();
        unit.leader = leader;
        unit.name = name_of_unit(leader);
        begin(unit, order.wish, now);
    }
    pending_.push_back(std::move(pending));
    look(now);
}

void Orders::begin(Unit& unit, os::Wish wish, Instant now) {
    unit.begun = now;
    unit.before = means_.engine.router(unit.leader);
    switch (wish) {
        case os::Wish::drain:
            return drain(unit);
        case os::Wish::resume:
            return resume(unit);
        case os::Wish::hand_over:
            return hand_over(unit, now);
        case os::Wish::failover:
            return unit.before.state == State::active ? hand_over(unit, now) : take_over(unit, now);
        default:
            unit.outcome = Outcome::refused;
            unit.text = unit.name + ": that is no order for a virtual router";
    }
}

void Orders::await(Unit& unit, Wait wait, Steering ordered, Duration at_most) {
    unit.wait = wait;
    unit.ordered = ordered;
    unit.end = unit.begun + at_most;
}

void Orders::drain(Unit& unit) {
    if (unit.before.steering == Steering::drained) {
        unit.text = unit.name + " was drained before";
        return;
    }
    means_.step(engine::OperatorCommand{unit.leader, Command::drain});
    if (unit.before.state == State::active)
        return await(unit, Wait::successor, Steering::drained, unit.before.down_interval);
    const std::string active = successor_of(unit);
    unit.text = unit.name + " is drained, it was not Active; " +
                (active.empty() ? "nobody has been heard" : active + " is Active");
}

void Orders::resume(Unit& unit) const {
    if (unit.before.steering == Steering::none) {
        unit.text = unit.name + ": no order stood";
        return;
    }
    means_.step(engine::OperatorCommand{unit.leader, Command::resume});
    unit.text =
        unit.name + (unit.before.steering == Steering::drained ? " takes part again, and listens first"
                                                               : " goes by the usual rules again");
}

void Orders::hand_over(Unit& unit, Instant now) {
    if (const auto objection = means_.engine.objection(unit.leader, Command::hand_over, now)) {
        unit.outcome = Outcome::refused;
        unit.text = unit.name + ": " + describe(*objection, settings());
        return;
    }
    means_.step(engine::OperatorCommand{unit.leader, Command::hand_over});
    // Beyond the end of its timer its guard may want to ask around.
    await(unit, Wait::successor, Steering::yielding, unit.before.down_interval * 2);
}

void Orders::take_over(Unit& unit, Instant now) {
    if (const auto objection = means_.engine.objection(unit.leader, Command::take_over, now)) {
        unit.outcome = Outcome::refused;
        unit.text = unit.name + ": " + describe(*objection, settings());
        return;
    }
    means_.step(engine::OperatorCommand{unit.leader, Command::take_over});
    await(unit, Wait::yielding, Steering::raised, unit.before.active_interval * 2);
}

void Orders::hear_rival(RouterId router, Instant now) {
    const RouterId leader = means_.engine.unit_of(router).front();
    for (Pending& pending : pending_)
        for (Unit& unit : pending.units)
            if (unit.leader == leader) unit.rival_heard = now;
}

void Orders::look(Instant now) {
    for (Pending& pending : pending_)
        for (Unit& unit : pending.units)
            look_at(unit, now);
    answer_settled();
}

void Orders::look_at(Unit& unit, Instant now) {
    if (unit.wait == Wait::successor) look_for_successor(unit, now);
    if (unit.wait == Wait::yielding) look_for_yielding(unit, now);
}

// Somebody ordered something else meanwhile.
bool Orders::was_replaced(const Unit& unit) const {
    const Steering now = means_.engine.router(unit.leader).steering;
    return now != unit.ordered && now != Steering::none;
}

bool Orders::is_held_back(const Unit& unit) const {
    for (std::uint32_t at = 0; at < settings().guards.size(); ++at) {
        const engine::GuardSettings& guard = settings().guards[at];
        if (means_.engine.unit_of(guard.leader).front() == unit.leader &&
            guard.policy != engine::GuardPolicy::off && means_.engine.guard(engine::GuardId{at}).holds_back)
            return true;
    }
    return false;
}

// Whom its members have heard; of a group each has to hear somebody. Empty: not so.
std::string Orders::successor_of(const Unit& unit) const {
    std::string text;
    for (const RouterId member : means_.engine.unit_of(unit.leader)) {
        const engine::RouterView view = means_.engine.router(member);
        const bool heard = view.active_address && view.active_priority && view.last_heard &&
                           (*view.last_heard > unit.begun || unit.wait == Wait::none);
        if (!heard) return {};
        if (text.empty())
            text = view.active_address->text() + " (priority " +
                   std::to_string(view.active_priority->wire()) + ")";
    }
    return text;
}

void Orders::look_for_successor(Unit& unit, Instant now) const {
    const engine::RouterView view = means_.engine.router(unit.leader);
    const bool drains = unit.ordered == Steering::drained;
    const auto settle = [&](Outcome outcome, const std::string& text) {
        unit.wait = Wait::none;
        unit.outcome = outcome;
        unit.text = unit.name + ": " + text;
    };
    if (was_replaced(unit)) return settle(Outcome::refused, "another order came meanwhile");
    if (const std::string successor = successor_of(unit); !successor.empty()) {
        const std::string text =
            successor + " is Active, " + seconds_text(now - unit.begun) + " after this node resigned";
        return settle(Outcome::done, (drains ? "drained; " : "") + text +
                                         (view.steering == Steering::none ? "" : resume_hint(unit.name)));
    }
    if (view.state == State::active)
        return settle(Outcome::nobody_took_over, "nobody took over within " + seconds_text(now - unit.begun) +
                                                     ": this node is Active again");
    if (view.state == State::fault && !drains)
        return settle(Outcome::nobody_took_over,
                      "handed over, and in fault since: " + describe(view.cause, settings(), std::nullopt));
    if (!drains && is_held_back(unit))
        return settle(Outcome::nobody_took_over, "nobody took over within " + seconds_text(now - unit.begun) +
                                                     ", and its guard holds this node back");
    if (now < unit.end) return;
    settle(Outcome::nobody_took_over,
           (drains ? "drained, and nobody" : "nobody") + std::string{" has been heard for "} +
               seconds_text(now - unit.begun) +
               (drains ? ": the service is stopped here, and nobody else runs it" : "") +
               resume_hint(unit.name));
}

// What was on its way when it was told does not count; what comes an advert interval later does.
void Orders::look_for_yielding(Unit& unit, Instant now) {
    const engine::RouterView view = means_.engine.router(unit.leader);
    const auto settle = [&](Outcome outcome, const std::string& text) {
        unit.wait = Wait::none;
        unit.outcome = outcome;
        unit.text = unit.name + ": " + text;
    };
    if (was_replaced(unit)) return settle(Outcome::refused, "another order came meanwhile");
    if (view.state != State::active)
        return settle(Outcome::refused, "it took over, and is " + std::string{name_of(view.state)} +
                                            " again: " + describe(view.cause, settings(), std::nullopt));
    if (now < unit.end) return;
    const std::string former = unit.before.active_address ? unit.before.active_address->text() : "the other";
    if (unit.rival_heard > unit.begun + unit.before.active_interval / 2) {
        settle(Outcome::refused,
               former + " goes on advertising and does not give way: the order is taken back");
        return means_.step(engine::OperatorCommand{unit.leader, Command::resume});
    }
    settle(Outcome::done, "this node is Active, with priority " +
                              std::to_string(view.effective_priority.wire()) + ", and " + former +
                              " has given way" + resume_hint(unit.name));
}

Instant Orders::next_due() const {
    Instant due = never;
    for (const Pending& pending : pending_)
        for (const Unit& unit : pending.units)
            if (unit.wait != Wait::none) due = std::min(due, unit.end);
    return due;
}

void Orders::answer_settled() {
    const auto settled = [](const Pending& pending) {
        return std::all_of(pending.units.begin(), pending.units.end(),
                           [](const Unit& unit) { return unit.wait == Wait::none; });
    };
    for (const Pending& pending : pending_) {
        if (!settled(pending)) continue;
        std::vector<os::Answer> answers;
        answers.reserve(pending.units.size());
        for (const Unit& unit : pending.units)
            answers.push_back({.outcome = unit.outcome, .text = unit.text});
        means_.answer(pending.number, summary(answers));
    }
    std::erase_if(pending_, settled);
}

void Orders::leave() {
    for (Pending& pending : pending_)
        for (Unit& unit : pending.units) {
            if (unit.wait == Wait::none) continue;
            unit.wait = Wait::none;
            unit.outcome = Outcome::refused;
            unit.text = unit.name +
                        ": ordered, but the process ends before it is settled; "
                        "`holdfast status` shows what became of it";
        }
    answer_settled();
}

}  // namespace holdfast::vrrp
