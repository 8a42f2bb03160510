#include "checker/publication.h"

#include <chrono>
#include <utility>

#include "os/log.h"

namespace holdfast::checker {

namespace {

using namespace std::chrono_literals;

constexpr Duration usual_gap = 1s;
constexpr Duration shortest_gap = 50ms;

std::string_view kind_of(config::CheckType type) {
    switch (type) {
        case config::CheckType::tcp:
            return "tcp";
        case config::CheckType::unix_socket:
            return "unix";
        case config::CheckType::http:
            return "http";
        case config::CheckType::https:
            return "https";
        case config::CheckType::icmp:
            return "icmp";
        case config::CheckType::arp:
            return "arp";
        case config::CheckType::systemd_unit:
            return "systemd-unit";
        case config::CheckType::mysql:
            return "mysql";
        case config::CheckType::postgresql:
            return "postgresql";
        case config::CheckType::redis:
            return "redis";
    }
    return "check";
}

std::string without_password(const std::string& url) {
    const std::size_t host = url.find("://");
    if (host == std::string::npos) return url;
    const std::size_t end = url.find_first_of("/?#", host + 3);
    const std::size_t at = url.rfind('@', end);
    if (at == std::string::npos || at < host) return url;
    return url.substr(0, host + 3) + url.substr(at + 1);
}

}  // namespace

Result<std::unique_ptr<Publication>> Publication::create(os::EventLoop& loop, int page, status::Head head,
                                                         const Trackers& trackers, Guarded guarded) {
    auto mapped = os::PublishedPage::map(page);
    if (!mapped) return std::move(mapped).error();
    std::unique_ptr<Publication> publication{
        new Publication{std::move(*mapped), std::move(head), trackers, std::move(guarded)}};
    auto due = loop.timer(os::Urgency::background, [self = publication.get()] { self->publish(); });
    if (!due) return std::move(due).error();
    publication->due_ = std::move(*due);
    publication->head_.started = os::EventLoop::now();
    publication->publish();
    return publication;
}

void Publication::hurry() {
    due_.arm(last_ + shortest_gap);
}

void Publication::publish() {
    last_ = os::EventLoop::now();
    head_.taken = last_;
    head_.taken_wall = std::chrono::system_clock::now().time_since_epoch();
    ByteWriter out{page_.begin()};
    status::write(out, head_);
    for (std::size_t number = 0; number < trackers_.size(); ++number)
        if (trackers_.is_here(number)) status::write(out, trackers_.describe(number));
    const std::vector<status::GuardedUnit> guarded = guarded_();
    for (const status::GuardedUnit& one : guarded)
        status::write(out, one);
    status::write_end(out);
    if (!out.overflowed()) page_.publish(out.size());  // else there are more trackers than it was made for
    if (trackers_.size() > 0 || !guarded.empty()) due_.arm(last_ + usual_gap);
}

void name_target(const plan::ScriptPlan& script, status::Check& check) {
    check.kind = "script";
    for (const std::string& word : script.command.argv)
        check.target += (check.target.empty() ? "" : " ") + word;
}

void name_target(const plan::CheckPlan& planned, status::Check& check) {
    check.kind = kind_of(planned.type);
    check.target = without_password(planned.target);
    if (!check.target.empty()) return;
    check.target = planned.endpoint.address.text();
    if (planned.endpoint.port != 0)
        check.target = (planned.endpoint.address.is_v6() ? "[" + check.target + "]" : check.target) + ":" +
                       std::to_string(planned.endpoint.port);
}

void name_target(const plan::FilePlan& file, status::Check& check) {
    check.kind = "file";
    check.target = file.path;
}

void name_target(const plan::ProcessPlan& process, status::Check& check) {
    check.kind = "process";
    check.target = process.name;
    for (const std::string& word : process.parameters)
        check.target += " " + word;
}

status::ChecksSnapshot read_former(os::UniqueFd page) {
    if (!page) return {};
    const auto reader = os::PublishedReader::map(page.get());
    const auto bytes = reader ? reader->read() : std::nullopt;
    auto former =
        bytes ? status::read_checks(*bytes) : Result<status::ChecksSnapshot>{Error::invalid("there is none")};
    if (former) return std::move(*former);
    os::log(os::Level::debug, "no history of checks is taken over: " + former.error().text());
    return {};
}

}  // namespace holdfast::checker
