#include "system/system_host.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace holdfast::system {
namespace {

namespace fs = std::filesystem;
using config::NumberTable;
using config::ScriptVerdict;

constexpr std::uint32_t stranger = 54321;  // no user of this machine

TEST(SystemHost, KnowsItsInterfaces) {
    const SystemHost host;
    const auto loopback = host.interface("lo");
    ASSERT_TRUE(loopback);
    EXPECT_TRUE(loopback->loopback);
    EXPECT_FALSE(host.interface("nonesuch0"));
    EXPECT_FALSE(host.interface(""));
    EXPECT_FALSE(host.interface("a-name-longer-than-the-kernel-allows"));
}

TEST(SystemHost, KnowsItsAddresses) {
    const SystemHost host;
    EXPECT_TRUE(host.has_address(*IpAddress::parse("127.0.0.1")));
    EXPECT_FALSE(host.has_address(*IpAddress::parse("203.0.113.77")));
    EXPECT_FALSE(host.has_address(*IpAddress::parse("2001:db8::77")));
}

TEST(SystemHost, KnowsUsersAndGroupsByNameAndNumber) {
    const SystemHost host;
    ASSERT_TRUE(host.user("root"));
    EXPECT_EQ(host.user("root")->uid, 0u);
    EXPECT_EQ(host.user("0")->gid, 0u);
    EXPECT_EQ(host.user(std::to_string(stranger))->uid, stranger) << "a number needs no entry";
    EXPECT_FALSE(host.user("no-such-user"));
    EXPECT_EQ(host.group("root"), 0u);
    EXPECT_EQ(host.group("77"), 77u);
    EXPECT_FALSE(host.group("no-such-group"));
    EXPECT_FALSE(host.group("99999999999"));
}

TEST(SystemHost, KnowsIproute2sNamesAlsoWhereItIsNotInstalled) {
    const SystemHost host;
    EXPECT_EQ(host.number_of(NumberTable::routing_table, "main"), 254u);
    EXPECT_EQ(host.number_of(NumberTable::scope, "link"), 253u);
    EXPECT_EQ(host.number_of(NumberTable::protocol, "static"), 4u);
    EXPECT_EQ(host.number_of(NumberTable::ip_protocol, "tcp"), 6u);
    EXPECT_FALSE(host.number_of(NumberTable::routing_table, "no-such-table"));
}

// --- Scripts
// ----------------------------------------------------------------------------------------------------

class RealScript : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = "/tmp/scripts.XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        fs::permissions(folder_, fs::perms{0755});
        std::ofstream{script()} << "#!/bin/sh\n";
        fs::permissions(script(), fs::perms{0755});
    }
    void TearDown() override { fs::remove_all(folder_); }
    std::string script() const { return folder_ / "run"; }
    ScriptVerdict verdict(std::uint32_t uid) const { return host_.script(script(), uid, uid).verdict; }

    fs::path folder_;
    SystemHost host_;
};

TEST_F(RealScript, IsUsableForWhoMayRunIt) {
    EXPECT_EQ(verdict(stranger), ScriptVerdict::usable);
}

TEST_F(RealScript, IsNotFoundWhereNothingIs) {
    EXPECT_EQ(host_.script(folder_ / "none", 0, 0).verdict, ScriptVerdict::not_found);
    const auto facts = host_.script("no-such-program-anywhere", 0, 0);
    EXPECT_EQ(facts.verdict, ScriptVerdict::not_found);
    EXPECT_NE(facts.detail.find("PATH"), std::string::npos);
}

TEST_F(RealScript, IsLookedUpInPathWithoutASlash) {
    const auto facts = host_.script("sh", stranger, stranger);
    EXPECT_EQ(facts.verdict, ScriptVerdict::usable);
    EXPECT_EQ(facts.path.front(), '/');
}

TEST_F(RealScript, IsAFile) {
    EXPECT_EQ(host_.script(folder_, stranger, stranger).verdict, ScriptVerdict::not_a_file);
}

TEST_F(RealScript, NeedsExecutePermissionForThatUser) {
    fs::permissions(script(), fs::perms{0744});
    EXPECT_EQ(verdict(stranger), ScriptVerdict::not_executable);
    fs::permissions(script(), fs::perms{0644});
    EXPECT_EQ(verdict(0), ScriptVerdict::not_executable) << "not even root runs what nobody may run";
}

TEST_F(RealScript, NeedsEveryFolderOnTheWay) {
    fs::permissions(folder_, fs::perms{0700});
    EXPECT_EQ(verdict(stranger), ScriptVerdict::unreachable);
    EXPECT_NE(host_.script(script(), stranger, stranger).detail.find(folder_), std::string::npos);
}

TEST_F(RealScript, IsResolvedThroughLinks) {
    fs::create_symlink(script(), folder_ / "link");
    EXPECT_EQ(host_.script(folder_ / "link", stranger, stranger).path, fs::canonical(script()));
}

TEST_F(RealScript, IsInsecureForRootWhenOthersMayChangeIt) {
    fs::permissions(script(), fs::perms{0757});
    EXPECT_EQ(verdict(0), ScriptVerdict::insecure);
    EXPECT_EQ(verdict(stranger), ScriptVerdict::usable) << "it is their own risk";
    fs::permissions(script(), fs::perms{0755});
    if (geteuid() != 0) {
        EXPECT_EQ(verdict(0), ScriptVerdict::insecure) << "it is ours, not root's";
        return;
    }
    EXPECT_EQ(verdict(0), ScriptVerdict::usable) << "/tmp itself is sticky";
    ASSERT_EQ(chown(script().c_str(), stranger, 0), 0);
    EXPECT_EQ(verdict(0), ScriptVerdict::insecure);
    ASSERT_EQ(chown(script().c_str(), 0, stranger), 0);
    fs::permissions(script(), fs::perms{0775});
    EXPECT_EQ(verdict(0), ScriptVerdict::insecure) << "a group that is not root's";
}

TEST_F(RealScript, IsInsecureForRootWhenAFolderOnTheWayIs) {
    fs::permissions(folder_, fs::perms{0777});
    const auto facts = host_.script(script(), 0, 0);
    EXPECT_EQ(facts.verdict, ScriptVerdict::insecure);
    EXPECT_NE(facts.detail.find("changed by others"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::system
