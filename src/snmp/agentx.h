// The door to net-snmp: a sub-agent that serves sorted rows and sends notifications. The library is one per
// process, blocks while it talks to the master agent, and reconnects by itself; nothing of it is seen outside
// agentx.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/unique_fd.h"
#include "snmp/notifications.h"
#include "snmp/rows.h"
#include "snmp/settable.h"

namespace holdfast::snmp {

struct Subtree {
    Oid root;
    std::string description;            // in the master's sysORTable
    std::function<const Rows&()> rows;  // what is below it now; valid until the next call
    Settable* settable = nullptr;       // null: nothing below it can be set
};

class Agent {
public:
    struct Settings {
        std::string name;
        std::string address;  // of the master, as net-snmp has it; empty: connect is asked
        std::function<Result<os::UniqueFd>()> connect;
        std::vector<Subtree> subtrees;
        std::function<void(bool)> connected;  // it has found the master, or lost it
    };
    // One for each process. Connects, which may take half a minute with a master that does not answer.
    explicit Agent(Settings settings);
    ~Agent();
    Agent(const Agent&) = delete;

    bool is_connected() const;
    // To the master, whose answer is not waited for. False: there is none, or it takes nothing for now.
    bool send(const Notification& notification);
    // Serves what comes, for at most so long. A signal, or something to read from `other`, ends it early.
    void serve(Duration at_most, int other = -1);

private:
    struct Door;
};

}  // namespace holdfast::snmp
