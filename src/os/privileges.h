// What a process may do and how it is scheduled. Each process's capabilities stand in one table; what the
// system refuses is said with what breaks and what to grant, and the process goes on without it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/result.h"

namespace holdfast::os {

enum class Program : std::uint8_t { core, vrrp, checker, monitor, snmp, firewall };
constexpr auto names_of(Program) {
    using enum Program;
    return std::array{Name{core, "holdfastd"},         Name{vrrp, "holdfast-vrrp"},
                      Name{checker, "holdfast-check"}, Name{monitor, "holdfast-mon"},
                      Name{snmp, "holdfast-snmp"},     Name{firewall, "holdfast-fw"}};
}

// Gives up every capability that the program's row does not list. Returns one message for each listed
// capability that this process does not have: its name, what will not work, the remedy.
Result<std::vector<std::string>> keep_only_needed_capabilities(Program program);

struct Scheduling {
    int nice = 0;
    std::optional<int> realtime_priority;  // SCHED_RR 1..99, reset in children
    std::uint64_t rlimit_rttime_us = 0;    // with realtime_priority; 0: unlimited
    bool lock_memory = false;
    std::vector<unsigned> processors;  // empty: all
};

// Applies what it can; returns one message for each refusal.
std::vector<std::string> apply_scheduling(const Scheduling& scheduling);

// Name in ps and top, at most 15 characters.
void set_process_name(const std::string& name);

}  // namespace holdfast::os
