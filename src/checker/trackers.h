// All that the configuration tracks, by number.
#pragma once

#include <memory>
#include <vector>

#include "checker/check.h"
#include "checker/file_watch.h"
#include "checker/script.h"
#include "checker/tracked_process.h"
#include "checker/tracker.h"
#include "checker/transfer_client.h"
#include "os/channel.h"
#include "os/unique_fd.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Trackers {
public:
    struct Needs {
        os::UniqueFd process_events;      // of open_process_events, or nothing
        bool first = true;                // the daemon has just been started
        status::ChecksSnapshot former{};  // what the process before published
    };
    using Judged = std::function<void(const os::Judgement&)>;
    // What cannot be watched is said and has no verdict. plans and guard outlive this.
    Trackers(os::EventLoop& loop, const std::vector<plan::TrackerPlan>& plans, const Guard& guard,
             Needs needs, const Judged& judged);

    void assume(const os::Judgement& known);
    void begin();
    std::size_t size() const { return trackers_.size(); }
    // Whether the checker is whom it is for; the vrrp process asks references itself.
    bool is_here(std::size_t number) const {
        return !std::holds_alternative<plan::ReachabilityPlan>(plans_[number].what);
    }
    // What is known of one, for the outside.
    status::Check describe(std::size_t number) const;

private:
    Result<std::unique_ptr<Tracker>> make(const plan::TrackerPlan& plan, checker::Judged judged);
    Result<std::unique_ptr<Attempt>> attempt(const plan::CheckPlan& check);
    Result<std::unique_ptr<Tracker>> track(const plan::TrackerPlan& plan, const plan::ScriptPlan& script,
                                           checker::Judged judged);
    Result<std::unique_ptr<Tracker>> track(const plan::TrackerPlan& plan, const plan::CheckPlan& check,
                                           checker::Judged judged);
    Result<std::unique_ptr<Tracker>> track(const plan::TrackerPlan& plan, const plan::FilePlan& file,
                                           checker::Judged judged);
    Result<std::unique_ptr<Tracker>> track(const plan::TrackerPlan& plan, const plan::ProcessPlan& process,
                                           checker::Judged judged);

    static Result<std::unique_ptr<Tracker>> track(const plan::TrackerPlan& plan,
                                                  const plan::ReachabilityPlan& reachability,
                                                  const checker::Judged& judged);
    // The verdict in force.
    struct Standing {
        status::Verdict verdict = status::Verdict::unknown;
        Instant since{};
    };
    void note(std::size_t number, const Verdict& verdict);
    std::optional<Instant> former_since(std::size_t number, status::Verdict verdict) const;

    os::EventLoop& loop_;
    const std::vector<plan::TrackerPlan>& plans_;
    const Guard& guard_;
    Needs needs_;
    std::unique_ptr<FileWatch> files_;
    std::unique_ptr<ProcessTable> processes_;
    std::unique_ptr<TransferClient> http_;
    std::vector<std::unique_ptr<Tracker>> trackers_;  // null: it cannot be watched, or not here
    std::vector<Standing> standings_;
};

// Whether open_process_events is needed.
bool tracks_processes(const std::vector<plan::TrackerPlan>& plans);

}  // namespace holdfast::checker
