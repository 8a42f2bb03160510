// What a person and the checker are told: one line per state change with its cause, refused adverts at a
// limited rate, notices for scripts and FIFOs. Written after everything that the network waits for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/effect.h"
#include "engine/incident.h"
#include "os/channel.h"
#include "os/log.h"
#include "plan/plan.h"

namespace holdfast::vrrp {

// keepalived's words, which configuration, scripts and dumps use: INIT, BACKUP, MASTER, FAULT.
std::string_view config_word(engine::State state);

// Why an instance is gone that a reload removed.
inline constexpr std::string_view removed_words = "removed by the new configuration";

// What keeps an instance from running for good, and what to do about it.
std::string explanation(engine::ConfigurationFault fault);

// An instance that the new configuration no longer has.
struct Departure {
    std::string name;
    engine::State was{};        // its last state
    std::uint8_t priority = 0;  // its last effective one
    bool as_deleted = false;    // notify_deleted: DELETED is told, and not FAULT

    // Who was in Fault is not told to be so once more.
    bool is_told() const { return as_deleted || was != engine::State::fault; }
};

class Reports {
public:
    Reports(const plan::Plan& plan, os::Channel* checker)
        : plan_{plan}, checker_{checker}, incidents_(plan.guards.size()) {}

    void tell(const engine::StateChanged& change, Priority effective);
    void tell(const engine::GroupStateChanged& change);
    void tell(const engine::PriorityChanged& change, bool is_active);
    // An operator's order stands from now on, or no longer.
    void tell(const engine::SteeringChanged& change) const;
    void tell(const engine::LowerPriorityHeard& heard, Priority effective, Instant now);
    // Whether a remark is to be told now, and how many like it were not told since the last time.
    std::optional<std::uint64_t> may_tell(const engine::AdvertRemarked& remarked, Instant now);
    void tell(const engine::AdvertRemarked& remarked, std::uint64_t held_back);
    // What a guard decided, on what grounds.
    void tell(const engine::GuardDecided& decided) const;
    void tell(const engine::PathChanged& change) const;
    // active: the unit is, so that an operator may withdraw it.
    void tell(const engine::IncidentChanged& change, const engine::Incident& incident, bool active);
    // An incident that is open already: the process before has told of it.
    void assume(engine::GuardId guard, const engine::Incident& incident);
    // Instances that the configuration itself keeps from running, and what to do about it.
    void tell_faults() const;
    // FIFOs only: the state again, after a reload.
    void tell_again(engine::RouterId router, engine::State state, Priority effective);
    void tell_again(engine::GroupId group, engine::State state);
    void tell(const Departure& departure);

private:
    struct ToldIncident {
        engine::IncidentId id;
        engine::IncidentKind kind{};
    };
    void notify(os::Notice notice);
    os::Chapter chapter_of(const engine::IncidentChanged& change);

    const plan::Plan& plan_;
    os::Channel* checker_;                 // null: no checker runs (-P is no reason, but a broken one is)
    std::vector<ToldIncident> incidents_;  // by guard
    os::RateLimit limit_{std::chrono::seconds{10}};
};

}  // namespace holdfast::vrrp
