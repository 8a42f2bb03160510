// Every sequence of faults to a stated depth, on one network: two and three hosts, with and without
// preemption; at each point every fault and every repair, once before the peers notice anything (50 ms after
// the one before) and once after they have settled (5 s); happenings of the same instant in both orders.
// After each sequence all is repaired.
//   HOLDFAST_SIM_DEPTH=N   so many faults in a row with two hosts, one less with three (default 3)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "simulation/networks.h"
#include "support/evidence.h"

namespace holdfast::sim {
namespace {

using engine::Command;
using engine::RouterId;

constexpr RouterId router{0};
constexpr engine::LinkId link{0};

// What is broken at this point of a sequence; a fault is tried where it is whole, a repair where it is
// broken.
struct Health {
    bool running = true, plugged = true, served = true, awake = true, heard = true, in_service = true;
};

struct Move {
    std::string name;
    std::function<bool(const Health&)> makes_sense;
    std::function<void(Networks&, NodeId, Health&)> make;
};

const std::vector<Move>& moves() {
    static const auto whole = [](const Health& health) {
        return health.running && health.served && health.awake;
    };
    static const std::vector<Move> all{
        {"crashes", [](const Health& health) { return health.running; },
         [](Networks& net, NodeId host, Health& health) {
             net.world.crash(host);
             health = {.running = false, .plugged = health.plugged, .heard = health.heard};
         }},
        {"stops", whole,
         [](Networks& net, NodeId host, Health& health) {
             net.world.stop(host);
             health.running = false;
             health.in_service = true;
         }},
        {"starts", [](const Health& health) { return !health.running; },
         [](Networks& net, NodeId host, Health& health) {
             net.world.start(host);
             health.running = true;
         }},
        {"is killed and adopted", whole,
         [](Networks& net, NodeId host, Health&) {
             net.world.kill_daemon(host);
             net.world.adopt_after_kill(host);
         }},
        {"hangs", whole,
         [](Networks& net, NodeId host, Health& health) {
             net.world.pause(host);
             health.served = false;
         }},
        {"goes on", [](const Health& health) { return health.running && !health.served; },
         [](Networks& net, NodeId host, Health& health) {
             net.world.resume(host);
             health.served = true;
         }},
        {"is killed in its hang and adopted",
         [](const Health& health) { return health.running && !health.served; },
         [](Networks& net, NodeId host, Health& health) {
             net.world.kill_daemon(host);
             net.world.adopt_after_kill(host);
             health.served = true;
         }},
        {"is suspended", whole,
         [](Networks& net, NodeId host, Health& health) {
             net.world.suspend(host);
             health.awake = false;
         }},
        {"wakes", [](const Health& health) { return health.running && !health.awake; },
         [](Networks& net, NodeId host, Health& health) {
             net.world.resume(host);
             health.awake = true;
         }},
        {"loses its link", [](const Health& health) { return health.plugged; },
         [](Networks& net, NodeId host, Health& health) {
             net.world.set_link(host, link, false);
             health.plugged = false;
         }},
        {"has its link again", [](const Health& health) { return !health.plugged; },
         [](Networks& net, NodeId host, Health& health) {
             net.world.set_link(host, link, true);
             health.plugged = true;
         }},
        {"is not heard", [](const Health& health) { return health.heard; },
         [](Networks& net, NodeId host, Health& health) {
             for (const NodeId other : net.hosts)
                 if (other != host) net.world.cut(net.networks[0], host, other);
             health.heard = false;
         }},
        {"is drained",
         [](const Health& health) {
             return health.running && health.served && health.awake && health.in_service;
         },
         [](Networks& net, NodeId host, Health& health) {
             net.world.command(host, router, Command::drain);
             health.in_service = false;
         }},
        {"is steered",
         [](const Health& health) {
             return health.running && health.served && health.awake && health.in_service;
         },
         [](Networks& net, NodeId host, Health&) {
             const bool active = net.state(host) == engine::State::active;
             net.world.command(host, router, active ? Command::hand_over : Command::take_over);
         }},
    };
    return all;
}

struct Step {
    NodeId host{};
    std::size_t move = 0;
    Duration pause{0};
};

class Explorer {
public:
    explicit Explorer(Networks::Options options) : options_{options} {}

    std::uint64_t explore(std::size_t depth) {
        std::vector<Step> steps;
        extend(steps, std::vector<Health>(static_cast<std::size_t>(options_.hosts)), depth);
        return runs_;
    }

private:
    void extend(std::vector<Step>& steps, const std::vector<Health>& health, std::size_t depth) {
        if (testing::Test::HasFailure()) return;
        if (steps.size() == depth) return play(steps);
        for (std::uint32_t host = 0; host < health.size(); ++host)
            for (std::size_t move = 0; move < moves().size(); ++move) {
                if (!moves()[move].makes_sense(health[host])) continue;
                for (const Duration pause : {Duration{50ms}, Duration{5s}}) {
                    steps.push_back({NodeId{host}, move, pause});
                    extend(steps, after(steps), depth);
                    steps.pop_back();
                }
            }
    }

    // The health that a sequence leads to; the world itself is of no interest here.
    std::vector<Health> after(const std::vector<Step>& steps) const {
        Networks net{1, options_};
        return carry_out(net, steps, false);
    }

    std::vector<Health> carry_out(Networks& net, const std::vector<Step>& steps, bool in_time) const {
        std::vector<Health> health(net.hosts.size());
        for (const Step& step : steps) {
            if (in_time) net.world.run_for(step.pause);
            moves()[step.move].make(net, step.host, health[index(step.host)]);
        }
        return health;
    }

    void play(const std::vector<Step>& steps) {
        for (const bool reversed : {false, true}) {
            Networks net{1, options_};
            if (reversed) net.world.reverse_ties();
            net.world.run_for(5s);
            repair(net, carry_out(net, steps, true));
            net.world.run_for(net.rules.settling_time());
            net.rules.check_settled();
            ++runs_;
            ASSERT_THAT(net.rules.violations(), testing::IsEmpty()) << text(net, steps) << trace(net);
        }
    }

    static void repair(Networks& net, const std::vector<Health>& health) {
        net.world.heal(net.networks[0]);
        for (std::uint32_t number = 0; number < health.size(); ++number) {
            const NodeId host{number};
            if (!health[number].plugged) net.world.set_link(host, link, true);
            if (!health[number].running) net.world.start(host);
            if (!health[number].served || !health[number].awake) net.world.resume(host);
            if (!health[number].in_service) net.world.command(host, router, Command::resume);
        }
    }

    static std::string text(const Networks& net, const std::vector<Step>& steps) {
        std::string all;
        for (const Step& step : steps)
            all += (step.pause < 1s ? "soon " : "later ") + net.world.name(step.host) + " " +
                   moves()[step.move].name + "; ";
        return all + "\n";
    }

    static std::string trace(const Networks& net) {
        std::string all;
        for (const std::string& line : net.world.trace())
            all += line + "\n";
        return all;
    }

    Networks::Options options_;
    std::uint64_t runs_ = 0;
};

std::size_t depth() {
    const char* given = std::getenv("HOLDFAST_SIM_DEPTH");
    return given ? std::strtoul(given, nullptr, 10) : 3;
}

std::uint64_t explore(int hosts, bool preempt, std::size_t depth) {
    Explorer explorer{
        {.hosts = hosts, .networks = 1, .preempt = preempt, .grouped = false, .version = Version::v3}};
    return explorer.explore(depth);
}

TEST(EverySequenceOfFaults, OnTwoHostsBreaksNoRule) {
    const std::uint64_t runs = explore(2, true, depth()) + explore(2, false, depth());
    test::note("every sequence of " + std::to_string(depth()) + " faults on two hosts", std::to_string(runs),
               "runs");
}

TEST(EverySequenceOfFaults, OnThreeHostsBreaksNoRule) {
    const std::size_t less = depth() - 1;
    const std::uint64_t runs = explore(3, true, less) + explore(3, false, less);
    test::note("every sequence of " + std::to_string(less) + " faults on three hosts", std::to_string(runs),
               "runs");
}

}  // namespace
}  // namespace holdfast::sim
