// What the process before left: its records, and the virtual routers that nobody runs any more.
#pragma once

#include <string>
#include <vector>

#include "engine/event.h"
#include "engine/record.h"
#include "engine/settings.h"
#include "engine/state.h"
#include "net/links.h"

namespace holdfast::vrrp {

// What is known of a tracker, in the form that a page takes.
engine::Record verdict_record(const std::string& tracker, const engine::TrackerJudged& verdict);

struct Predecessor {
    std::vector<engine::Record> records;   // every whole one of its page
    std::vector<engine::Record> verdicts;  // the same, of trackers
    Instant listened_until{};              // its last sign of life

    // Of no number: the caller knows which one it asked for.
    engine::TrackerJudged verdict_of(const std::string& tracker) const;
};
// From its page, which is closed; nothing when there is no page (-1) or it cannot be read.
Predecessor read_predecessor(int page_fd);
engine::State state_of(const engine::Record& record);
bool is_active(const engine::Record& record);

// Priority 0 for a virtual router that this process does not run, to everybody who listens. link_name: empty
// for a unicast router without an interface.
void send_farewell(const engine::RouterSettings& router, const std::string& link_name,
                   const net::LinkTable& links);

}  // namespace holdfast::vrrp
