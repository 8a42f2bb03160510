// Publishes what the outside may know of the virtual routers (status/snapshot.h). The least urgent work of
// this process: an edition is made in bounded pieces, soon after a transition, else about once a second, and
// only in turns of the loop that happen anyway. Nobody is ever waited for, and nothing here is asked by
// anybody.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/effect.h"
#include "engine/engine.h"
#include "os/published.h"
#include "os/start.h"
#include "plan/plan.h"
#include "status/snapshot.h"
#include "vrrp/holdings.h"
#include "vrrp/moment.h"

namespace holdfast::vrrp {

class Publisher {
public:
    struct Sources {
        const os::StartMessage& start;
        const plan::Plan& plan;
        const engine::Engine& engine;
        const Holdings& holdings;
    };
    // page: of os::create_published_page. former: the page of the process before, or nothing; the transitions
    // and peers of routers with the same names are taken over from it.
    static Result<std::unique_ptr<Publisher>> create(const Sources& sources, os::UniqueFd page,
                                                     os::UniqueFd former);

    // An advert was accepted. Called for each, so it does next to nothing.
    void heard(engine::RouterId router, const IpAddress& from, std::uint8_t priority, Instant now) {
        Memory& memory = memories_[index(router)];
        Seen* place = &memory.peers[0];
        for (Seen& seen : memory.peers) {
            if (seen.adverts == 0 || seen.address == from) {
                place = &seen;
                break;
            }
            if (seen.last < place->last) place = &seen;
        }
        if (place->address != from) *place = {.address = from};
        place->priority = priority;
        place->last = now;
        ++place->adverts;
    }
    // The effective priority moves.
    void moved(const engine::PriorityChanged& change, Instant now) {
        Memory& memory = memories_[index(change.router)];
        memory.former_priority = change.from.wire();
        memory.priority_moved = now;
        urgent_ = true;
    }
    // What is known of a router now. Called when something happens, so it allocates nothing.
    Moment moment(engine::RouterId router) const;
    // Called when it is told, not when it happens.
    void tell(const engine::StateChanged& change, Instant when, const Moment& moment);
    void tell(const engine::GroupStateChanged& change, Instant when);
    // An instance that this configuration no longer has, of the one before; without transitions.
    void tell_departed(status::Departed departed, engine::State was, Instant when);
    // An advert was refused, or is remarkable. Called for each, too.
    void remarked(engine::RouterId router, engine::Remark remark, const IpAddress& from);
    // Something else that should not wait for a second.
    void hurry() { urgent_ = true; }

    bool is_due(Instant now) const {
        return making_ || now >= begun_ + usual_gap || (urgent_ && now >= begun_ + shortest_gap);
    }
    // When to look again although nothing else happens.
    Instant next_due() const { return urgent_ && !making_ ? begun_ + shortest_gap : never; }
    // One bounded piece.
    void work(Instant now);
    // The last edition, at once: how everything was left.
    void finish(Instant now);

private:
    static constexpr Duration usual_gap = std::chrono::seconds{1};
    static constexpr Duration shortest_gap = std::chrono::milliseconds{100};
    static constexpr std::size_t most_peers = 4;  // that are remembered; the one heard longest ago goes

    struct Seen {
        IpAddress address;
        std::uint8_t priority = 0;
        Instant last{};
        std::uint64_t adverts = 0;
    };
    struct Memory {  // of one router
        std::array<Seen, most_peers> peers{};
        std::uint8_t former_priority = 0;  // 0: it never moved
        Instant priority_moved{};
        std::vector<status::Transition> transitions;
        status::ProtocolError last_error{};
        std::optional<IpAddress> error_source;
    };

    Publisher(const Sources& sources, os::PublishedPage page, os::UniqueFd former);
    void adopt_former();
    void adopt(const status::Instance& was, Memory& memory) const;
    void adopt_departed(const std::vector<status::Departed>& were);
    Instant tell_now();
    status::Transition told(const engine::Cause& cause, Instant when, std::optional<engine::GroupId> group);
    void begin(Instant now);
    bool write_some();
    void complete();
    template <class Entry>
    void put(const Entry& entry);
    void describe(engine::RouterId id);
    void describe(engine::GuardId id);
    void describe_peers(engine::RouterId id, const engine::RouterView& view);
    void describe_addresses(engine::RouterId id);

    Sources sources_;
    os::PublishedPage page_;
    os::UniqueFd former_;
    Instant started_;
    std::vector<Memory> memories_;
    std::vector<std::optional<engine::GuardId>> guards_;  // by router; empty: there are none
    std::vector<std::vector<status::Transition>> group_transitions_;
    std::vector<status::Departed> departed_;
    Instant last_told_{};
    std::vector<std::string> remark_names_;

    // The edition in the making.
    bool making_ = false;
    std::span<std::uint8_t> room_;
    std::size_t size_ = 0;
    std::size_t cursor_ = 0;  // routers, groups, trackers, guards, statics, departed

    bool urgent_ = true;
    bool said_full_ = false;
    Instant begun_{};

    // Kept for their capacity.
    status::Instance instance_;
    status::Held statics_;
    std::vector<engine::Adjustment> adjustments_;
};

}  // namespace holdfast::vrrp
