// Bytes from the network and interfaces that come and go, against an engine with several routers. What the
// receive checks refuse must change neither a state nor a deadline; nothing may crash, hang or go back in
// time.
//
// Input: a row of steps. First byte: what happens; then what it needs; a datagram is its length and its
// bytes. Odd datagrams get a right checksum, so that the fuzzer comes further than check 12.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/engine.h"
#include "support/builders.h"

namespace holdfast::test {
namespace {

using engine::Engine;

engine::Settings network() {
    engine::Settings settings = grouped(v2(100));
    settings.routers[0].password = engine::Password{'1', '1', '1', '1'};
    settings.routers.push_back(v3(150));
    settings.routers.back().vrid = *Vrid::from(1);
    settings.routers.back().tracked_links = {{.link = link_1, .weight = -60}};
    settings.routers.push_back(over_ipv6(v3(255, 100ms)));
    settings.routers.push_back(unicast(v3(100, 10ms), {"10.0.0.2", "10.0.0.3"}));
    settings.routers.back().vrid = *Vrid::from(2);
    settings.routers.back().only_from_peers = true;
    settings.routers.push_back(unicast(v2(90), {"10.0.0.4"}));
    settings.routers.back().vrid = *Vrid::from(2);
    settings.routers.back().preempt_delay = 3s;
    settings.routers.back().link.reset();
    settings.routers.back().source = ip("10.0.0.1");
    return settings;
}

struct Watched {
    engine::State state;
    Instant deadline;
    std::uint64_t adverts_received;
    bool operator==(const Watched&) const = default;
};

std::vector<Watched> watch(const Engine& engine) {
    std::vector<Watched> all;
    for (std::uint32_t i = 0; i < engine.settings().routers.size(); ++i) {
        const auto view = engine.router(engine::RouterId{i});
        all.push_back({view.state, view.deadline, view.counters->adverts_received});
    }
    return all;
}

std::uint64_t received_in_all(const std::vector<Watched>& all) {
    std::uint64_t sum = 0;
    for (const Watched& one : all)
        sum += one.adverts_received;
    return sum;
}

void seal(std::vector<std::uint8_t>& bytes, const IpAddress& source, const IpAddress& destination) {
    if (bytes.size() < 8) return;
    bytes[6] = bytes[7] = 0;
    InternetChecksum sum;
    if (bytes[0] >> 4 == 3 || source.is_v6()) {
        sum.add(source.bytes());
        sum.add(destination.bytes());
        sum.add_be32(static_cast<std::uint32_t>(bytes.size()));
        sum.add_be16(vrrp_protocol);
    }
    sum.add(bytes);
    bytes[6] = static_cast<std::uint8_t>(sum.value() >> 8);
    bytes[7] = static_cast<std::uint8_t>(sum.value());
}

class Story {
public:
    explicit Story(ByteView input) : input_{input} {
        for (const engine::LinkId link : {link_0, link_1})
            set_link(link, 0xff);
        step(engine::Started{});
    }

    void run() {
        while (const auto what = input_.u8()) {
            present_ += Duration{std::chrono::microseconds{*what * 400}};
            switch (*what % 8) {
                case 0:
                    set_link(link_0, input_.u8().value_or(0));
                    break;
                case 1:
                    set_link(link_1, input_.u8().value_or(0));
                    break;
                case 2:
                    present_ += 1s;
                    [[fallthrough]];
                case 3:
                    step(engine::TimePassed{});
                    break;
                case 4:
                    disturb(*what);
                    break;
                default:
                    hear(*what % 2 == 1);
                    break;
            }
            HF_ASSERT(*what % 8 != 3 || engine_.next_deadline() > present_);
        }
        step(engine::Stopped{});
        HF_ASSERT(engine_.next_deadline() == never);
    }

private:
    void step(const engine::Event& event) {
        effects_.clear();
        engine_.step(event, present_, effects_);
    }

    void set_link(engine::LinkId link, std::uint8_t bits) {
        engine::LinkChanged change{.link = link, .present = (bits & 1) != 0, .running = (bits & 2) != 0};
        if (bits & 4) change.ipv4 = own_address(Family::ipv4);
        if (bits & 8) change.ipv6 = own_address(Family::ipv6);
        step(change);
    }

    // what: 4, 12, 20, ... 252.
    void disturb(std::uint8_t what) {
        const engine::RouterId router{static_cast<std::uint32_t>(what) % 6};
        if (what < 128) return step(engine::AddressesLost{router});
        if (what < 192) return step(engine::StoodStill{Duration{std::chrono::milliseconds{what * 20}}});
        step(engine::OperatorCommand{router, static_cast<engine::Command>(what / 8 % 4)});
    }

    void hear(bool sealed) {
        const std::uint8_t how = input_.u8().value_or(0);
        const bool v4 = (how & 1) == 0;
        static constexpr std::array last_bytes{"1", "2", "3", "4"};
        engine::AdvertReceived received;
        if (how & 2) received.link = how & 4 ? link_1 : link_0;
        received.source = ip(std::string{v4 ? "10.0.0." : "fe80::"} + last_bytes[how >> 3 & 3]);
        received.destination = how & 0x20 ? own_address(v4 ? Family::ipv4 : Family::ipv6)
                                          : vrrp_multicast_group(v4 ? Family::ipv4 : Family::ipv6);
        received.ttl = how & 0x40 ? 64 : 255;
        const std::size_t size = std::min<std::size_t>(input_.u8().value_or(0), input_.left());
        const ByteView taken = *input_.take(size);
        std::vector<std::uint8_t> bytes{taken.begin(), taken.end()};
        if (sealed) seal(bytes, received.source, received.destination);
        received.ip_payload_length = static_cast<std::uint32_t>(bytes.size()) + (how & 0x80 ? 1 : 0);
        received.bytes = bytes;
        step(engine::TimePassed{});  // what is due anyway is not the advert's doing
        const auto before = watch(engine_);
        step(received);
        const auto after = watch(engine_);
        HF_ASSERT(received_in_all(after) != received_in_all(before) || after == before);
    }

    ByteReader input_;
    Engine engine_{network()};
    engine::Effects effects_;
    Instant present_ = at(0s);
};

}  // namespace
}  // namespace holdfast::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    holdfast::test::Story{holdfast::ByteView{data, size}}.run();
    return 0;
}
