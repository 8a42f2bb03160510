// The host's interfaces as they are now: what MIBs say of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/address.h"
#include "base/result.h"

namespace holdfast::snmp {

struct Interface {
    std::uint32_t index = 0;  // 0: it is not there
    std::string mac;          // its bytes; none without hardware
    std::optional<IpAddress> first_v4;
    std::optional<IpAddress> link_local_v6;
};

class Interfaces {
public:
    Interfaces() = default;
    explicit Interfaces(std::unordered_map<std::string, Interface> by_name) : by_name_{std::move(by_name)} {}
    // Of the network namespace of this process.
    static Result<Interfaces> read();

    // One that is not there has index 0.
    const Interface& of(const std::string& name) const;

private:
    std::unordered_map<std::string, Interface> by_name_;
};

}  // namespace holdfast::snmp
