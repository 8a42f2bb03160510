// What is asked for on the control socket, and how whoever asked hears the outcome.
#include <algorithm>
#include <utility>

#include "core/amendment.h"
#include "core/supervisor.h"
#include "os/log.h"
#include "status/messages.h"

namespace holdfast::core {

namespace {

using os::Level;
using namespace std::chrono_literals;

constexpr Duration patience_with_codes = 10s;
constexpr Duration longest_foreign_interval = 41s;  // that a peer of version 3 may have
constexpr Duration patience_beyond = 10s;
constexpr std::size_t most_waiting = 16;
constexpr const char* something_else = "something else is going on (start, reload, restart); try again";

bool is_known(const std::string& name, const config::Config& config) {
    const auto has_name = [&](const auto& one) { return one.name == name; };
    return std::any_of(config.instances.begin(), config.instances.end(), has_name) ||
           std::any_of(config.sync_groups.begin(), config.sync_groups.end(), has_name);
}

// Until it is clear whether another has taken over.
Duration patience_with_orders(const config::Config& config) {
    Duration longest = 2 * longest_foreign_interval;
    for (const config::Instance& one : config.instances) {
        const int adverts =
            one.down_timer_adverts.value_or(config.global.vrrp_down_timer_adverts.value_or(3));
        longest = std::max(longest, one.advert_int.value_or(Duration{1s}) * 2 * (adverts + 2));
    }
    return longest + patience_beyond;
}

}  // namespace

void Supervisor::on_request(const os::Request& request, Asker asker) {
    if (phase_ == Phase::stopping || stop_wanted_) return asker.answer(false, "the daemon is stopping");
    if (request.wish == os::Wish::configuration) {
        if (!current_) return asker.answer(false, "the daemon starts");
        return asker.answer({.outcome = os::Outcome::done, .text = "what runs"},
                            current_->configuration_fd());
    }
    if (request.wish == os::Wish::log_level) return set_log_level(request.name, std::move(asker));
    if (is_setting() && waiting_.size() < most_waiting)
        return waiting_.push_back({.request = request, .asker = std::move(asker)});
    if (request.wish == os::Wish::upgrade) return upgrade(std::move(asker));
    if (phase_ != Phase::running) return asker.answer({.outcome = os::Outcome::busy, .text = something_else});
    if (os::steers(request.wish)) return steer(request, std::move(asker));
    switch (request.wish) {
        case os::Wish::reply:
            return reply(request.code, std::move(asker));
        case os::Wish::dump_data:
            return dump(os::Order::dump_data, std::move(asker));
        case os::Wish::dump_stats:
            return dump(os::Order::dump_stats, std::move(asker));
        case os::Wish::dump_stats_and_clear:
            return dump(os::Order::dump_stats_and_clear, std::move(asker));
        case os::Wish::announce:
            return announce(request.name, std::move(asker));
        case os::Wish::reload:
            askers_.push_back(std::move(asker));
            return reload();
        case os::Wish::upgrade:
        case os::Wish::configuration:
        case os::Wish::log_level:
        case os::Wish::failover:
        case os::Wish::hand_over:
        case os::Wish::drain:
        case os::Wish::resume:
            break;  // served above
    }
}

void Supervisor::announce(const std::string& instance, Asker asker) {
    if (!current_->vrrp().channel) return asker.answer(false, "no virtual router runs here");
    current_->vrrp().channel->send(os::AnnounceOrder{.instance = instance});
    asker.answer(true, "asked to announce the addresses of " + instance);
}

void Supervisor::dump(os::Order order, Asker asker) {
    broadcast(order);
    asker.answer(true, "asked for " + std::string{name_of(order)});
}

void Supervisor::reply(const std::string& code, Asker asker) {
    const Child& checker = current_->checker();
    if (checker.pid == 0 || !checker.channel)
        return asker.answer(false, "the process that knows the codes does not run; try again");
    replies_->ask(
        *checker.channel,
        {.whom = os::Program::checker,
         .patience = patience_with_codes,
         .too_late = "no answer in time; `holdfast incident` shows whether it was done",
         .message =
             [&code](std::uint32_t number) { return os::IncidentReply{.number = number, .code = code}; }},
        std::move(asker));
}

void Supervisor::steer(const os::Request& request, Asker asker) {
    if (!request.name.empty() && !is_known(request.name, current_configuration_->config))
        return asker.answer(false, "there is no instance and no sync group " + request.name);
    const Child& vrrp = current_->vrrp();
    if (vrrp.pid == 0 || !vrrp.channel) return asker.answer(false, "no virtual router runs here");
    replies_->ask(*vrrp.channel,
                  {.whom = os::Program::vrrp,
                   .patience = patience_with_orders(current_configuration_->config),
                   .too_late = "no answer in time; `holdfast status` shows whether it was done",
                   .message =
                       [&request](std::uint32_t number) {
                           return os::SteeringOrder{
                               .number = number, .wish = request.wish, .name = request.name};
                       }},
                  std::move(asker));
}

// For every process that runs; those that are started later are told by ours.
void Supervisor::set_log_level(const std::string& level, Asker asker) {
    if (level.empty()) return asker.answer(true, std::string{name_of(os::log_level())});
    const auto wanted = value_named<Level>(level);
    if (!wanted)
        return asker.answer(false,
                            "there is no level " + level + "; there are error, warning, notice, info, debug");
    if (*wanted != os::log_level()) {
        const std::string change =
            "the log level is " + level + ", it was " + std::string{name_of(os::log_level())};
        os::set_log_level(std::max(*wanted, Level::notice));
        os::log(Level::notice, labelled(status::Number::log_level_changed,
                                        change));  // whoever misses lines later shall find out why
        os::set_log_level(*wanted);
        for (Generation* const generation : {current_.get(), next_.get(), spare_.get()})
            if (generation != nullptr) generation->tell(os::LogDetail{.least = *wanted});
        if (monitor_) monitor_->renew();
        if (snmp_) snmp_->tell_log_level(*wanted);
    }
    asker.answer(true, std::string{name_of(*wanted)});
}

void Supervisor::set_values(const std::vector<os::ValueWanted>& wanted, Asker asker) {
    if (phase_ != Phase::running || stop_wanted_)
        return asker.answer({.outcome = os::Outcome::busy, .text = something_else});
    const bool only_asked = wanted.front().only_asked;
    auto amendment = amend(*current_configuration_, wanted, settings_.options);
    if (!amendment) {
        const std::string why = amendment.error().text();
        if (!only_asked)
            os::log(Level::warning,
                    labelled(status::Number::setting_refused, "cannot be set by SNMP: " + why));
        return asker.answer(false, why);
    }
    if (only_asked || !amendment->configuration) return asker.answer(true, amendment->text);
    os::log(Level::notice,
            labelled(status::Number::value_set,
                     "set by SNMP, until the configuration is read again: " + amendment->text));
    occasion_ = Occasion::setting;
    askers_.push_back(std::move(asker));
    prepare(std::move(amendment->configuration));
}

bool Supervisor::is_setting() const {
    return occasion_ == Occasion::setting && (phase_ == Phase::preparing || phase_ == Phase::handing_over);
}

void Supervisor::serve_waiting() {
    for (WaitingRequest& one : std::exchange(waiting_, {}))
        on_request(one.request, std::move(one.asker));
}

void Supervisor::give_up_replies(const Child& child) {
    replies_->give_up(
        child.program,
        child.program == os::Program::checker
            ? "the process that knows the codes has died; `holdfast incident` shows what was done"
            : "holdfast-vrrp has died; `holdfast status` shows what was done");
}

void Supervisor::answer_askers(bool done, const std::string& text) {
    for (Asker& asker : askers_)
        asker.answer(done, text);
    askers_.clear();
}

}  // namespace holdfast::core
