#include "checker/replies.h"

#include "checker/codes.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using os::Outcome;
using status::labelled;
using status::Number;
using namespace std::chrono_literals;

constexpr Duration span_of_wrong = 1min;
constexpr Duration block_lasts = 1min;

}  // namespace

Replies::Verdict Replies::judge(const std::string& typed, Instant now) {
    status::RefusedCodes& refused = incidents_.refused();
    if (now < blocked_until_)
        return refuse(Outcome::codes_blocked, refused.blocked,
                      "too many wrong codes: none is taken for a minute", now);
    const Incidents::Found found = incidents_.redeem(tidy_code(typed));
    switch (found.state) {
        case Incidents::CodeState::unknown:
            count_wrong(now);
            return refuse(Outcome::code_wrong, refused.wrong, "no alert of this node had that code", now);
        case Incidents::CodeState::expired:
            return refuse(Outcome::code_expired, refused.expired,
                          "the code is too old; `holdfast incident " + found.id + "` shows how it stands",
                          now);
        case Incidents::CodeState::used:
            return refuse(Outcome::code_used, refused.used, "the code has been used", now);
        case Incidents::CodeState::over:
            return refuse(Outcome::incident_over, refused.over, "incident " + found.id + " is over", now);
        case Incidents::CodeState::valid:
            break;
    }
    return {.answer = {.outcome = Outcome::done, .text = {}}, .choice = found};
}

Replies::Verdict Replies::refuse(Outcome outcome, std::uint64_t& counter, const std::string& why,
                                 Instant now) {
    ++counter;
    incidents_.keep_refused();
    if (said_.allow(name_of(outcome), now))
        os::log(Level::warning, labelled(Number::reply_refused,
                                         "a reply to an alert is refused: " + why + "; refused so far: " +
                                             std::to_string(incidents_.refused().all())));
    return {.answer = {.outcome = outcome, .text = why}, .choice = {}};
}

void Replies::count_wrong(Instant now) {
    while (!wrong_.empty() && now - wrong_.front() >= span_of_wrong)
        wrong_.pop_front();
    wrong_.push_back(now);
    if (wrong_.size() <= most_wrong) return;
    wrong_.clear();
    blocked_until_ = now + block_lasts;
    os::log(Level::error, labelled(Number::replies_blocked, "more than " + std::to_string(most_wrong) +
                                                                " wrong codes within a minute: no reply to "
                                                                "an alert is taken for a minute"));
}

}  // namespace holdfast::checker
