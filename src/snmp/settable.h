// What a management station may set, with the answers of RFC 3416 section 4.2.5.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

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

class Settable {
public:
    virtual ~Settable() = default;
    // name: behind the root of the subtree. Whether it could be set, by its type and range.
    virtual SetOutcome judge(const Oid& name, const Value& value) const = 0;
    // The same, by the instance it is about; nothing is changed.
    virtual SetOutcome examine(const Oid& name, const Value& value) = 0;
    // Sets it. The rows show it when this returns.
    virtual SetOutcome apply(const Oid& name, const Value& value) = 0;
};

// vrrpInstanceBasePriority, vrrpInstancePreempt, vrrpInstanceAccept of KEEPALIVED-MIB; core decides.
class InstanceValues : public Settable {
public:
    using Ask = std::function<std::optional<os::Answer>(const os::ValueWanted&)>;
    InstanceValues(std::function<const Facts&()> facts, Ask ask)
        : facts_{std::move(facts)}, ask_{std::move(ask)} {}

    SetOutcome judge(const Oid& name, const Value& value) const override;
    SetOutcome examine(const Oid& name, const Value& value) override { return ask(name, value, true); }
    SetOutcome apply(const Oid& name, const Value& value) override { return ask(name, value, false); }

private:
    SetOutcome ask(const Oid& name, const Value& value, bool only_asked) const;

    std::function<const Facts&()> facts_;
    Ask ask_;
};

}  // namespace holdfast::snmp
