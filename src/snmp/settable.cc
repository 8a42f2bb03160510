#include "snmp/settable.h"

#include <array>
#include <utility>

#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

using os::InstanceValue;

struct Column {
    std::uint32_t number = 0;
    InstanceValue what{};
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};
// Truth values are 1 and 2.
constexpr std::array columns{Column{7, InstanceValue::priority, 1, 255},
                             Column{13, InstanceValue::preempt, 1, 2},
                             Column{27, InstanceValue::accept, 1, 2}};

// {table, entry, column, instance}
const Column* column_of(const Oid& name) {
    if (name.size() != 4 || name[0] != instance_table || name[1] != 1) return nullptr;
    for (const Column& column : columns)
        if (column.number == name[2]) return &column;
    return nullptr;
}

const InstanceFacts* instance_of(const Facts& facts, const Oid& name) {
    const std::uint32_t number = name.back();
    if (number == 0 || number > facts.instances().size()) return nullptr;
    return &facts.instances()[number - 1];
}

}  // namespace

SetOutcome InstanceValues::judge(const Setting& one) const {
    const Column* column = column_of(one.name);
    if (column == nullptr) return SetOutcome::not_writable;
    if (instance_of(facts_(), one.name) == nullptr) return SetOutcome::no_creation;
    if (one.value.type != Type::integer) return SetOutcome::wrong_type;
    // Negative numbers are huge ones here.
    if (one.value.number < column->least || one.value.number > column->most) return SetOutcome::wrong_value;
    return SetOutcome::done;
}

SetOutcome InstanceValues::ask(const std::vector<Setting>& all, bool only_asked) const {
    if (all.size() > os::ValueWanted::most) return SetOutcome::unavailable;
    std::vector<os::ValueWanted> wanted;
    wanted.reserve(all.size());
    for (const Setting& one : all) {
        if (const SetOutcome judged = judge(one); judged != SetOutcome::done) return judged;
        const Column& column = *column_of(one.name);
        const std::uint64_t number =
            column.what == InstanceValue::priority ? one.value.number : 2 - one.value.number;
        wanted.push_back({.instance = instance_of(facts_(), one.name)->config.name,
                          .what = column.what,
                          .value = static_cast<std::uint8_t>(number),
                          .only_asked = only_asked});
    }
    const auto answer = ask_(std::move(wanted));
    if (!answer || answer->outcome == os::Outcome::busy) return SetOutcome::unavailable;
    return answer->done() ? SetOutcome::done : SetOutcome::inconsistent_value;
}

}  // namespace holdfast::snmp
