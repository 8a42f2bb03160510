#include "checker/alert.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "checker/random.h"

namespace holdfast::checker {

namespace {

constexpr int schema_version = 1;

bool is_state(os::Happening happening) {
    return happening != os::Happening::lower_priority_heard && happening != os::Happening::priority_changed;
}

Alert alert_from(const Sender& sender, std::string id, os::WallTime time) {
    Alert alert;
    alert.id = std::move(id);
    alert.time = time;
    alert.router_id = sender.router_id;
    alert.host = sender.host;
    return alert;
}

}  // namespace

std::string on_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(),
        [](char character) { return static_cast<unsigned char>(character) < 0x20 || character == 0x7f; },
        ' ');
    return text;
}

std::string new_alert_id() {
    return fmt::format("{:02x}", fmt::join(random_bytes<16>(), ""));
}

std::optional<Alert> alert_of(const os::Notice& notice, const Sender& sender, std::string id) {
    if (notice.at_reload || !is_state(notice.happening)) return std::nullopt;
    Alert alert = alert_from(sender, std::move(id), notice.time);
    alert.severity = notice.happening == os::Happening::fault ? Severity::error : Severity::notice;
    alert.kind = notice.of_group ? AlertKind::group_state : AlertKind::instance_state;
    alert.subject = notice.name;
    alert.state = name_of(notice.happening);
    alert.former_state = name_of(notice.former);
    alert.priority = notice.priority;
    alert.cause = notice.cause_kind;
    alert.text = notice.cause;
    return alert;
}

Alert alert_of(const os::IncidentNews& news, const Sender& sender, std::string id) {
    Alert alert = alert_from(sender, std::move(id), news.time);
    const bool open = news.chapter != os::Chapter::closed;
    alert.severity = open ? Severity::critical : Severity::notice;
    alert.kind = AlertKind::incident;
    alert.subject = news.unit;
    alert.state = open ? "open" : "closed";
    alert.cause = news.kind;
    alert.incident = news.id;
    alert.text = news.text;
    return alert;
}

std::string text_of(os::WallTime time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t seconds = whole.time_since_epoch().count();
    tm date{};
    gmtime_r(&seconds, &date);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", date.tm_year + 1900, date.tm_mon + 1,
                       date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec, (time - whole).count());
}

std::string json_of(const Alert& alert) {
    nlohmann::ordered_json choices = nlohmann::ordered_json::array();
    for (const OfferedChoice& one : alert.choices)
        choices.push_back({{"choice", one.choice}, {"code", one.code}, {"expires", text_of(one.expires)}});
    const nlohmann::ordered_json object{{"schema", schema_version},     {"id", alert.id},
                                        {"time", text_of(alert.time)},  {"severity", name_of(alert.severity)},
                                        {"event", name_of(alert.kind)}, {"subject", alert.subject},
                                        {"state", alert.state},         {"former_state", alert.former_state},
                                        {"priority", alert.priority},   {"cause", alert.cause},
                                        {"incident", alert.incident},   {"text", alert.text},
                                        {"router_id", alert.router_id}, {"host", alert.host},
                                        {"choices", std::move(choices)}};
    // Names need not be UTF-8.
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::vector<std::string> environment_of(const Alert& alert) {
    std::string choices;
    for (const OfferedChoice& one : alert.choices)
        choices += (choices.empty() ? "" : ";") + one.choice + "=" + one.code;
    std::vector<std::string> variables{
        "HOLDFAST_ID=" + alert.id,
        "HOLDFAST_TIME=" + text_of(alert.time),
        "HOLDFAST_SEVERITY=" + std::string{name_of(alert.severity)},
        "HOLDFAST_EVENT=" + std::string{name_of(alert.kind)},
        "HOLDFAST_SUBJECT=" + alert.subject,
        "HOLDFAST_STATE=" + alert.state,
        "HOLDFAST_FORMER_STATE=" + alert.former_state,
        "HOLDFAST_PRIORITY=" + std::to_string(alert.priority),
        "HOLDFAST_CAUSE=" + alert.cause,
        "HOLDFAST_INCIDENT=" + alert.incident,
        "HOLDFAST_TEXT=" + alert.text,
        "HOLDFAST_ROUTER_ID=" + alert.router_id,
        "HOLDFAST_HOST=" + alert.host,
        "HOLDFAST_CHOICES=" + choices,
    };
    std::transform(variables.begin(), variables.end(), variables.begin(), on_one_line);
    return variables;
}

}  // namespace holdfast::checker
