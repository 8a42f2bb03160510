// Who may ask the daemon and read what it keeps, and how files are made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/config.h"

namespace holdfast::plan {

// Modes, as of chmod(2).
using Mode = std::uint32_t;

// User of the processes that may do least, and its group.
inline constexpr const char* own_account = "holdfast";

// What is kept in the state directory, which anybody may enter.
inline constexpr Mode state_folder_mode = 0755;
inline constexpr Mode kept_folder_mode = 0750;
inline constexpr Mode kept_file_mode = 0640;

struct ReadersPlan {
    std::string group;            // of whoever may ask for the status and read what is kept
    bool group_is_named = false;  // in the configuration; else it may well not exist
    Mode socket_mode{};           // of the socket that they ask
};

ReadersPlan plan_readers(const config::GlobalDefs& global);

// from_options: what the command line says wins.
Mode plan_umask(const config::GlobalDefs& global, std::optional<Mode> from_options);

}  // namespace holdfast::plan
