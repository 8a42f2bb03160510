// What a process gives up for good once everything it needs is open, so that a mistake in reading packets
// stays a mistake in reading packets. Only for a process that starts no others: all of it is inherited, and
// scripts must be able to do what their author expects. Core and checker are limited by capabilities alone.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::os {

// Files and whole directories. What does not exist is left out.
struct Confinement {
    std::vector<std::string> read;
    std::vector<std::string> write;    // files that exist: read and written
    std::vector<std::string> replace;  // directories: files are also made, renamed and removed
    bool datagrams = false;            // UDP sockets may be opened
    bool lines = false;                // serial lines may be set up
    bool accepts = false;              // connections on a socket that it has
    bool calls_hosts = false;          // connects to others by TCP and UDP
    bool calls_services = false;       // connects to services of this host: the system bus
};

// No new rights by execve; files through Landlock; system calls through seccomp. A call that is not on the
// list fails with EPERM and never kills: one forgotten here must not be a failover. Returns one message for
// each part that this kernel does not have.
Result<std::vector<std::string>> confine(const Confinement& confinement);

}  // namespace holdfast::os
