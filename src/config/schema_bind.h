// How rows name their fields: at<&Instance::priority>() is the setter and the getter of that member, and
// list<&Config::instances>() those of the blocks in that vector. Only the tables include this.
#pragma once

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "config/schema.h"

namespace holdfast::config::binding {

template <class T>
struct MemberOf;
template <class Class, class Member>
struct MemberOf<Member Class::*> {
    using Owner = Class;
};

template <class T>
struct Wrapped {
    static constexpr bool is_setting = false;
    static constexpr bool is_optional = false;
    using Inner = T;
};
template <class T>
struct Wrapped<Setting<T>> {
    static constexpr bool is_setting = true;
    static constexpr bool is_optional = false;
    using Inner = T;
};
template <class T>
struct Wrapped<std::optional<T>> {
    static constexpr bool is_setting = false;
    static constexpr bool is_optional = true;
    using Inner = T;
};

template <class T>
T from_value(Value& value) {
    if constexpr (std::is_same_v<T, bool>) {
        if (const auto* number = std::get_if<std::int64_t>(&value)) return *number != 0;
        return std::get<bool>(value);
    } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
        return static_cast<T>(std::get<std::int64_t>(value));
    } else {
        return std::move(std::get<T>(value));
    }
}

template <class T>
Value to_value(const T& field) {
    constexpr bool is_number = std::is_enum_v<T> || std::is_integral_v<T>;
    if constexpr (is_number && !std::is_same_v<T, bool>)
        return Value{static_cast<std::int64_t>(field)};
    else
        return Value{field};
}

template <class Owner>
Owner& owner_of(Target target) {
    Owner* const* owner = std::get_if<Owner*>(&target);
    HF_ASSERT(owner != nullptr);
    return **owner;
}

template <auto first, auto... rest>
auto& reach(Target target) {
    using Owner = typename MemberOf<decltype(first)>::Owner;
    return ((owner_of<Owner>(target).*first).*....*rest);
}

template <auto... path>
void set(Target target, Value value, Place place) {
    auto& member = reach<path...>(target);
    using Member = std::remove_reference_t<decltype(member)>;
    using Shape = Wrapped<Member>;
    if constexpr (std::is_same_v<Member, std::vector<Named>>) {
        member.push_back({std::get<std::string>(std::move(value)), place});
    } else if constexpr (Shape::is_setting) {
        member.value = from_value<typename Shape::Inner>(value);
        member.place = place;
    } else {
        member = from_value<typename Shape::Inner>(value);
    }
}

template <auto... path>
std::optional<Value> get(Target target) {
    const auto& member = reach<path...>(target);
    using Member = std::remove_cvref_t<decltype(member)>;
    using Shape = Wrapped<Member>;
    if constexpr (Shape::is_setting) {
        if (!member.value) return std::nullopt;
        return to_value(*member.value);
    } else if constexpr (Shape::is_optional) {
        if (!member) return std::nullopt;
        return to_value(*member);
    } else if constexpr (std::is_same_v<Member, Prefix> || std::is_same_v<Member, IpAddress>) {
        return to_value(member);
    } else {
        if (member == Member{}) return std::nullopt;
        return to_value(member);
    }
}

template <auto... path>
constexpr Field at() {
    return {.set = &set<path...>, .get = &get<path...>};
}

template <NotifyEvent event, auto member>
constexpr Field notify() {
    return {.set =
                [](Target target, Value value, Place) {
                    auto& scripts = reach<member>(target).scripts;  // kept in the order of events
                    auto at = scripts.begin();
                    while (at != scripts.end() && at->event < event)
                        ++at;
                    scripts.insert(at, {event, std::get<Script>(std::move(value))});
                },
            .get = [](Target target) -> std::optional<Value> {
                const Script* script = reach<member>(target).of(event);
                if (script == nullptr) return std::nullopt;
                return Value{*script};
            }};
}

// Blocks or lines that are elements of a vector; an element with a place is given it.
template <auto member>
constexpr Children list() {
    return {.add = [](Target parent, Place place) -> Target {
                auto& elements = reach<member>(parent);
                elements.emplace_back();
                if constexpr (requires { elements.back().place; }) elements.back().place = place;
                return &elements.back();
            },
            .drop_last = [](Target parent) { reach<member>(parent).pop_back(); },
            .count = [](Target parent) { return reach<member>(parent).size(); },
            .at = [](Target parent, std::size_t index) -> Target { return &reach<member>(parent)[index]; }};
}

// The references of one kind among all of an instance or a group, which stand in the order of kinds.
inline auto end_of_kind(std::vector<TrackerReference>& all, TrackerKind kind) {
    return std::find_if(all.begin(), all.end(),
                        [kind](const TrackerReference& reference) { return reference.kind > kind; });
}
template <auto member, TrackerKind kind>
constexpr Children references() {
    return {.add = [](Target parent, Place place) -> Target {
                auto& all = reach<member>(parent);
                TrackerReference added{.kind = kind, .name = {}, .weight = {}, .reverse = {}, .place = place};
                return &*all.insert(end_of_kind(all, kind), std::move(added));
            },
            .drop_last =
                [](Target parent) {
                    auto& all = reach<member>(parent);
                    all.erase(std::prev(end_of_kind(all, kind)));
                },
            .count = [](Target parent) -> std::size_t {
                std::size_t count = 0;
                for (const TrackerReference& reference : reach<member>(parent))
                    count += reference.kind == kind ? 1 : 0;
                return count;
            },
            .at = [](Target parent, std::size_t index) -> Target {
                for (TrackerReference& reference : reach<member>(parent))
                    if (reference.kind == kind && index-- == 0) return &reference;
                HF_ASSERT(false);
                return {};
            }};
}

// A block that exists once; further ones add to it.
template <auto member>
constexpr Children single() {
    return {.add = [](Target parent, Place) -> Target { return &reach<member>(parent); },
            .drop_last = [](Target) {},
            .count = [](Target parent) -> std::size_t {
                using Member = std::remove_reference_t<decltype(reach<member>(parent))>;
                return reach<member>(parent) == Member{} ? 0 : 1;
            },
            .at = [](Target parent, std::size_t) -> Target { return &reach<member>(parent); }};
}

// A block that exists once or not at all; a further one takes its place.
template <auto member>
constexpr Children maybe() {
    return {.add = [](Target parent, Place place) -> Target {
                auto& block = reach<member>(parent).emplace();
                block.place = place;
                return &block;
            },
            .drop_last = [](Target parent) { reach<member>(parent).reset(); },
            .count = [](Target parent) -> std::size_t { return reach<member>(parent) ? 1 : 0; },
            .at = [](Target parent, std::size_t) -> Target { return &*reach<member>(parent); }};
}

// Shorthands of the tables.
constexpr Argument arg(Kind kind, std::string_view range = {}, Field field = {}) {
    return {.kind = kind, .range = range, .field = field};
}
constexpr Argument opt(Kind kind, std::string_view range = {}, Field field = {}, std::int64_t missing = 1) {
    return {.kind = kind, .range = range, .field = field, .optional = true, .number = missing};
}
constexpr Argument says(Field field, std::int64_t number = 1) {
    return {.kind = Kind::constant, .field = field, .number = number};
}
constexpr Argument boolean(Field field = {}) {
    return {.kind = Kind::boolean, .field = field, .optional = true};
}

}  // namespace holdfast::config::binding
