#include "plan/dbus.h"

namespace holdfast::plan {

DbusPlan plan_dbus(const config::GlobalDefs& global) {
    if (!global.enable_dbus.value_or(false)) return {};
    return {.name = global.dbus_service_name.value_or("org.keepalived.Vrrp1"),
            .no_link = global.dbus_no_interface_name.value_or("none")};
}

}  // namespace holdfast::plan
