// What the kernel's refusals mean: names the missing capability and the remedy instead of only "Operation not
// permitted".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::net {

enum class Capability { net_raw, net_admin };

// The capabilities that networking needs and this process does not have in force.
std::vector<Capability> missing_capabilities();
std::string_view name_of(Capability capability);  // "CAP_NET_RAW"
// "CAP_NET_RAW is missing: start as root, or give the unit AmbientCapabilities=CAP_NET_RAW".
std::string remedy(Capability capability);

// Like Error::system(doing), and for EPERM or EACCES with the remedy appended. Takes errno as it is now.
Error refused(std::string_view doing, Capability needed);

}  // namespace holdfast::net
