// Facts about this machine, as a configuration is judged by them.
#pragma once

#include "config/host.h"

namespace holdfast::system {

class SystemHost : public config::Host {
public:
    std::optional<config::HostInterface> interface(const std::string& name) const override;
    std::optional<config::HostUser> user(const std::string& name_or_number) const override;
    std::optional<std::uint32_t> group(const std::string& name_or_number) const override;
    config::ScriptFacts script(const std::string& argv0, std::uint32_t uid, std::uint32_t gid) const override;
    std::optional<std::uint32_t> number_of(config::NumberTable table, const std::string& name) const override;
    bool has_address(const IpAddress& address) const override;
    config::SecretFacts secret(const std::string& path) const override;
    std::string host_name() const override;
    unsigned processors() const override;
    std::uint32_t own_uid() const override;
    std::uint32_t own_gid() const override;
};

}  // namespace holdfast::system
