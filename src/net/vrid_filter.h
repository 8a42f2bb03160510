// The classic BPF programs that let only given VRIDs through to a raw VRRP socket or a packet socket, so that
// adverts for others (20,000 a second of them in a flood) never wake the process. Pure; the kernel runs it.
#pragma once

#include <linux/filter.h>

#include <bitset>
#include <cstdint>
#include <vector>

#include "base/vrrp_types.h"

namespace holdfast::net {

using BpfProgram = std::vector<sock_filter>;

// Looks at the second byte of the VRRP header. What is too short to have one is dropped, unless all pass.
BpfProgram vrid_filter(Family family, const std::bitset<256>& vrids);
// The same for a packet socket, whose packets begin with their Ethernet header. A VRID beyond other extension
// headers of IPv6 is not seen; nobody sends adverts so.
BpfProgram tap_filter(Family family, const std::bitset<256>& vrids);
BpfProgram pass_all_filter();
BpfProgram pass_none_filter();

}  // namespace holdfast::net
