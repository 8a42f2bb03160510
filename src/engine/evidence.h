// What a guard knows of others: by which path, since when, and how often. Sightings only; what they mean
// stands in the rows of guard_table.h. All of it is bounded, and nothing is believed for being said once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/time.h"
#include "engine/guard_table.h"
#include "engine/heartbeat.h"
#include "engine/ids.h"
#include "engine/remark.h"

namespace holdfast::engine {

// Before everything that is known; far enough from the limits to subtract.
inline constexpr Instant long_ago{-std::chrono::hours{24 * 365}};

// Adverts that do not reach the router in the usual way: seen by a tap, or refused.
struct Sighting {
    Instant last = long_ago;
    Instant before = long_ago;
    IpAddress source;

    // What comes twice at once, by two sockets or from a careless network, was said once.
    void see(const IpAddress& who, Duration interval, Instant now);
    bool repeated(Duration interval) const { return last - before <= between_repeats(interval); }
    bool fresh(Duration interval, Instant now) const { return now - last <= evidence_lasts(interval); }
};

// Sources of refused adverts that were heard beside an accepted one: other routers that use our VRID.
class Strangers {
public:
    bool known(const IpAddress& source) const;
    void add(const IpAddress& source);

private:
    std::array<IpAddress, 4> sources_{};
    std::size_t count_ = 0;  // of all that were added; the oldest is forgotten first
};

// What somebody configured otherwise than we did, by its adverts.
struct Mismatch {
    Remark remark{};
    IpAddress source;
    std::uint32_t found = 0;  // as in AdvertRemarked
    std::uint32_t expected = 0;
    Instant last = long_ago;
    bool told = false;
};

class Mismatches {
public:
    // What has to be told now: it was said again, and is news.
    const Mismatch* see(const Mismatch& seen, Duration interval, Instant now);
    // Something that was told is still so, as far as is known: who is Backup for a while says nothing.
    bool last(Duration interval, Instant now) const;

private:
    std::array<Mismatch, 6> seen_{};
};

// Another host with the same unit, by its heartbeats.
struct Peer {
    std::uint64_t host = 0;
    std::uint64_t incarnation = 0;
    std::uint64_t sequence = 0;
    Instant last = long_ago;
    Instant before = long_ago;
    PathId path{};  // that brought the last one
    State state = State::initialize;
    Priority priority = Priority::standard();
    Duration interval{0};
    std::optional<IpAddress> address;
    References references = References::unknown;

    bool fresh(Instant now) const { return now - last <= evidence_lasts(interval); }
    bool repeated() const { return last - before <= between_repeats(interval); }
};

class Peers {
public:
    // False: an old or repeated message, or one host too many.
    bool take(const Heartbeat& heartbeat, PathId path, Instant now);
    std::span<const Peer> all() const { return std::span{peers_}.first(count_); }
    void forget() { count_ = 0; }

private:
    Peer* place_for(const Heartbeat& heartbeat, Instant now);

    std::array<Peer, 8> peers_{};
    std::size_t count_ = 0;
};

// Who claims an address of the unit on a link, by ARP or ND.
struct Claimant {
    RouterId router{};
    IpAddress address;
    MacAddress mac;
    Instant first = long_ago;  // of this story
    Instant last = long_ago;
    Instant answered = long_ago;  // when it answered an ask last

    // Repeated, and it answered the last ask: who has given way meanwhile is not to be yielded to.
    bool confirmed(Duration interval, Instant now) const;
    bool fresh(Duration interval, Instant now) const { return now - last <= evidence_lasts(interval); }
};

class Claimants {
public:
    void take(const Claimant& claim, bool solicited, Duration interval, Instant now);
    std::span<const Claimant> all() const { return std::span{claimants_}.first(count_); }
    // Of the router of the lowest number, on which all sides agree best, the highest MAC address.
    const Claimant* confirmed(Duration interval, Instant now) const;
    const Claimant* newest() const;
    void forget() { count_ = 0; }

private:
    std::array<Claimant, 4> claimants_{};
    std::size_t count_ = 0;
};

// Asks for the addresses, in rounds, and what they brought.
class Asks {
public:
    Instant asked() const { return asked_; }
    void ask(Instant now);
    void answered();
    // wait: the time that an answer may take.
    Answered standing(Duration wait, Instant now) const;
    void forget() { *this = {}; }

private:
    int silent_in_row(Duration wait, Instant now) const;

    Instant asked_ = long_ago;
    bool open_answered_ = false;  // the round of asked_
    int answered_rounds_ = 0;     // before that
    int silent_rounds_ = 0;       // in a row, before that
};

// The verdict on the references here, and how far it is believed.
class ReferenceWatch {
public:
    void judge(References verdict, Instant now);
    References verdict() const { return verdict_; }
    Instant since() const { return since_; }
    // A peer was heard on the service network, or has lost its references, too, after ours had gone: it is
    // they that died, and they say nothing until they answer again.
    void discredit() { discredited_ = verdict_ == References::bad; }
    bool believed_bad() const { return verdict_ == References::bad && !discredited_; }
    bool bad() const { return verdict_ == References::bad; }

private:
    References verdict_ = References::unknown;
    Instant since_ = long_ago;
    bool discredited_ = false;
};

}  // namespace holdfast::engine
