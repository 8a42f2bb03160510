// Writes JSON (RFC 8259) as it goes along, one value after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::status {

class JsonWriter {
public:
    // A name is for values within an object; outside of one it is empty.
    void begin_object(std::string_view name = {}) { open(name, '{'); }
    void end_object() { close('}'); }
    void begin_list(std::string_view name = {}) { open(name, '['); }
    void end_list() { close(']'); }

    // What is no UTF-8 in a text becomes U+FFFD.
    void text(std::string_view name, std::string_view value);
    void flag(std::string_view name, bool value);
    void number(std::string_view name, std::int64_t value);
    void count(std::string_view name, std::uint64_t value);
    // In seconds, with three digits behind the point.
    void seconds(std::string_view name, std::int64_t milliseconds);
    void nothing(std::string_view name);

    // The whole, with a line break behind it.
    std::string take();

private:
    void open(std::string_view name, char bracket);
    void close(char bracket);
    void begin_value(std::string_view name);
    void quoted(std::string_view text);

    std::string out_;
    bool first_ = true;  // of the values of the innermost object or list
};

}  // namespace holdfast::status
