#include "snmp/node.h"

#include <gtest/gtest.h>

#include "unit/snmp/served.h"

namespace holdfast::snmp {
namespace {

TEST(TheNode, IsWhatTheTextSays) {
    const Node node = testing::node();
    ASSERT_EQ(node.config.instances.size(), 2u);
    EXPECT_EQ(node.plan.engine.routers[1].vrid.wire(), 52);
    EXPECT_EQ(node.plan.router_id, "node-a");
    EXPECT_TRUE(node.snmp.serves() && node.snmp.notifies);
    EXPECT_EQ(node.version, "Holdfast v" HOLDFAST_VERSION);
}

TEST(TheNode, KeepsScriptsThatThisProcessCannotSee) {
    const Node node = node_of(
        "vrrp_script far {\nscript /root/no/such\n}\n"
        "vrrp_instance VI {\ninterface lo\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n"
        "track_script {\nfar\n}\n}\n",
        {});
    ASSERT_EQ(node.config.scripts.size(), 1u);
    EXPECT_EQ(node.config.scripts[0].command->path, "/root/no/such");
    EXPECT_EQ(node.plan.trackers.size(), 1u);
}

TEST(TheNode, AsksNobodyForTheUsersOfScripts) {
    const Node node = node_of(
        "vrrp_script far {\nscript /bin/true\nuser nobody-knows-this-one\n}\n"
        "vrrp_instance VI {\ninterface lo\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n"
        "notify \"/bin/true\" nobody-knows-this-one nor-that-group\ntrack_script {\nfar\n}\n}\n",
        {});
    EXPECT_EQ(node.plan.trackers.size(), 1u);
    ASSERT_EQ(node.config.instances.size(), 1u);
    EXPECT_FALSE(node.config.instances[0].notify.scripts.empty());
}

TEST(TheNode, CalledKeepalivedSaysSo) {
    os::StartMessage start;
    start.as_keepalived = true;
    start.snmp_everything = true;
    const Node node = node_of("", start);
    EXPECT_TRUE(node.version.starts_with("Keepalived v"));
    EXPECT_TRUE(node.snmp.serves());
}

}  // namespace
}  // namespace holdfast::snmp
