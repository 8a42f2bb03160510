#include "plan/dumps.h"

#include <gtest/gtest.h>

namespace holdfast::plan {
namespace {

TEST(DumpPath, IsKeepalivedsName) {
    const DumpNames names{.directory = "/tmp"};
    EXPECT_EQ(dump_path(DumpFile::parent_data, names), "/tmp/keepalived_parent.data");
    EXPECT_EQ(dump_path(DumpFile::vrrp_data, names), "/tmp/keepalived.data");
    EXPECT_EQ(dump_path(DumpFile::stats, names), "/tmp/keepalived.stats");
    EXPECT_EQ(dump_path(DumpFile::json, names), "/tmp/keepalived.json");
}

TEST(DumpPath, OfTheDataFollowsTheConfiguredTemplate) {
    const auto path = [](const std::string& configured, DumpFile file = DumpFile::parent_data) {
        return dump_path(file, {.directory = "/tmp", .state_dump_file = configured});
    };
    EXPECT_EQ(path("/var/x.d/state.txt"), "/var/x.d/state_parent.txt");
    EXPECT_EQ(path("/var/x.d/state"), "/var/x.d/state_parent");
    EXPECT_EQ(path("a/state.txt"), "/tmp/a/state_parent.txt");
    EXPECT_EQ(path("/var/x.d/"), "/var/x.d/keepalived_parent.data");
    EXPECT_EQ(path("state.txt", DumpFile::vrrp_data), "/tmp/state.txt");
    EXPECT_EQ(path("state.txt", DumpFile::stats), "/tmp/keepalived.stats");
}

TEST(DumpPath, NamesInstanceAndNamespaceOnlyWhenAskedTo) {
    DumpNames names{.directory = "/tmp", .net_namespace = "ns", .instance = "one"};
    EXPECT_EQ(dump_path(DumpFile::json, names), "/tmp/keepalived.json");
    names.has_instance_part = true;
    EXPECT_EQ(dump_path(DumpFile::json, names), "/tmp/keepalived.ns_one.json");
    EXPECT_EQ(dump_path(DumpFile::parent_data, names), "/tmp/keepalived_parent.ns_one.data");
    names.net_namespace.clear();
    EXPECT_EQ(dump_path(DumpFile::stats, names), "/tmp/keepalived.one.stats");
    names.instance.clear();
    EXPECT_EQ(dump_path(DumpFile::stats, names), "/tmp/keepalived.stats");
}

}  // namespace
}  // namespace holdfast::plan
