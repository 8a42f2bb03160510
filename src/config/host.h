// Facts about this host that a configuration is judged by: interfaces, users, script files, names from
// iproute2's tables. An interface, so that `config` stays pure: programs ask the real host, tests invent one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace holdfast::config {

struct HostInterface {
    bool loopback = false;
    bool multicast = true;
};

struct HostUser {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;  // primary group
};

enum class ScriptVerdict : std::uint8_t {
    usable,
    not_found,
    not_executable,
    not_a_file,
    unreachable,  // a folder on the way cannot be entered by that user
    insecure,     // run as root and writable by somebody else; detail names the component
};

struct ScriptFacts {
    ScriptVerdict verdict = ScriptVerdict::usable;
    std::string path;    // resolved, as it will be executed
    std::string detail;  // for messages: which component, which permission
};

enum class SecretVerdict : std::uint8_t {
    usable,
    unusable,        // not there, not to be read, or not what a key can be
    open_to_others,  // usable, but other users can read or change it
};

struct SecretFacts {
    SecretVerdict verdict = SecretVerdict::usable;
    std::string detail;  // for messages
};

enum class NumberTable : std::uint8_t {
    routing_table,
    scope,
    protocol,
    dsfield,
    realm,
    interface_group,
    ip_protocol
};

class Host {
public:
    virtual ~Host() = default;
    virtual std::optional<HostInterface> interface(const std::string& name) const = 0;
    virtual std::optional<HostUser> user(const std::string& name_or_number) const = 0;
    virtual std::optional<std::uint32_t> group(const std::string& name_or_number) const = 0;
    // argv0 is looked up in PATH when it has no slash. uid, gid: who would run it.
    virtual ScriptFacts script(const std::string& argv0, std::uint32_t uid, std::uint32_t gid) const = 0;
    virtual std::optional<std::uint32_t> number_of(NumberTable table, const std::string& name) const = 0;
    // A file that holds a key.
    virtual SecretFacts secret(const std::string&) const { return {}; }
    // Whether a host name (of smtp_server) has an address. May ask a name server and wait for it, so only a
    // check on request asks; a daemon answers true.
    virtual bool resolves(const std::string&) const { return true; }
    // Whether this host has that address now. Only said, never decided by: it may be another a moment later.
    virtual bool has_address(const IpAddress&) const { return false; }
    virtual std::string host_name() const = 0;
    virtual unsigned processors() const = 0;
    virtual std::uint32_t own_uid() const = 0;
    virtual std::uint32_t own_gid() const = 0;
};

}  // namespace holdfast::config
