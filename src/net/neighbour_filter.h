// The classic BPF program that lets only what some addresses say of themselves through to a packet socket:
// ARP from them, or advertisements of them. However busy a network is, other hosts neither wake the process
// nor fill the socket's buffer. Pure; the kernel runs it.
#pragma once

#include <span>

#include "base/address.h"
#include "net/vrid_filter.h"

namespace holdfast::net {

// What fits into a program.
constexpr std::size_t most_filtered_addresses = 256;

// For a SOCK_RAW packet socket bound to ARP (IPv4) or to IPv6. All addresses are of the family; of more than
// most_filtered_addresses all are let through.
BpfProgram neighbour_filter(Family family, std::span<const IpAddress> addresses);

}  // namespace holdfast::net
