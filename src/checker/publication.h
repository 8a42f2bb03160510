// Publishes what this process has seen of everything tracked (status/snapshot.h): soon after a verdict
// changes, and about once a second for the runs in between.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checker/trackers.h"
#include "os/event_loop.h"
#include "os/published.h"
#include "plan/plan.h"
#include "status/snapshot.h"

namespace holdfast::checker {

class Publication {
public:
    using Guarded = std::function<std::vector<status::GuardedUnit>()>;
    // page: of os::create_published_page. head: who publishes; the times are filled in. trackers outlive
    // this. guarded: how it is with whatever is guarded against split brain.
    static Result<std::unique_ptr<Publication>> create(os::EventLoop& loop, int page, status::Head head,
                                                       const Trackers& trackers, Guarded guarded);
    // A verdict, or an incident.
    void hurry();

private:
    Publication(os::PublishedPage page, status::Head head, const Trackers& trackers, Guarded guarded)
        : page_{std::move(page)}, head_{std::move(head)}, trackers_{trackers}, guarded_{std::move(guarded)} {}
    void publish();

    os::PublishedPage page_;
    status::Head head_;
    const Trackers& trackers_;
    Guarded guarded_;
    os::Timer due_;
    Instant last_{};
};

// Kind and target of what is tracked, for people. A password in a URL is left out.
void name_target(const plan::ScriptPlan& script, status::Check& check);
void name_target(const plan::CheckPlan& planned, status::Check& check);
void name_target(const plan::FilePlan& file, status::Check& check);
void name_target(const plan::ProcessPlan& process, status::Check& check);
// The vrrp process asks and publishes them.
inline void name_target(const plan::ReachabilityPlan&, status::Check&) {}

// What a process before published there; nothing when it cannot be read. Closes it.
status::ChecksSnapshot read_former(os::UniqueFd page);

}  // namespace holdfast::checker
