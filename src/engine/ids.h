// Positions in Settings: of a router, a sync group, an interface, a tracker, a guarded unit, a heartbeat
// path.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::engine {

enum class RouterId : std::uint32_t {};
enum class GroupId : std::uint32_t {};
enum class LinkId : std::uint32_t {};
enum class TrackerId : std::uint32_t {};
enum class GuardId : std::uint32_t {};
enum class PathId : std::uint32_t {};

constexpr std::size_t index(RouterId id) {
    return static_cast<std::size_t>(id);
}
constexpr std::size_t index(GroupId id) {
    return static_cast<std::size_t>(id);
}
constexpr std::size_t index(LinkId id) {
    return static_cast<std::size_t>(id);
}
constexpr std::size_t index(TrackerId id) {
    return static_cast<std::size_t>(id);
}
constexpr std::size_t index(GuardId id) {
    return static_cast<std::size_t>(id);
}
constexpr std::size_t index(PathId id) {
    return static_cast<std::size_t>(id);
}

}  // namespace holdfast::engine
