// A host of a story: an engine, its interfaces, and what it asked for last. Time moves when the story says
// so.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/engine.h"
#include "support/builders.h"

namespace holdfast::test {

class Node {
public:
    explicit Node(engine::Settings settings) : engine_{std::move(settings)} {}

    // Every interface is up and has addresses; the clock starts.
    Node& starts(Duration when = 0s) {
        for (std::size_t i = 0; i < engine_.settings().links.size(); ++i)
            link(engine::LinkId{static_cast<std::uint32_t>(i)}, true, when);
        return happens(engine::Started{}, when);
    }

    // One event; effects() are those of this event only.
    Node& happens(const engine::Event& event, Duration when) {
        effects_.clear();
        present_ = at(when);
        engine_.step(event, present_, effects_);
        return *this;
    }

    Node& link(engine::LinkId id, bool running, Duration when) {
        return happens(engine::LinkChanged{.link = id,
                                           .present = true,
                                           .running = running,
                                           .ipv4 = own_address(Family::ipv4),
                                           .ipv6 = own_address(Family::ipv6)},
                       when);
    }

    // An advert that is right in every respect, for a router of this node.
    Node& hears(const Heard& heard, Duration when, engine::RouterId id = router_0) {
        const Datagram datagram = datagram_for(engine_.settings().routers[index(id)], heard);
        return happens(datagram.received(), when);
    }

    // Serves every deadline up to then, each at its time or, when it has passed already, at once; effects()
    // are those of all of them.
    Node& lives_until(Duration when) {
        effects_.clear();
        while (engine_.next_deadline() <= at(when)) {
            present_ = std::max(present_, engine_.next_deadline());
            engine_.step(engine::TimePassed{}, present_, effects_);
        }
        return *this;
    }

    Instant present() const { return present_; }
    engine::Engine& engine() { return engine_; }
    const engine::Effects& effects() const { return effects_; }
    engine::RouterView view(engine::RouterId id = router_0) const { return engine_.router(id); }
    engine::State state(engine::RouterId id = router_0) const { return view(id).state; }
    Instant deadline(engine::RouterId id = router_0) const { return view(id).deadline; }
    std::uint64_t remarks(engine::Remark remark, engine::RouterId id = router_0) const {
        return view(id).counters->remarks[static_cast<std::size_t>(remark)];
    }

    // Those of the last effects that have a type.
    template <class Effect>
    std::vector<Effect> asked() const {
        std::vector<Effect> found;
        for (const engine::Effect& effect : effects_)
            if (const auto* one = std::get_if<Effect>(&effect)) found.push_back(*one);
        return found;
    }
    // How many adverts, farewells aside, and how many farewells.
    std::ptrdiff_t adverts() const { return sent(false); }
    std::ptrdiff_t farewells() const { return sent(true); }
    // What a log would say about the first transition.
    std::string why() const {
        const auto changes = asked<engine::StateChanged>();
        if (changes.empty()) return {};
        const auto& settings = engine_.settings();
        return describe(changes.front().cause, settings,
                        settings.routers[index(changes.front().router)].group_id);
    }

private:
    std::ptrdiff_t sent(bool as_farewell) const {
        const auto all = asked<engine::SendAdvert>();
        return std::count_if(all.begin(), all.end(), [&](const engine::SendAdvert& advert) {
            return advert.farewell == as_farewell;
        });
    }

    engine::Engine engine_;
    engine::Effects effects_;
    Instant present_ = at(-1h);
};

// A node with one router that has just begun as Backup, at 0 s.
inline Node backup_of(const engine::RouterSettings& router) {
    Node node{alone(router)};
    node.starts(0s);
    return node;
}

// A node with one router that is Active since 0 s: its down timer ended just then.
inline Node active_of(const engine::RouterSettings& router) {
    Node node{alone(router)};
    if (router.starts_active) {
        node.starts(0s);
        return node;
    }
    const Node scout = backup_of(router);
    const Duration wait = scout.deadline() - at(0s);
    node.starts(-wait);
    node.lives_until(0s);
    return node;
}

}  // namespace holdfast::test
