// A host on which everything exists that a configuration names, for judging the text alone.
#pragma once

#include "config/host.h"
#include "system/system_host.h"

namespace holdfast::cli {

class AnyHost : public config::Host {
public:
    std::optional<config::HostInterface> interface(const std::string& name) const override {
        return config::HostInterface{.loopback = name == "lo", .multicast = name != "lo"};
    }
    std::optional<config::HostUser> user(const std::string&) const override { return config::HostUser{}; }
    std::optional<std::uint32_t> group(const std::string&) const override { return 0; }
    config::ScriptFacts script(const std::string& argv0, std::uint32_t, std::uint32_t) const override {
        return {.verdict = config::ScriptVerdict::usable, .path = argv0, .detail = {}};
    }
    std::optional<std::uint32_t> number_of(config::NumberTable table,
                                           const std::string& name) const override {
        return real_.number_of(table, name);
    }
    std::string host_name() const override { return real_.host_name(); }
    unsigned processors() const override { return 1024; }
    std::uint32_t own_uid() const override { return 0; }
    std::uint32_t own_gid() const override { return 0; }

private:
    system::SystemHost real_;
};

}  // namespace holdfast::cli
