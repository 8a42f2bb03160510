#include "checker/trackers.h"

#include <algorithm>

#include "base/names.h"
#include "checker/check.h"
#include "checker/connect_attempt.h"
#include "checker/http_attempt.h"
#include "checker/ping_attempt.h"
#include "checker/publication.h"
#include "checker/script_attempt.h"
#include "checker/tracked_file.h"
#include "checker/unit_attempt.h"
#include "os/log.h"
#include "status/messages.h"

namespace holdfast::checker {

bool tracks_processes(const std::vector<plan::TrackerPlan>& plans) {
    return std::any_of(plans.begin(), plans.end(), [](const plan::TrackerPlan& plan) {
        return std::holds_alternative<plan::ProcessPlan>(plan.what);
    });
}

Trackers::Trackers(os::EventLoop& loop, const std::vector<plan::TrackerPlan>& plans, const Guard& guard,
                   Needs needs, const Judged& judged)
    : loop_{loop}, plans_{plans}, guard_{guard}, needs_{std::move(needs)}, standings_(plans.size()) {
    for (std::uint32_t number = 0; number < plans.size(); ++number) {
        auto tracker = make(plans[number], [this, judged, number](Verdict verdict) {
            note(number, verdict);
            judged({.tracker = number, .good = verdict.good, .value = verdict.value});
        });
        if (!tracker)
            os::log(os::Level::error,
                    status::labelled(status::Number::tracker_unusable,
                                     plans[number].name + " cannot be watched: " + tracker.error().text()));
        trackers_.push_back(tracker ? std::move(*tracker) : nullptr);
    }
}

Result<std::unique_ptr<Tracker>> Trackers::make(const plan::TrackerPlan& plan, checker::Judged judged) {
    return std::visit([&](const auto& what) { return track(plan, what, std::move(judged)); }, plan.what);
}

// The vrrp process asks.
Result<std::unique_ptr<Tracker>> Trackers::track(const plan::TrackerPlan&, const plan::ReachabilityPlan&,
                                                 const checker::Judged&) {
    return std::unique_ptr<Tracker>{};
}

Result<std::unique_ptr<Tracker>> Trackers::track(const plan::TrackerPlan& plan,
                                                 const plan::ScriptPlan& script, checker::Judged judged) {
    auto attempt = ScriptAttempt::create(loop_, plan.name, script, guard_);
    if (!attempt) return std::move(attempt).error();
    return Check::create(loop_, plan.name, script.schedule, std::move(*attempt), std::move(judged));
}

Result<std::unique_ptr<Attempt>> Trackers::attempt(const plan::CheckPlan& check) {
    switch (check.type) {
        case config::CheckType::http:
        case config::CheckType::https:
            if (!http_) {
                auto client = TransferClient::create(loop_);
                if (!client) return std::move(client).error();
                http_ = std::move(*client);
            }
            return std::unique_ptr<Attempt>{std::make_unique<HttpAttempt>(*http_, check)};
        case config::CheckType::icmp:
            return std::unique_ptr<Attempt>{std::make_unique<PingAttempt>(loop_, check.endpoint.address)};
        case config::CheckType::systemd_unit:
            return std::unique_ptr<Attempt>{std::make_unique<UnitAttempt>(loop_, check.target)};
        default:
            return std::unique_ptr<Attempt>{std::make_unique<ConnectAttempt>(loop_, check)};
    }
}

Result<std::unique_ptr<Tracker>> Trackers::track(const plan::TrackerPlan& plan, const plan::CheckPlan& check,
                                                 checker::Judged judged) {
    auto made = attempt(check);
    if (!made) return std::move(made).error();
    return Check::create(loop_, plan.name, check.schedule, std::move(*made), std::move(judged));
}

Result<std::unique_ptr<Tracker>> Trackers::track(const plan::TrackerPlan& plan, const plan::FilePlan& file,
                                                 checker::Judged judged) {
    if (!files_) {
        auto watch = FileWatch::create(loop_);
        if (!watch) return std::move(watch).error();
        files_ = std::move(*watch);
    }
    return std::unique_ptr<Tracker>{
        std::make_unique<TrackedFile>(plan.name, file, *files_, needs_.first, std::move(judged))};
}

Result<std::unique_ptr<Tracker>> Trackers::track(const plan::TrackerPlan& plan,
                                                 const plan::ProcessPlan& process, checker::Judged judged) {
    if (!processes_) {
        auto table = ProcessTable::create(loop_, std::move(needs_.process_events));
        if (!table) return std::move(table).error();
        processes_ = std::move(*table);
    }
    auto tracked = TrackedProcess::create(loop_, plan.name, process, std::move(judged));
    if (!tracked) return std::move(tracked).error();
    processes_->add(**tracked);
    return std::unique_ptr<Tracker>{std::move(*tracked)};
}

void Trackers::assume(const os::Judgement& known) {
    if (known.tracker >= trackers_.size() || !trackers_[known.tracker]) return;
    const Verdict verdict{.good = known.good, .value = known.value};
    trackers_[known.tracker]->assume(verdict);
    note(known.tracker, verdict);
    Standing& standing = standings_[known.tracker];
    standing.since = former_since(known.tracker, standing.verdict).value_or(standing.since);
}

// A number that counts is itself the verdict: every other one is a new one.
void Trackers::note(std::size_t number, const Verdict& verdict) {
    Standing& standing = standings_[number];
    const status::Verdict said = verdict.good ? status::Verdict::good : status::Verdict::bad;
    const bool is_number = std::holds_alternative<plan::FilePlan>(plans_[number].what);
    if (standing.verdict == said && !is_number) return;
    standing = {.verdict = said, .since = os::EventLoop::now()};
}

std::optional<Instant> Trackers::former_since(std::size_t number, status::Verdict verdict) const {
    for (const status::Check& was : needs_.former.checks)
        if (was.name == plans_[number].name && was.verdict == verdict) return was.since;
    return std::nullopt;
}

status::Check Trackers::describe(std::size_t number) const {
    const plan::TrackerPlan& plan = plans_[number];
    status::Check check;
    check.name = plan.name;
    check.verdict = standings_[number].verdict;
    check.since = standings_[number].since;
    std::visit([&](const auto& what) { name_target(what, check); }, plan.what);
    if (trackers_[number])
        trackers_[number]->describe(check);
    else
        check.outcome = "cannot be watched; the log says why";
    return check;
}

void Trackers::begin() {
    if (processes_) processes_->read_everything();
    for (const auto& tracker : trackers_)
        if (tracker) tracker->begin();
}

}  // namespace holdfast::checker
