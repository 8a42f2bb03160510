// What the checker does with incidents of split brain: keeps them, and tells whoever is to know.
#include <algorithm>

#include "checker/process.h"
#include "os/log.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

constexpr std::size_t most_chosen = 8;  // that vrrp has not answered yet

}  // namespace

// At a start, what was open belongs to a daemon that is no more. After a reload it goes on, unless its unit
// has lost its guard.
void Process::open_incidents() {
    if (tracking_.first && plan_.guards.empty()) incidents_.reset();
    if (!incidents_) return;
    incidents_->load();
    const auto is_guarded = [this](const status::IncidentRecord& incident) {
        return std::any_of(plan_.guards.begin(), plan_.guards.end(),
                           [&](const auto& guard) { return guard.unit == incident.unit; });
    };
    if (tracking_.first)
        incidents_->close_open("the daemon was started anew: how it went on is not known",
                               [](const status::IncidentRecord&) { return true; });
    else
        incidents_->close_open("it is no longer guarded against split brain",
                               [&](const status::IncidentRecord& one) { return !is_guarded(one); });
    if (plan_.guards.empty())
        incidents_.reset();
    else
        replies_.emplace(*incidents_);
}

void Process::tell_of(const os::IncidentNews& news) {
    std::vector<OfferedChoice> offered;
    if (incidents_) offered = incidents_->tell(news);
    if (alerts_) alerts_->tell(news, std::move(offered));
    if (publication_) publication_->hurry();
}

std::vector<status::GuardedUnit> Process::guarded_units() const {
    std::vector<status::GuardedUnit> guarded;
    for (const auto& guard : plan_.guards) {
        guarded.push_back({.unit = guard.unit});
        if (incidents_) incidents_->describe(guarded.back());
    }
    return guarded;
}

void Process::note_fencing(std::uint32_t guard, const std::string& text) {
    if (incidents_) incidents_->note(plan_.guards[guard].unit, text);
}

void Process::close_incidents() {
    if (incidents_)
        incidents_->close_open("the daemon was stopped", [](const status::IncidentRecord&) { return true; });
}

// The vrrp process decides whether what was offered is still in place; the code is used up in any case.
void Process::on_reply(const os::IncidentReply& reply) {
    const auto answer = [&](os::Answer given) {
        core_->send(os::ReplyOutcome{.number = reply.number, .answer = std::move(given)});
    };
    if (!replies_)
        return answer(
            {.outcome = os::Outcome::refused, .text = "nothing is guarded against split brain here"});
    Replies::Verdict verdict = replies_->judge(reply.code, os::EventLoop::now());
    if (!verdict.answer.done()) return answer(std::move(verdict.answer));
    const Incidents::Found& choice = verdict.choice;
    const auto guard = std::find_if(plan_.guards.begin(), plan_.guards.end(),
                                    [&](const auto& one) { return one.unit == choice.unit; });
    if (guard == plan_.guards.end() || !vrrp_ || vrrp_gone_)
        return answer({.outcome = os::Outcome::refused, .text = "nobody can do that at the moment"});
    if (chosen_.size() >= most_chosen) chosen_.pop_front();
    chosen_.push_back({.number = reply.number, .id = choice.id, .choice = choice.choice});
    vrrp_->send(os::IncidentChoice{.guard = static_cast<std::uint32_t>(guard - plan_.guards.begin()),
                                   .id = choice.id,
                                   .choice = choice.choice});
}

void Process::on_choice_outcome(const os::ChoiceOutcome& outcome) {
    const auto found = std::find_if(chosen_.begin(), chosen_.end(), [&](const Chosen& one) {
        return one.id == outcome.id && one.choice == outcome.choice;
    });
    if (found == chosen_.end()) return;
    const std::string text = "incident " + outcome.id + ": an operator chose to " + outcome.choice + ": " +
                             (outcome.done ? "" : "not done, ") + outcome.text;
    os::log(outcome.done ? os::Level::notice : os::Level::warning,
            status::labelled(status::Number::reply_taken, text), {{"INCIDENT", outcome.id}});
    if (incidents_)
        incidents_->note_choice(outcome.id, "an operator chose to " + outcome.choice + ": " +
                                                (outcome.done ? "" : "not done, ") + outcome.text);
    core_->send(os::ReplyOutcome{
        .number = found->number,
        .answer = {.outcome = outcome.done ? os::Outcome::done : os::Outcome::refused, .text = text}});
    chosen_.erase(found);
}

}  // namespace holdfast::checker
