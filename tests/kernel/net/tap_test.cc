// Two hosts with a cable: what the tap sees that the raw socket does not, and heartbeats between the two.
#include "net/tap.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "kernel/net/namespaces.h"
#include "net/heartbeat_socket.h"

namespace holdfast::net {
namespace {

using testing::ip;
using Bytes = std::vector<std::uint8_t>;

Bytes advert(int vrid) {
    return {0x31, static_cast<std::uint8_t>(vrid), 100, 0, 0, 100, 0xab, 0xcd};
}

class TwoHosts : public testing::TwoHostsTest {
protected:
    template <class Make>
    auto there(Make make) {
        far_.enter();
        auto made = make();
        here_.enter();
        return made;
    }
    static void send_advert(int vrid, const IpAddress& source, const IpAddress& group, int ifindex) {
        auto sender = VrrpSender::open(source.family()).value();
        ASSERT_TRUE(sender.queue({.source = source, .destination = group, .ifindex = ifindex}, advert(vrid)));
        ASSERT_TRUE(sender.flush().empty());
    }
};

TEST_F(TwoHosts, TheTapSeesWhatTheFirewallDrops) {
    for (const auto& [source, group] :
         {std::pair{ip("192.0.2.1"), ip("224.0.0.18")}, std::pair{ip("fe80::1"), ip("ff02::12")}}) {
        const Family family = source.family();
        far_.enter();
        ASSERT_EQ(std::system("nft -f - <<'E'\nflush ruleset\ntable inet t {\nchain c {\n"
                              "type filter hook input priority 0;\nmeta l4proto 112 drop\n}\n}\nE"),
                  0);
        auto tap = Tap::open(family, far_index_);
        ASSERT_TRUE(tap) << tap.error().text();
        ASSERT_TRUE(tap->pass_only(VridSet{}.set(51)));
        auto receiver = VrrpReceiver::open(
            {.family = family, .interface = "far0", .ifindex = far_index_, .local = group});
        ASSERT_TRUE(receiver && receiver->pass_only(VridSet{}.set(51)));
        send_advert(51, ip(family == Family::ipv4 ? "192.0.2.2" : "fe80::2"), group, far_index_);  // our own
        here_.enter();
        send_advert(52, source, group, near_index_);  // somebody else's
        send_advert(51, source, group, near_index_);
        ASSERT_TRUE(testing::readable_within(tap->fd(), 5000));
        const auto seen = tap->receive();
        ASSERT_TRUE(seen);
        ASSERT_EQ(seen->size(), 1U);
        EXPECT_EQ((*seen)[0].source, source);
        EXPECT_EQ((*seen)[0].ttl, 255);
        EXPECT_EQ(Bytes((*seen)[0].bytes.begin(), (*seen)[0].bytes.begin() + 8), advert(51));
        ReceiveBatch batch;
        EXPECT_TRUE(receiver->receive(batch)->empty()) << "the firewall dropped it";
    }
}

TEST_F(TwoHosts, HearEachOthersHeartbeatsByGroupAndByAddress) {
    struct Way {
        Family family;
        const char* peer;
        const char* source;
    };
    for (const Way& way :
         {Way{Family::ipv4, nullptr, nullptr}, Way{Family::ipv6, nullptr, nullptr},
          Way{Family::ipv4, "192.0.2.2", "192.0.2.1"}, Way{Family::ipv6, "2001:db8::2", "2001:db8::1"},
          Way{Family::ipv6, "fe80::2", "fe80::1"}}) {
        const auto spec = [&](bool near) {
            HeartbeatSpec made{.family = way.family,
                               .interface = near ? "near0" : "far0",
                               .ifindex = near ? near_index_ : far_index_,
                               .port = 5112};
            if (way.peer != nullptr) {
                made.peer = ip(near ? way.peer : way.source);
                made.source = ip(near ? way.source : way.peer);
            }
            return made;
        };
        auto far = there([&] { return HeartbeatSocket::open(spec(false)); });
        auto near = HeartbeatSocket::open(spec(true));
        ASSERT_TRUE(near && far) << (near ? far : near).error().text();
        const Bytes words{'h', 'e', 'r', 'e'};
        ASSERT_TRUE(near->send(words));
        ASSERT_TRUE(testing::readable_within(far->fd(), 5000)) << (way.peer ? way.peer : "group");
        const auto heard = far->receive();
        ASSERT_TRUE(heard && *heard);
        EXPECT_EQ(Bytes((*heard)->begin(), (*heard)->end()), words);
        EXPECT_FALSE(*far->receive()) << "one is one";
        EXPECT_FALSE(*near->receive()) << "nobody hears himself";
        EXPECT_TRUE(far->send(words));
        ASSERT_TRUE(testing::readable_within(near->fd(), 5000));
    }
}

TEST_F(TwoHosts, AHeartbeatToAPeerTakesNothingFromOthers) {
    auto far = there([&] {
        return HeartbeatSocket::open({.family = Family::ipv4, .peer = ip("192.0.2.77"), .port = 5112});
    });
    auto near = HeartbeatSocket::open({.family = Family::ipv4, .peer = ip("192.0.2.2"), .port = 5112});
    ASSERT_TRUE(near && far);
    ASSERT_TRUE(near->send(Bytes{1}));
    ASSERT_TRUE(near->send(Bytes{2})) << "that nobody listens to us does not keep us from sending";
    EXPECT_FALSE(*far->receive());
}

}  // namespace
}  // namespace holdfast::net
