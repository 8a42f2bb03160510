// What one core leaves to the next: descriptors of what the processes share, and which processes those are.
// It travels through the service manager's store of descriptors (core has crashed, or the service is
// restarted), or through an execve of the installed program (holdfast upgrade). Whoever takes it goes on with
// the processes that run, and replaces them by adoption.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/log.h"
#include "os/service.h"
#include "os/unique_fd.h"

namespace holdfast::core {

struct Legacy {
    struct Process {
        pid_t pid = 0;                 // 0: there was none
        std::uint64_t start_time = 0;  // clock ticks since boot: with pid the process's identity
        os::UniqueFd channel;          // our end
    };
    os::UniqueFd configuration;  // sealed text
    os::UniqueFd page;
    os::UniqueFd routers;  // what the vrrp process publishes
    os::UniqueFd checks;   // what the checker publishes
    Process vrrp;
    Process checker;
    os::UniqueFd listener;        // socket of the monitor
    os::UniqueFd asker;           // control connection that waits for the outcome of an upgrade
    bool reads_again = false;     // the file is to be read once this is taken: the service is restarted
    bool re_executed = false;     // same process: the children are still its own
    std::uint64_t deposit = 0;    // its number in the manager's store; 0: it is not there
    os::UniqueFd deposited_note;  // that lies there
    std::optional<os::Level> log_level;
};

// The same by descriptor numbers, as whoever leaves it has it.
struct Bequest {
    int configuration = -1;
    int page = -1;
    int routers = -1;
    int checks = -1;
    struct Process {
        pid_t pid = 0;
        int channel = -1;
    };
    Process vrrp;
    Process checker;
    int listener = -1;
    int asker = -1;
    bool reads_again = false;
    std::uint64_t deposit = 0;
    int deposited_note = -1;
    os::Level log_level = os::Level::info;
};

// What was left, if anything; descriptors of an incomplete or unreadable one are closed. To be called before
// anything else looks at the environment.
std::optional<Legacy> take_legacy();

// Keeps the manager's store in step with what runs. A store keeps a descriptor once: what is in it already
// cannot be put there under another name.
class Deposit {
public:
    Deposit() = default;
    // Goes on with what an earlier process put there.
    Deposit(std::uint64_t number, os::UniqueFd note) : number_{number}, note_{std::move(note)} {}
    // Another generation runs. The old one goes last: a crash at any point leaves something complete.
    void replace(os::Service& service, Bequest bequest);
    // The same generation, but something else is said of it.
    void amend(const Bequest& bequest);
    void withdraw(os::Service& service);

    std::uint64_t number() const { return number_; }
    int note() const { return note_.get(); }

private:
    std::uint64_t number_ = 0;
    os::UniqueFd note_;
};

// Executes the program with what is left; returns only when that failed, and nothing has changed then.
Error execute_with(const std::string& program, const std::vector<std::string>& argv, const Bequest& bequest);

// The note that travels with the descriptors, written and read.
std::string write_note(const Bequest& bequest);
Result<Legacy> read_note(const std::string& text);

}  // namespace holdfast::core
