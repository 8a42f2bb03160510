// The parts of keepalived's dumps that are about scripts, files and processes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vrrp/dump.h"

namespace holdfast::vrrp {

// Sections of keepalived.data: each only if there is something in it.
void write_trackers(std::string& text, const Dump& dump);
// Lines of one instance there.
void write_tracked(std::string& text, const Dump& dump, engine::RouterId router);

// Members of its JSON object.
std::vector<std::string> tracked_scripts(const Dump& dump, engine::RouterId router);
std::vector<std::string> tracked_processes(const Dump& dump, engine::RouterId router);
// Objects of json_version 2, parted by commas.
std::string process_objects(const Dump& dump);

// "'/bin/true' '-x'"
std::string command_words(const plan::Command& command);
// A JSON string.
std::string quoted(std::string_view text);

}  // namespace holdfast::vrrp
