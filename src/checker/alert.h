// What is told to people and programs elsewhere: one event, in the form that mails, webhooks and commands are
// made from. Every kind of event becomes an Alert; who is told does not know kinds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "os/channel.h"

namespace holdfast::checker {

enum class Severity : std::uint8_t { notice, warning, error, critical };
constexpr auto names_of(Severity) {
    using enum Severity;
    return std::array{Name{notice, "notice"}, Name{warning, "warning"}, Name{error, "error"},
                      Name{critical, "critical"}};
}

enum class AlertKind : std::uint8_t { instance_state, group_state, incident };
constexpr auto names_of(AlertKind) {
    using enum AlertKind;
    return std::array{Name{instance_state, "instance-state"}, Name{group_state, "group-state"},
                      Name{incident, "incident"}};
}

// What an operator may choose, with the code that does it: known to nobody but whoever gets the alert.
struct OfferedChoice {
    std::string choice;
    std::string code;
    os::WallTime expires{};
};

struct Alert {
    std::string id;  // the same however often it is sent
    os::WallTime time{};
    Severity severity = Severity::notice;
    AlertKind kind = AlertKind::instance_state;
    std::string subject;  // name of what it is about
    std::string state;    // "MASTER"; of an incident "open" or "closed"
    std::string former_state;
    int priority = 0;
    std::string cause;     // "peer-silent"; of an incident its kind
    std::string incident;  // its number, which `holdfast` and the log name
    std::string text;      // the same in words
    std::string router_id;
    std::string host;
    std::vector<OfferedChoice> choices;  // of an incident
};

// This node, as alerts name it.
struct Sender {
    std::string router_id;
    std::string host;
};

// A blank in place of each control character: for values that end at a zero byte, and readers that take
// lines.
std::string on_one_line(std::string text);

// 128 random bits, as hexadecimal digits.
std::string new_alert_id();

// Nothing: it is no change of state, or only told again after a reload.
std::optional<Alert> alert_of(const os::Notice& notice, const Sender& sender, std::string id);

Alert alert_of(const os::IncidentNews& news, const Sender& sender, std::string id);

// "2026-11-21T07:51:39.123Z".
std::string text_of(os::WallTime time);
// One object on one line; its members are part of holdfast.conf(5).
std::string json_of(const Alert& alert);
// "HOLDFAST_STATE=MASTER" and so on.
std::vector<std::string> environment_of(const Alert& alert);

}  // namespace holdfast::checker
