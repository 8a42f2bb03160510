#include "plan/access.h"

namespace holdfast::plan {

namespace {

constexpr Mode standard_socket_mode = 0660;
constexpr Mode standard_umask = 0177;

}  // namespace

ReadersPlan plan_readers(const config::GlobalDefs& global) {
    return {.group = global.control_socket_group.value_or(own_account),
            .group_is_named = static_cast<bool>(global.control_socket_group),
            .socket_mode = global.control_socket_mode.value_or(standard_socket_mode)};
}

Mode plan_umask(const config::GlobalDefs& global, std::optional<Mode> from_options) {
    return from_options.value_or(global.umask.value_or(standard_umask));
}

}  // namespace holdfast::plan
