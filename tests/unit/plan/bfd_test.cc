#include "plan/bfd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/plan/planned.h"

namespace holdfast::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

BfdPlan bfd_of(const std::string& text) {
    config::testing::InventedHost host;
    host.every_interface = true;
    const config::Config config = config::testing::parse_text(text, host).config;
    return plan_bfd(config, make_plan(config, {}));
}

std::string instance(const std::string& name, int vrid, const std::string& lines) {
    return "vrrp_instance " + name + " {\ninterface eth0\nvirtual_router_id " + std::to_string(vrid) +
           "\nvirtual_ipaddress {\n192.0.2." + std::to_string(vrid) + "/24\n}\n" + lines + "\n}\n";
}

const std::string sessions =
    "bfd_instance plain {\nneighbor_ip 192.0.2.9\n}\n"
    "bfd_instance heavy {\nneighbor_ip 192.0.2.10\nweight -10 reverse\n}\n"
    "bfd_instance servers {\nneighbor_ip 192.0.2.11\nchecker\nweight 3\n}\n"
    "bfd_instance both {\nneighbor_ip 192.0.2.12\nchecker\nvrrp\n}\n";

TEST(Bfd, SessionsAreThoseThatVrrpIsToldOf) {
    EXPECT_THAT(bfd_of(sessions).sessions,
                ElementsAre(TrackedBfd{"plain", 0, false}, TrackedBfd{"heavy", -10, true},
                            TrackedBfd{"both", 0, false}));
}

TEST(Bfd, WhoTracksASessionMayWeighItOtherwise) {
    const BfdPlan bfd =
        bfd_of(sessions +
               instance("V", 1, "track_bfd {\nheavy\nplain weight 4 reverse\nservers\nplain weight 9\n}") +
               instance("W", 2, "track_bfd {\nheavy weight 2 noreverse\n}"));
    EXPECT_THAT(bfd.of_routers,
                ElementsAre(ElementsAre(TrackedBfd{"heavy", -10, true}, TrackedBfd{"plain", 4, true}),
                            ElementsAre(TrackedBfd{"heavy", 2, false})));
}

TEST(Bfd, NoWeightCountsForAnOwnerNorInASyncGroup) {
    const std::string lines = "track_bfd {\nheavy\nplain\n}";
    const std::string group = "vrrp_sync_group G {\ngroup {\nM\nN\n}\ntrack_bfd {\nheavy weight 5\n}\n}\n";
    const BfdPlan bfd = bfd_of(sessions + group + instance("O", 1, "priority 255\n" + lines) +
                               instance("M", 2, lines) + instance("N", 3, ""));
    EXPECT_THAT(bfd.of_routers, ElementsAre(ElementsAre(TrackedBfd{"plain", 0, false}),
                                            ElementsAre(TrackedBfd{"plain", 0, false}), IsEmpty()));
    EXPECT_THAT(bfd.of_groups, ElementsAre(ElementsAre(TrackedBfd{"heavy", 5, true})));
}

}  // namespace
}  // namespace holdfast::plan
