#include "engine/evidence.h"

#include <algorithm>
#include <tuple>

namespace holdfast::engine {
namespace {

// After so many intervals of silence a host may begin anew with a clock that went back.
constexpr int intervals_until_forgotten = 40;

constexpr Duration soonest_repeat(Duration interval) {
    return interval / 4;
}

constexpr Duration mismatch_lasts(Duration interval) {
    return interval * 30;
}

}  // namespace

void Sighting::see(const IpAddress& who, Duration interval, Instant now) {
    if (source == who && now - last < soonest_repeat(interval)) return;
    before = source == who ? last : long_ago;
    source = who;
    last = now;
}

bool Strangers::known(const IpAddress& source) const {
    const auto end = sources_.begin() + static_cast<std::ptrdiff_t>(std::min(count_, sources_.size()));
    return std::find(sources_.begin(), end, source) != end;
}

void Strangers::add(const IpAddress& source) {
    if (known(source)) return;
    sources_[count_ % sources_.size()] = source;
    ++count_;
}

const Mismatch* Mismatches::see(const Mismatch& seen, Duration interval, Instant now) {
    auto found = std::find_if(seen_.begin(), seen_.end(), [&](const Mismatch& one) {
        return one.remark == seen.remark && one.source == seen.source && one.last != long_ago;
    });
    if (found == seen_.end()) {
        found = std::min_element(seen_.begin(), seen_.end(), [](const Mismatch& a, const Mismatch& b) {
            return std::tie(a.told, a.last) <
                   std::tie(b.told, b.last);  // noise displaces nothing that was told
        });
        const bool full = found->told && now - found->last <= mismatch_lasts(interval);
        if (!full) *found = seen;
        if (!full) found->last = now;
        return nullptr;
    }
    const Duration since = now - found->last;
    if (since < soonest_repeat(interval)) return nullptr;
    const bool again = since <= mismatch_lasts(interval);  // its interval may be a longer one
    const bool news = again && !found->told;
    *found = seen;
    found->last = now;
    found->told = again;
    return news ? &*found : nullptr;
}

bool Mismatches::last(Duration interval, Instant now) const {
    return std::any_of(seen_.begin(), seen_.end(), [&](const Mismatch& one) {
        return one.told && now - one.last <= mismatch_lasts(interval);
    });
}

bool Peers::take(const Heartbeat& heartbeat, PathId path, Instant now) {
    Peer* const peer = place_for(heartbeat, now);
    if (peer == nullptr) return false;
    *peer = {.host = heartbeat.host,
             .incarnation = heartbeat.incarnation,
             .sequence = heartbeat.sequence,
             .last = now,
             .before = peer->last,
             .path = path,
             .state = heartbeat.farewell ? State::backup : heartbeat.state,
             .priority = heartbeat.priority,
             .interval = heartbeat.interval,
             .address = heartbeat.address,
             .references = heartbeat.references};
    return true;
}

Peer* Peers::place_for(const Heartbeat& heartbeat, Instant now) {
    for (Peer& peer : std::span{peers_}.first(count_)) {
        if (peer.host != heartbeat.host) continue;
        const bool newer =
            std::pair{heartbeat.incarnation, heartbeat.sequence} > std::pair{peer.incarnation, peer.sequence};
        const bool forgotten = now - peer.last > intervals_until_forgotten * peer.interval;
        return newer || forgotten ? &peer : nullptr;
    }
    if (count_ < peers_.size()) {
        peers_[count_] = {};
        return &peers_[count_++];
    }
    Peer& stalest = *std::min_element(peers_.begin(), peers_.end(),
                                      [](const Peer& a, const Peer& b) { return a.last < b.last; });
    if (stalest.fresh(now)) return nullptr;
    stalest = {};
    return &stalest;
}

bool Claimant::confirmed(Duration interval, Instant now) const {
    return last - first >= interval / 4 && answered >= first &&
           now - answered <= proves_silence_false(interval);
}

void Claimants::take(const Claimant& claim, bool solicited, Duration interval, Instant now) {
    const auto known = std::span{claimants_}.first(count_);
    auto found = std::find_if(known.begin(), known.end(), [&](const Claimant& one) {
        return one.router == claim.router && one.mac == claim.mac;
    });
    Claimant* place = found == known.end() ? nullptr : &*found;
    if (place == nullptr && count_ < claimants_.size()) place = &claimants_[count_++];
    if (place == nullptr) {
        place = &*std::min_element(known.begin(), known.end(),
                                   [](const Claimant& a, const Claimant& b) { return a.last < b.last; });
        if (place->confirmed(interval, now)) return;  // who floods us with addresses hides nobody
    }
    const bool same_story = place->router == claim.router && place->mac == claim.mac &&
                            now - place->last <= between_repeats(interval);
    const Instant first = same_story ? place->first : now;
    const Instant answered = same_story ? place->answered : long_ago;
    *place = claim;
    place->first = first;
    place->last = now;
    place->answered = solicited ? now : answered;
}

const Claimant* Claimants::confirmed(Duration interval, Instant now) const {
    const Claimant* best = nullptr;
    for (const Claimant& one : all())
        if (one.confirmed(interval, now) &&
            (best == nullptr || std::tie(one.router, best->mac) < std::tie(best->router, one.mac)))
            best = &one;
    return best;
}

const Claimant* Claimants::newest() const {
    const auto known = all();
    const auto found = std::max_element(known.begin(), known.end(),
                                        [](const Claimant& a, const Claimant& b) { return a.last < b.last; });
    return found == known.end() ? nullptr : &*found;
}

void Asks::ask(Instant now) {
    if (asked_ != long_ago) {
        if (open_answered_) {
            ++answered_rounds_;
            silent_rounds_ = 0;
        } else {
            ++silent_rounds_;
        }
        const bool over = silent_rounds_ >= silent_asks_that_prove ||
                          (answered_rounds_ <= 1 && silent_rounds_ >= silent_asks_after_one);
        if (over) answered_rounds_ = 0;
    }
    asked_ = now;
    open_answered_ = false;
}

void Asks::answered() {
    if (asked_ != long_ago) open_answered_ = true;
}

Answered Asks::standing(Duration wait, Instant now) const {
    const int rounds = answered_rounds_ + (open_answered_ ? 1 : 0);
    if (rounds == 0) return Answered::no;
    const int silent = silent_in_row(wait, now);
    if (rounds == 1) return silent >= silent_asks_after_one ? Answered::no : Answered::once;
    return silent >= silent_asks_that_prove ? Answered::no : Answered::repeatedly;
}

int Asks::silent_in_row(Duration wait, Instant now) const {
    if (open_answered_) return 0;
    return silent_rounds_ + (asked_ != long_ago && now - asked_ >= wait ? 1 : 0);
}

void ReferenceWatch::judge(References verdict, Instant now) {
    if (verdict == verdict_) return;
    verdict_ = verdict;
    since_ = now;
    discredited_ = false;
}

}  // namespace holdfast::engine
