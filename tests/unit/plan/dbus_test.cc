#include "plan/dbus.h"

#include <gtest/gtest.h>

namespace holdfast::plan {
namespace {

TEST(PlannedBus, IsNoneUnlessItIsAskedFor) {
    config::GlobalDefs global;
    global.dbus_service_name.value = "net.example.Vrrp";
    EXPECT_EQ(plan_dbus(global).name, "");
    global.enable_dbus.value = false;
    EXPECT_EQ(plan_dbus(global).name, "");
}

TEST(PlannedBus, HasTheNamesOfKeepalivedWhereNoneAreWritten) {
    config::GlobalDefs global;
    global.enable_dbus.value = true;
    EXPECT_EQ(plan_dbus(global).name, "org.keepalived.Vrrp1");
    EXPECT_EQ(plan_dbus(global).no_link, "none");
    global.dbus_service_name.value = "net.example.Vrrp";
    global.dbus_no_interface_name.value = "without";
    EXPECT_EQ(plan_dbus(global).name, "net.example.Vrrp");
    EXPECT_EQ(plan_dbus(global).no_link, "without");
}

}  // namespace
}  // namespace holdfast::plan
