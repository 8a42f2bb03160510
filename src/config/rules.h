// Facts between values: what a single row cannot know. One function each, with its own message; all of them
// together take n log n of the configuration's size.
#pragma once

#include "config/config.h"
#include "config/schema.h"
#include "config/values.h"

namespace holdfast::config {

// What a row's `finish` is given beside its block or line.
struct Judgement {
    Reading& reading;
    const Line& line;  // that opened the block, or is the entry
    const Keyword& row;
};

// Looks at the whole configuration after it was read. Mends what keepalived mends, and says so.
void apply_rules(Config& config, Reading& reading);

// What is said of split brain: who decides, and whether it can.
void apply_split_brain_rules(Config& config, Reading& reading);

// track_reachability and arp checks: hosts that cannot answer are left out, and a block without hosts.
void apply_reachability_rules(Config& config, Reading& reading);

// Virtual servers and the other blocks that have no effect yet are judged as well.
void apply_check_rules(Config& config, Reading& reading);

}  // namespace holdfast::config
