// What the process before left: its records, and the virtual routers that nobody runs any more.
#pragma once

#include <string>
#include <vector>

#include "engine/record.h"
#include "engine/settings.h"
#include "net/links.h"

namespace holdfast::vrrp {

struct Predecessor {
    std::vector<engine::Record> records;  // every whole one of its page
    Instant listened_until{};             // its last sign of life
};
// From its page, which is closed; nothing when there is no page (-1) or it cannot be read.
Predecessor read_predecessor(int page_fd);
bool is_active(const engine::Record& record);

// Priority 0 for a virtual router that this process does not run, to everybody who listens. link_name: empty
// for a unicast router without an interface.
void send_farewell(const engine::RouterSettings& router, const std::string& link_name,
                   const net::LinkTable& links);

}  // namespace holdfast::vrrp
