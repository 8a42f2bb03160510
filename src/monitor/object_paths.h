// The D-Bus objects' paths and numbers, as keepalived has them.
#pragma once

#include <cstdint>
#include <string>

#include "status/snapshot.h"

namespace holdfast::monitor {

struct PathSettings {
    std::string net_namespace;  // empty: none; the same for the next
    std::string instance;       // of the daemon
    std::string no_link;        // in place of an interface where there is none
};

// "/org/keepalived/Vrrp1", then namespace and instance where configured.
std::string root_path(const PathSettings& settings);
// "<root>/Instance/eth0/51/IPv4".
std::string instance_path(const PathSettings& settings, const status::Instance& instance);
std::string instance_path(const PathSettings& settings, const status::Departed& departed);

// A state as the bus has it.
struct BusState {
    std::uint32_t number = 0;
    const char* label = "Init";
};
// Of an instance; "Stop" when its last transition was an orderly end.
BusState bus_state(const status::Instance& instance);
// That a transition leads to.
BusState bus_state(const status::Transition& transition);
// That is told of the end; it is told at all.
BusState bus_state(status::LastWord word);

}  // namespace holdfast::monitor
