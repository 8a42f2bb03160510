// A part of a MIB as it is now: object identifiers below one root with their values, in order. Made at once
// from what is known; what the SNMP agent asks for is looked up in it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace holdfast::snmp {

using Oid = std::vector<std::uint32_t>;

enum class Type : std::uint8_t { integer, unsigned32, counter32, counter64, ticks, octets, ip_address };

struct Value {
    Type type = Type::integer;
    std::uint64_t number = 0;  // of an integer: two's complement
    std::string bytes;         // of octets and ip_address
    bool operator==(const Value&) const = default;
};

Value integer(std::int64_t value);
Value unsigned32(std::uint64_t value);
Value counter32(std::uint64_t value);
Value counter64(std::uint64_t value);
Value ticks(std::uint64_t centiseconds);
Value text(std::string_view value);
// InetAddress: the address's bytes.
Value inet(const IpAddress& address);
// IpAddress: IPv4 only.
Value ip_address(const IpAddress& address);
// TruthValue, and the enumerations that count like it: enabled(1) disabled(2), set(1) unset(2).
Value truth(bool value);

struct Row {
    Oid name;  // behind the root
    Value value;
};

class Rows {
public:
    // The parts make one name.
    void add(const Oid& column, const Oid& index, Value value);
    void scalar(const Oid& name, Value value) { add(name, {0}, std::move(value)); }
    // Before anything is looked up. Of two of one name the first stays.
    void settle();

    const Row* at(const Oid& name) const;
    // The first one behind that name, or not before it.
    const Row* after(const Oid& name) const;
    const Row* from(const Oid& name) const;
    const std::vector<Row>& all() const { return rows_; }

private:
    std::vector<Row> rows_;
};

}  // namespace holdfast::snmp
