// What the table files need of each other.
#pragma once

#include "config/schema.h"

namespace holdfast::config {

// Judgements of blocks and lines, in rules.cc; false leaves the thing out.
bool finish_virtual_address(Target child, Target parent, Judgement& judgement);
bool finish_excluded_address(Target child, Target parent, Judgement& judgement);
bool finish_static_address(Target child, Target parent, Judgement& judgement);
bool finish_route(Target child, Target parent, Judgement& judgement);
bool finish_rule(Target child, Target parent, Judgement& judgement);
bool finish_peer(Target child, Target parent, Judgement& judgement);
bool finish_source(Target child, Target parent, Judgement& judgement);
bool finish_group(Target child, Target parent, Judgement& judgement);
bool finish_check(Target child, Target parent, Judgement& judgement);
bool finish_heartbeat(Target child, Target parent, Judgement& judgement);
bool finish_fence(Target child, Target parent, Judgement& judgement);
bool finish_recipients(Target child, Target parent, Judgement& judgement);
bool finish_webhook(Target child, Target parent, Judgement& judgement);
bool finish_metrics_listen(Target child, Target parent, Judgement& judgement);
bool finish_native_ipv6(Target child, Target parent, Judgement& judgement);

extern const Block global_block_table;
extern const Block split_brain_block;
extern const Entry address_entry;
extern const Entry route_entry;
extern const Entry rule_entry;
extern const Entry track_script_entry;
extern const Entry track_file_entry;
extern const Entry track_process_entry;
extern const Entry track_check_entry;
extern const Entry track_bfd_entry;
extern const Block reachability_block;
extern const Block guard_references_block;
extern const Block guard_references_options;

}  // namespace holdfast::config
