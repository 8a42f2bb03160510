// What a management station may set, with the answers of RFC 3416 section 4.2.5.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "os/channel.h"
#include "os/control.h"
#include "snmp/facts.h"
#include "snmp/rows.h"

namespace holdfast::snmp {

enum class SetOutcome : std::uint8_t {
    done,
    not_writable,
    no_creation,  // there is no such instance, and none can be made
    wrong_type,
    wrong_value,         // that no instance could have
    inconsistent_value,  // that this instance cannot have as it is configured
    unavailable          // nobody could say, or do it, in time
};

// A value that is to be set; its name is behind the root of the subtree.
struct Setting {
    Oid name;
    Value value;
};

class Settable {
public:
    virtual ~Settable() = default;
    // Whether it could be set, by its type and range.
    virtual SetOutcome judge(const Setting& one) const = 0;
    // The same of all together, by what they are about; nothing is changed.
    virtual SetOutcome examine(const std::vector<Setting>& all) = 0;
    // Sets them, all or none. The rows show it when this returns.
    virtual SetOutcome apply(const std::vector<Setting>& all) = 0;
};

// vrrpInstanceBasePriority, vrrpInstancePreempt, vrrpInstanceAccept of KEEPALIVED-MIB; core decides.
class InstanceValues : public Settable {
public:
    using Ask = std::function<std::optional<os::Answer>(std::vector<os::ValueWanted>)>;
    InstanceValues(std::function<const Facts&()> facts, Ask ask)
        : facts_{std::move(facts)}, ask_{std::move(ask)} {}

    SetOutcome judge(const Setting& one) const override;
    SetOutcome examine(const std::vector<Setting>& all) override { return ask(all, true); }
    SetOutcome apply(const std::vector<Setting>& all) override { return ask(all, false); }

private:
    SetOutcome ask(const std::vector<Setting>& all, bool only_asked) const;

    std::function<const Facts&()> facts_;
    Ask ask_;
};

}  // namespace holdfast::snmp
