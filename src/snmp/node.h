// The node that the MIBs speak of, from the text that core gives this process: the configuration in force
// without its secrets.
#pragma once

#include <string>

#include "base/result.h"
#include "os/start.h"
#include "snmp/facts.h"

namespace holdfast::snmp {

// text: of config::dump.
Node node_of(const std::string& text, const os::StartMessage& start);
// The same from a descriptor; start: what else this process was told.
Result<Node> read_node(int configuration_fd, const os::StartMessage& start);

}  // namespace holdfast::snmp
