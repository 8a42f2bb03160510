// A page of records as an adopter finds it: whatever it holds, it is refused or leads to an engine that goes
// on: no crash, no deadline in the past, no time that cannot be.
//
// Input: the records, each sizeof(Record) bytes, of which the key is made right (or, by the first byte, the
// whole page file as it is).
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "os/pages.h"
#include "support/node.h"

namespace holdfast::test {
namespace {

engine::Settings network() {
    engine::Settings settings = grouped(v2(100));
    settings.routers.push_back(v3(255, 10ms));
    settings.routers.back().vrid = *Vrid::from(1);
    settings.routers.push_back(over_ipv6(v3(90, 40s)));
    settings.trackers = {{.name = "references"}};
    settings.paths = {"interface eth9"};
    settings.guards = {{.leader = engine::RouterId{0},
                        .policy = engine::GuardPolicy::fence,
                        .references = engine::TrackerId{0},
                        .heartbeats = {engine::PathId{0}}},
                       {.leader = engine::RouterId{3}, .policy = engine::GuardPolicy::hold}};
    return settings;
}

// Any file given as a page is mapped within its bounds or refused.
void read_as_page(ByteView bytes) {
    auto fd = os::RecordPage::create(1, sizeof(engine::Record));
    if (!fd || pwrite(fd->get(), bytes.data(), bytes.size(), 0) < 0) return;
    auto page = os::RecordPage::map(fd->get());
    if (!page) return;
    static_cast<void>(page->last_beat());
    std::vector<std::byte> room(page->slot_size());
    for (std::size_t slot = 0; slot < page->slots(); ++slot)
        page->read(slot, room);
}

void adopt(ByteView bytes) {
    const engine::Settings settings = network();
    Node node{settings};
    for (std::uint32_t at = 0; at < settings.routers.size(); ++at) {
        engine::Record record{};
        const std::size_t size = std::min(bytes.size(), sizeof record);
        std::memcpy(&record, bytes.data(), size);
        bytes = bytes.subspan(size);
        record.key = engine::record_key(settings.routers[at], settings);
        node.engine().adopt(engine::RouterId{at}, record, holdfast::test::at(0s));
    }
    node.starts(0s);
    HF_ASSERT(node.engine().next_deadline() > at(0s));
    for (int step = 0; step < 50; ++step) {
        const Instant next = node.engine().next_deadline();
        if (next == never) break;
        HF_ASSERT(next <= at(24h));
        node.happens(engine::TimePassed{}, next - at(0s));
    }
    for (std::uint32_t router = 0; router < settings.routers.size(); ++router) {
        const auto view = node.view(engine::RouterId{router});
        HF_ASSERT((view.state == engine::State::fault) == (view.deadline == never));
        HF_ASSERT(!describe(view.cause, settings, std::nullopt).empty());
        HF_ASSERT(view.since <= node.present());
    }
    node.happens(engine::Stopped{}, node.present() - at(0s));
}

}  // namespace
}  // namespace holdfast::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const holdfast::ByteView rest{data + 1, size - 1};
    if (data[0] == 0)
        holdfast::test::read_as_page(rest);
    else
        holdfast::test::adopt(rest);
    return 0;
}
