#include "monitor/object_paths.h"

#include <algorithm>

namespace holdfast::monitor {

namespace {

constexpr BusState deleted{.number = 97, .label = "Deleted"};
constexpr BusState stopped{.number = 98, .label = "Stop"};

// An element of a path has letters, digits and '_' only.
std::string element(std::string text) {
    const auto fits = [](char one) {
        return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9');
    };
    std::replace_if(
        text.begin(), text.end(), [&](char one) { return !fits(one); }, '_');
    return text;
}

std::string path_of(const PathSettings& settings, const std::string& link, std::uint8_t vrid, Family family) {
    return root_path(settings) + "/Instance/" + element(link.empty() ? settings.no_link : link) + "/" +
           std::to_string(vrid) + (family == Family::ipv4 ? "/IPv4" : "/IPv6");
}

BusState of(status::RouterState state) {
    switch (state) {
        case status::RouterState::backup:
            return {.number = 1, .label = "Backup"};
        case status::RouterState::active:
            return {.number = 2, .label = "Master"};
        case status::RouterState::fault:
            return {.number = 3, .label = "Fault"};
        case status::RouterState::initialize:
            break;
    }
    return {};
}

}  // namespace

std::string root_path(const PathSettings& settings) {
    std::string path = "/org/keepalived/Vrrp1";
    for (const std::string& part : {settings.net_namespace, settings.instance})
        if (!part.empty()) path += "/" + element(part);
    return path;
}

std::string instance_path(const PathSettings& settings, const status::Instance& instance) {
    return path_of(settings, instance.link, instance.vrid, instance.family);
}

std::string instance_path(const PathSettings& settings, const status::Departed& departed) {
    return path_of(settings, departed.link, departed.vrid, departed.family);
}

BusState bus_state(const status::Instance& instance) {
    const bool ended = !instance.transitions.empty() && instance.state == status::RouterState::initialize;
    return ended ? bus_state(instance.transitions.back()) : of(instance.state);
}

BusState bus_state(const status::Transition& transition) {
    if (transition.to == status::RouterState::initialize && transition.kind == "stopped") return stopped;
    return of(transition.to);
}

BusState bus_state(status::LastWord word) {
    return word == status::LastWord::deleted ? deleted : of(status::RouterState::fault);
}

}  // namespace holdfast::monitor
