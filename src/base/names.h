// One name table per enum, used by logs, JSON, tests and the parser; and the visitor helper for variants.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace holdfast {

template <class Enum>
struct Name {
    Enum value;
    std::string_view text;
};

template <class Enum>  // Clang 14 does not deduce aggregates
Name(Enum, std::string_view)->Name<Enum>;

// The table of an enum is a constexpr array of Name found by an overload of names_of(Enum).
template <class Enum>
constexpr std::string_view name_of(Enum value) {
    for (const auto& entry : names_of(value))
        if (entry.value == value) return entry.text;
    return "?";
}

template <class Enum>
constexpr std::optional<Enum> value_named(std::string_view text) {
    for (const auto& entry : names_of(Enum{}))
        if (entry.text == text) return entry.value;
    return std::nullopt;
}

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>  // Clang 14 does not deduce aggregates
Overloaded(Fs...)->Overloaded<Fs...>;

}  // namespace holdfast
