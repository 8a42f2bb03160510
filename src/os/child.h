// Starting programs. The parent may be big and real-time: nothing of it is copied (vfork), and the child
// gives up what it inherited before it runs anything else.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::os {

struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  // supplementary
};

struct SpawnOptions {
    std::string path;                      // no look-up in PATH
    std::vector<std::string> argv;         // argv[0] included
    std::vector<std::string> environment;  // "NAME=value"
    std::vector<int> keep_open;            // descriptors it inherits, under their own numbers
    int standard_input = -1;               // -1: /dev/null
    int standard_output = -1;              // -1: inherited
    int standard_error = -1;               // -1: inherited
    std::optional<Identity> identity;      // none: ours
    bool own_process_group = false;
    bool keeps_capabilities = false;  // those of a parent that is not root, too
    int parent_death_signal = 0;      // 0: none
    bool normal_scheduling = false;   // SCHED_OTHER, nice 0: scripts of a real-time parent
    std::optional<mode_t> umask;
};

// Starts a program; an error says which step the child could not do. The caller watches the pid.
Result<pid_t> spawn(const SpawnOptions& options);

// Supplementary groups of a user, for Identity; empty when the user is unknown.
std::vector<gid_t> groups_of(uid_t uid, gid_t gid);

// Our environment without the named variables.
std::vector<std::string> environment_without(const std::vector<std::string>& names);

}  // namespace holdfast::os
