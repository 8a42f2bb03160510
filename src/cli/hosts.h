// The hosts that a configuration can be judged by without the daemon.
#pragma once

#include <netdb.h>

#include <string>

#include "config/host.h"
#include "system/system_host.h"

namespace holdfast::cli {

// This machine; somebody has asked and can wait for a name server.
class ThisHost : public system::SystemHost {
public:
    bool resolves(const std::string& name) const override {
        addrinfo* found = nullptr;
        if (getaddrinfo(name.c_str(), nullptr, nullptr, &found) != 0) return false;
        freeaddrinfo(found);
        return true;
    }
};

// This machine, whose interfaces are in a network namespace that is not ours to enter.
class OtherNamespace : public ThisHost {
public:
    std::optional<config::HostInterface> interface(const std::string& name) const override {
        return config::HostInterface{.loopback = name == "lo", .multicast = name != "lo"};
    }
};

// A machine on which everything exists that a configuration names, for judging the text alone.
class AnyHost : public OtherNamespace {
public:
    std::optional<config::HostUser> user(const std::string&) const override { return config::HostUser{}; }
    std::optional<std::uint32_t> group(const std::string&) const override { return 0; }
    config::ScriptFacts script(const std::string& argv0, std::uint32_t, std::uint32_t) const override {
        return {.verdict = config::ScriptVerdict::usable, .path = argv0, .detail = {}};
    }
    config::SecretFacts secret(const std::string&) const override { return {}; }
    bool resolves(const std::string&) const override { return true; }
    unsigned processors() const override { return 1024; }
    std::uint32_t own_uid() const override { return 0; }
    std::uint32_t own_gid() const override { return 0; }
};

}  // namespace holdfast::cli
