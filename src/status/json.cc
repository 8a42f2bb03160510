#include "status/json.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

namespace holdfast::status {

void JsonWriter::begin_value(std::string_view name) {
    if (!first_) out_ += ", ";
    first_ = false;
    if (name.empty()) return;
    quoted(name);
    out_ += ": ";
}

void JsonWriter::open(std::string_view name, char bracket) {
    begin_value(name);
    out_ += bracket;
    first_ = true;
}

void JsonWriter::close(char bracket) {
    out_ += bracket;
    first_ = false;
}

void JsonWriter::quoted(std::string_view text) {
    using Json = nlohmann::json;
    out_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void JsonWriter::text(std::string_view name, std::string_view value) {
    begin_value(name);
    quoted(value);
}

void JsonWriter::flag(std::string_view name, bool value) {
    begin_value(name);
    out_ += value ? "true" : "false";
}

void JsonWriter::number(std::string_view name, std::int64_t value) {
    begin_value(name);
    out_ += std::to_string(value);
}

void JsonWriter::count(std::string_view name, std::uint64_t value) {
    begin_value(name);
    out_ += std::to_string(value);
}

void JsonWriter::seconds(std::string_view name, std::int64_t milliseconds) {
    begin_value(name);
    const std::uint64_t size = milliseconds < 0 ? 0 - static_cast<std::uint64_t>(milliseconds)
                                                : static_cast<std::uint64_t>(milliseconds);
    char digits[8];
    std::snprintf(digits, sizeof digits, ".%03u", static_cast<unsigned>(size % 1000));
    out_ += (milliseconds < 0 ? "-" : "") + std::to_string(size / 1000) + digits;
}

void JsonWriter::nothing(std::string_view name) {
    begin_value(name);
    out_ += "null";
}

std::string JsonWriter::take() {
    first_ = true;
    return std::exchange(out_, {}) + "\n";
}

}  // namespace holdfast::status
