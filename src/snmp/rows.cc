#include "snmp/rows.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace holdfast::snmp {

namespace {

bool comes_before(const Row& row, const Oid& name) {
    return row.name < name;
}

std::uint64_t clipped(std::uint64_t value) {
    return std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max());
}

}  // namespace

Value integer(std::int64_t value) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();
    return {.type = Type::integer, .number = static_cast<std::uint64_t>(std::clamp(value, least, most))};
}

Value unsigned32(std::uint64_t value) {
    return {.type = Type::unsigned32, .number = clipped(value)};
}

// Counters begin again at zero.
Value counter32(std::uint64_t value) {
    return {.type = Type::counter32, .number = static_cast<std::uint32_t>(value)};
}

Value counter64(std::uint64_t value) {
    return {.type = Type::counter64, .number = value};
}

Value ticks(std::uint64_t centiseconds) {
    return {.type = Type::ticks, .number = static_cast<std::uint32_t>(centiseconds)};
}

Value text(std::string_view value) {
    return {.type = Type::octets, .bytes = std::string{value}};
}

Value inet(const IpAddress& address) {
    const ByteView bytes = address.bytes();
    return {.type = Type::octets, .bytes = {bytes.begin(), bytes.end()}};
}

Value ip_address(const IpAddress& address) {
    const ByteView bytes = address.bytes();
    return {.type = Type::ip_address, .bytes = {bytes.begin(), bytes.end()}};
}

Value truth(bool value) {
    return integer(value ? 1 : 2);
}

void Rows::add(const Oid& column, const Oid& index, Value value) {
    Row& row = rows_.emplace_back();
    row.name.reserve(column.size() + index.size());
    row.name = column;
    row.name.insert(row.name.end(), index.begin(), index.end());
    row.value = std::move(value);
}

void Rows::settle() {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Row& one, const Row& other) { return one.name < other.name; });
    rows_.erase(std::unique(rows_.begin(), rows_.end(),
                            [](const Row& one, const Row& other) { return one.name == other.name; }),
                rows_.end());
}

const Row* Rows::at(const Oid& name) const {
    const Row* found = from(name);
    return found != nullptr && found->name == name ? found : nullptr;
}

const Row* Rows::from(const Oid& name) const {
    const auto found = std::lower_bound(rows_.begin(), rows_.end(), name, comes_before);
    return found != rows_.end() ? &*found : nullptr;
}

const Row* Rows::after(const Oid& name) const {
    auto found = std::lower_bound(rows_.begin(), rows_.end(), name, comes_before);
    if (found != rows_.end() && found->name == name) ++found;
    return found != rows_.end() ? &*found : nullptr;
}

}  // namespace holdfast::snmp
