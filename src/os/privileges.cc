#include "os/privileges.h"

#include <sched.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

namespace holdfast::os {

namespace {

struct Need {
    cap_value_t capability;
    const char* name;
    const char* without_it;
};

struct Row {
    Program program;
    std::vector<Need> needs;
};

const std::vector<Row>& table() {
    static const std::vector<Row> rows{
        // core gives its children what they need, so it holds the union and uses almost none of it.
        {Program::core,
         {{CAP_NET_ADMIN, "CAP_NET_ADMIN", "no virtual address can be added"},
          {CAP_NET_RAW, "CAP_NET_RAW", "no advert can be sent or received"},
          {CAP_SETUID, "CAP_SETUID", "scripts cannot run as their user"},
          {CAP_SETGID, "CAP_SETGID", "scripts cannot run as their group"},
          {CAP_SETPCAP, "CAP_SETPCAP", "the processes keep more rights than they need"},
          {CAP_KILL, "CAP_KILL", "scripts of other users cannot be ended"},
          {CAP_CHOWN, "CAP_CHOWN", "notify FIFOs cannot be given to their user"},
          {CAP_FOWNER, "CAP_FOWNER", "files of other users in the runtime directory cannot be replaced"},
          {CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE", "configuration files of other users may be unreadable"},
          {CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "net_namespace cannot be entered"},
          {CAP_SYS_NICE, "CAP_SYS_NICE", "real-time priorities cannot be set"},
          {CAP_IPC_LOCK, "CAP_IPC_LOCK", "memory cannot be locked (vrrp_no_swap)"}}},
        {Program::vrrp,
         {{CAP_NET_ADMIN, "CAP_NET_ADMIN", "no virtual address can be added"},
          {CAP_NET_RAW, "CAP_NET_RAW", "no advert can be sent or received"},
          {CAP_SYS_NICE, "CAP_SYS_NICE", "vrrp_rt_priority cannot be set"},
          {CAP_IPC_LOCK, "CAP_IPC_LOCK", "vrrp_no_swap cannot lock the memory"}}},
        {Program::checker,
         {{CAP_SETUID, "CAP_SETUID", "scripts cannot run as their user"},
          {CAP_SETGID, "CAP_SETGID", "scripts cannot run as their group"},
          {CAP_KILL, "CAP_KILL", "scripts of other users cannot be ended"},
          {CAP_CHOWN, "CAP_CHOWN", "notify FIFOs cannot be given to their user"},
          {CAP_SYS_NICE, "CAP_SYS_NICE", "checker_rt_priority cannot be set"},
          {CAP_IPC_LOCK, "CAP_IPC_LOCK", "checker_no_swap cannot lock the memory"}}},
        {Program::monitor, {}},
        {Program::snmp, {}},
        {Program::firewall, {{CAP_NET_ADMIN, "CAP_NET_ADMIN", "the firewall cannot be changed"}}},
    };
    return rows;
}

struct FreeCapabilities {
    void operator()(cap_t capabilities) const noexcept { cap_free(capabilities); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

const std::vector<Need>& needs_of(Program program) {
    for (const Row& row : table())
        if (row.program == program) return row.needs;
    HF_ASSERT(false);
    std::abort();
}

bool has_capability(cap_value_t capability) {
    const Capabilities ours{cap_get_proc()};
    cap_flag_value_t has = CAP_CLEAR;
    return ours && cap_get_flag(ours.get(), capability, CAP_EFFECTIVE, &has) == 0 && has == CAP_SET;
}

std::string refusal(const std::string& what) {
    return what + ": " + std::strerror(errno);
}

}  // namespace

// Only the effective and permitted sets shrink. The bounding set stays whole: a notify script that runs as
// root gets root's rights back with its execve, as its author expects.
Result<std::vector<std::string>> keep_only_needed_capabilities(Program program) {
    const Capabilities before{cap_get_proc()};
    const Capabilities after{cap_init()};
    if (!before || !after) return Error::system("read the capabilities of this process");
    std::vector<std::string> missing;
    for (const Need& need : needs_of(program)) {
        cap_flag_value_t has = CAP_CLEAR;
        cap_get_flag(before.get(), need.capability, CAP_PERMITTED, &has);
        if (has != CAP_SET) {
            missing.push_back(
                std::string{need.name} + " is missing: " + need.without_it +
                ". Start as root, or grant it (systemd: AmbientCapabilities=, container: --cap-add)");
            continue;
        }
        cap_set_flag(after.get(), CAP_PERMITTED, 1, &need.capability, CAP_SET);
        cap_set_flag(after.get(), CAP_EFFECTIVE, 1, &need.capability, CAP_SET);
        // Who was given its rights without being root has them in the ambient set, and there core passes them
        // on to its processes. The others start nothing that needs any.
        if (program == Program::core && cap_get_ambient(need.capability) == 1)
            cap_set_flag(after.get(), CAP_INHERITABLE, 1, &need.capability, CAP_SET);
    }
    if (cap_set_proc(after.get()) != 0) return Error::system("give up capabilities");
    return missing;
}

std::vector<std::string> apply_scheduling(const Scheduling& scheduling) {
    std::vector<std::string> refused;
    if (!scheduling.processors.empty()) {
        cpu_set_t set;
        CPU_ZERO(&set);
        for (const unsigned processor : scheduling.processors)
            if (processor < CPU_SETSIZE) CPU_SET(processor, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0)
            refused.push_back(refusal("cannot bind to the configured processors"));
    }
    if (scheduling.nice != 0 && setpriority(PRIO_PROCESS, 0, scheduling.nice) != 0)
        refused.push_back(refusal("cannot set the nice value " + std::to_string(scheduling.nice)));
    // Within a limit it would succeed now, and the first allocation beyond it fail.
    if (scheduling.lock_memory && !has_capability(CAP_IPC_LOCK))
        refused.emplace_back("memory is not locked: that takes CAP_IPC_LOCK");
    else if (scheduling.lock_memory && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        refused.push_back(refusal("cannot lock memory"));
    if (scheduling.realtime_priority) {
        const sched_param parameters{.sched_priority = *scheduling.realtime_priority};
        if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters) != 0)
            refused.push_back(refusal("cannot set the real-time priority " +
                                      std::to_string(*scheduling.realtime_priority) +
                                      "; grant CAP_SYS_NICE"));
        const rlim_t hard = scheduling.rlimit_rttime_us;
        const rlimit limit{.rlim_cur = hard / 2, .rlim_max = hard};
        if (hard != 0 && setrlimit(RLIMIT_RTTIME, &limit) != 0)
            refused.push_back(refusal("cannot limit the real-time run time"));
    }
    return refused;
}

void set_process_name(const std::string& name) {
    prctl(PR_SET_NAME, name.substr(0, 15).c_str());
}

}  // namespace holdfast::os
