// What interfaces and addresses mean for a router: a fault, or another effective priority. Pure, given the
// table of links.
#pragma once

#include <optional>
#include <vector>

#include "base/address.h"
#include "base/vrrp_types.h"
#include "engine/cause.h"
#include "engine/event.h"
#include "engine/settings.h"

namespace holdfast::engine {

// What was last said about each interface; nothing said: it does not exist.
class LinkTable {
public:
    explicit LinkTable(std::size_t links);

    void update(const LinkChanged& change) { links_[index(change.link)] = change; }
    bool present(LinkId link) const { return links_[index(link)].present; }
    bool running(LinkId link) const { return present(link) && links_[index(link)].running; }
    // The address that adverts of a family leave from.
    std::optional<IpAddress> address(LinkId link, Family family) const;
    std::optional<MacAddress> mac(LinkId link) const { return links_[index(link)].mac; }

private:
    std::vector<LinkChanged> links_;
};

// What was last said of each tracker.
class Verdicts {
public:
    explicit Verdicts(std::size_t trackers) : verdicts_(trackers) {}
    void update(const TrackerJudged& judged) { verdicts_[index(judged.tracker)] = judged; }
    Health of(TrackerId tracker) const { return verdicts_[index(tracker)].health; }
    std::int32_t value_of(TrackerId tracker) const { return verdicts_[index(tracker)].value; }
    TrackerJudged judged(TrackerId tracker) const {
        TrackerJudged known = verdicts_[index(tracker)];
        known.tracker = tracker;
        return known;
    }

private:
    std::vector<TrackerJudged> verdicts_;
};

// The trackers that count for a router, its own and its group's, by the same rule as links.
std::vector<TrackedHealth> tracked_health_of(const RouterSettings& router, const Settings& settings);

// The first verdict that is missing although it decides whether the router may take part.
std::optional<TrackerId> undecided(const std::vector<TrackedHealth>& tracked, const Verdicts& verdicts);
// The first verdict that keeps the router from taking part. One that is missing does not.
std::optional<Cause> fault_of(const std::vector<TrackedHealth>& tracked, const Verdicts& verdicts);
// What a verdict is, for whom it changes something.
Cause cause_of(const TrackerJudged& judged, const std::vector<TrackedHealth>& tracked);
// What one adds to the priority, and all of them. One that is missing adds nothing.
int adjustment(const TrackedHealth& tracked, const Verdicts& verdicts);
int adjustment(const std::vector<TrackedHealth>& tracked, const Verdicts& verdicts);
int adjustment(const TrackedLink& tracked, const LinkTable& links);

// One that keeps the router from taking part.
bool is_fault(const TrackedLink& tracked, const LinkTable& links);
bool is_fault(const TrackedHealth& tracked, const Verdicts& verdicts);

// The links that count for a router: its own and its group's. Where both name a link, the group's weight
// holds, unless the router's own is 0.
std::vector<TrackedLink> tracked_links_of(const RouterSettings& router, const Settings& settings);

// Configured priority, the weights of tracked links and what else adjusts it, limited to 1..254; an owner's
// is never adjusted.
Priority effective_priority(const RouterSettings& router, const std::vector<TrackedLink>& tracked,
                            const LinkTable& links, int added = 0);

// The configured source address, else the link's.
std::optional<IpAddress> source_of(const RouterSettings& router, const LinkTable& links);

// The first thing that keeps a router from taking part.
std::optional<Cause> fault_of(const RouterSettings& router, const std::vector<TrackedLink>& tracked,
                              const LinkTable& links, bool source_present);

// What is to be said when a fault has gone.
Cause end_of(const Cause& fault);

}  // namespace holdfast::engine
