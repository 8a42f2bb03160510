// Heartbeats from the network: whatever the bytes are, they are refused or read, and what was read is written
// as the same bytes. A guarded engine that hears them in a row never crashes, and never serves the past.
//
// Input: messages of 64 bytes; the last may be of any length.
#include <algorithm>
#include <array>

#include "base/result.h"
#include "engine/engine.h"
#include "support/node.h"

namespace holdfast::test {
namespace {

engine::Settings guarded() {
    engine::Settings settings = alone(v3(100));
    settings.paths = {"interface eth1"};
    settings.host = 1;
    settings.guards = {
        {.leader = router_0, .policy = engine::GuardPolicy::hold, .heartbeats = {engine::PathId{0}}}};
    return settings;
}

void run(ByteView input) {
    const engine::Settings settings = guarded();
    Node node{settings};
    node.starts(0s);
    for (Duration now = 100ms; !input.empty(); now += 100ms) {
        const ByteView bytes = input.first(std::min(input.size(), engine::heartbeat_size));
        input = input.subspan(bytes.size());
        if (auto heartbeat = engine::decode_heartbeat(bytes)) {
            std::array<std::uint8_t, engine::heartbeat_size> again{};
            engine::encode_heartbeat(*heartbeat, again);
            HF_ASSERT(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
            heartbeat->unit = engine::unit_key(settings.guards[0], settings);
            engine::encode_heartbeat(*heartbeat, again);
            node.lives_until(now);
            node.happens(engine::HeartbeatHeard{engine::PathId{0}, again}, now);
        } else {
            node.lives_until(now);
            node.happens(engine::HeartbeatHeard{engine::PathId{0}, bytes}, now);
        }
        node.happens(engine::TimePassed{}, now);
        HF_ASSERT(node.engine().next_deadline() > at(now));
    }
}

}  // namespace
}  // namespace holdfast::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    holdfast::test::run(holdfast::ByteView{data, size});
    return 0;
}
