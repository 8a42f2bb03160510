// The shipped sample, read and planned as the daemon does, played by real engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "plan/plan.h"
#include "sim/invariants.h"
#include "sim/world.h"
#include "unit/config/invented_host.h"

namespace holdfast::sim {
namespace {

using namespace std::chrono_literals;
using engine::RouterId;
using engine::State;

std::string sample(const std::string& name) {
    std::ifstream file{std::string{HOLDFAST_SOURCE_DIR} + "/conf/samples/" + name};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

engine::Settings settings_of(const std::string& name) {
    config::testing::InventedHost host;
    host.every_interface = true;
    const config::Parsed parsed = config::testing::parse_text(sample(name), host);
    EXPECT_EQ(parsed.config.instances.size(), 2u) << name;
    return plan::make_plan(parsed.config, {.uptime = 1h, .host_name = name}).engine;
}

class TheSample : public testing::Test {
protected:
    void SetUp() override {
        a = add("A", "two-nodes-a.conf",
                {{"eno16777736", "192.168.1.104"}, {"eno33554984", "192.168.1.105"}});
        b = add("B", "two-nodes-b.conf",
                {{"eno16777736", "192.168.1.109"}, {"eno33554984", "192.168.1.106"}});
        world.start(a);
        world.start(b);
        world.run_for(10s);
    }
    void TearDown() override {
        EXPECT_THAT(rules.violations(), testing::IsEmpty());
        if (HasFailure())
            for (const std::string& line : world.trace())
                std::printf("%s\n", line.c_str());
    }

    NodeId add(const std::string& name, const std::string& file,
               const std::map<std::string, std::string>& addresses) {
        engine::Settings settings = settings_of(file);
        std::vector<Attachment> attachments;
        for (const std::string& link : settings.links)
            attachments.push_back({.network = networks.at(link),
                                   .ipv4 = IpAddress::parse(addresses.at(link)).value(),
                                   .ipv6 = std::nullopt});
        return world.add_node(name, std::move(settings), std::move(attachments));
    }

    engine::LinkId link(NodeId host, const std::string& name) const {
        const auto& links = world.settings(host).links;
        const auto found = std::find(links.begin(), links.end(), name);
        return engine::LinkId{static_cast<std::uint32_t>(found - links.begin())};
    }

    // Both addresses are on that host and on no other.
    void expect_active(NodeId host, NodeId other) const {
        for (const RouterId router : {RouterId{0}, RouterId{1}}) {
            EXPECT_EQ(world.router(host, router).state, State::active);
            EXPECT_TRUE(world.holds_addresses(host, router));
            EXPECT_FALSE(world.holds_addresses(other, router));
        }
    }

    World world{7};
    Invariants rules{world};
    std::map<std::string, NetworkId> networks{{"eno16777736", world.add_network("net1")},
                                              {"eno33554984", world.add_network("net2")}};
    NodeId a{};
    NodeId b{};
};

TEST_F(TheSample, KeepsBothAddressesOnOneHost) {
    expect_active(a, b);
}

TEST_F(TheSample, MovesBothWhenTheSecondLinkFailsAndNothingWhenItIsRepaired) {
    world.set_link(a, link(a, "eno33554984"), false);
    world.run_for(4s);  // no farewell can leave by the link that failed
    expect_active(b, a);
    world.set_link(a, link(a, "eno33554984"), true);
    world.run_for(60s);
    expect_active(b, a);
}

TEST_F(TheSample, BringsBothBackWithinTheDownIntervalWhenTheHostDies) {
    world.set_link(a, link(a, "eno33554984"), false);
    world.run_for(4s);  // no farewell can leave by the link that failed
    world.set_link(a, link(a, "eno33554984"), true);
    world.run_for(10s);
    world.crash(b);
    world.run_for(3s + 610ms);  // three intervals and the skew of priority 100
    expect_active(a, b);
}

TEST_F(TheSample, LeavesNoAddressWhenItStops) {
    world.stop(a);
    world.stop(b);
    for (const NodeId host : {a, b})
        for (const RouterId router : {RouterId{0}, RouterId{1}})
            EXPECT_FALSE(world.holds_addresses(host, router));
}

}  // namespace
}  // namespace holdfast::sim
