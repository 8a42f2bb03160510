// How the daemon appears on the system bus.
#pragma once

#include <string>

#include "config/config.h"

namespace holdfast::plan {

struct DbusPlan {
    std::string name;     // to own; empty: no D-Bus
    std::string no_link;  // in place of an interface where an instance has none
};

DbusPlan plan_dbus(const config::GlobalDefs& global);

}  // namespace holdfast::plan
