// What is served, each part below its root. The objects and their numbers are those of KEEPALIVED-MIB,
// VRRP-MIB (RFC 2787) and VRRPv3-MIB (RFC 6527); where keepalived answers otherwise than its MIB says, the
// MIB is followed.
#pragma once

#include <cstdint>
#include <string>

#include "snmp/facts.h"
#include "snmp/rows.h"

namespace holdfast::snmp {

inline const Oid global_root{1, 3, 6, 1, 4, 1, 9586, 100, 5, 1};
inline const Oid vrrp_root{1, 3, 6, 1, 4, 1, 9586, 100, 5, 2};
inline const Oid rfc2787_root{1, 3, 6, 1, 2, 1, 68};
inline const Oid rfc6527_root{1, 3, 6, 1, 2, 1, 207};
inline constexpr std::uint32_t instance_table = 3;  // vrrpInstanceTable, below vrrp_root

// Complete, and settled.
Rows global_rows(const Facts& facts);
Rows vrrp_rows(const Facts& facts);
Rows rfc2787_rows(const Facts& facts);
Rows rfc6527_rows(const Facts& facts);

// The parts of vrrp_rows.
void add_groups(const Facts& facts, Rows& rows);
void add_instances(const Facts& facts, Rows& rows);
void add_trackers(const Facts& facts, Rows& rows);
void add_bfd(const Facts& facts, Rows& rows);
void add_addresses(const Facts& facts, Rows& rows);
void add_routes(const Facts& facts, Rows& rows);
void add_rules(const Facts& facts, Rows& rows);

// A program to run, as KEEPALIVED-MIB shows it: each word in quotes, the first one resolved.
std::string script_text(const config::Script& script);
// InetScopeType of the kernel's scope.
std::int64_t scope_number(std::uint8_t scope);
// The router that an instance believes to be MASTER; its own address when it is that itself, zero when it has
// heard nobody.
IpAddress master_address(const Facts& facts, const InstanceFacts& instance);
IpAddress primary_address(const Facts& facts, const InstanceFacts& instance);
// Name of the interface that it runs on; empty: none.
std::string link_name(const Facts& facts, const InstanceFacts& instance);
// Whether VRRP-MIB has a place for it.
bool fits_rfc2787(const InstanceFacts& instance);
bool fits_rfc6527(const InstanceFacts& instance);
// vrrpv3StatisticsNewMasterReason of a transition to Active.
std::int64_t master_reason(const status::Transition& transition);
// vrrpv3StatisticsProtoErrReason.
std::int64_t protocol_error_number(status::ProtocolError error);

}  // namespace holdfast::snmp
