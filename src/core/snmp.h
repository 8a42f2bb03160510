// The SNMP process: it serves MIBs as sub-agent of the host's SNMP agent, from what the others have
// published. It runs while the configuration or the command line asks for it. The master's socket is root's
// as a rule, so core connects to it, and to nothing else, whenever that process asks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/attendant.h"
#include "core/generation.h"
#include "core/options.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "plan/snmp.h"

namespace holdfast::core {

class Snmp {
public:
    // options outlive this.
    static Result<std::unique_ptr<Snmp>> create(os::EventLoop& loop, const Options& options,
                                                std::vector<std::string> argv);

    // From now on it shows that generation, if it is to run at all.
    void show(const Generation& generation, const config::Config& config);
    // The same by a new process, which is told what is common to all anew.
    void renew();
    // Before this process becomes another program.
    void rest() { process_->rest(); }
    void go_on();
    // The end: what is to be said is said before.
    void finish();

private:
    Snmp(os::EventLoop& loop, const Options& options) : loop_{loop}, options_{options} {}
    Result<os::StartMessage> message();
    void on_request();

    os::EventLoop& loop_;
    const Options& options_;
    plan::SnmpPlan plan_;
    os::UniqueFd ledger_;
    os::UniqueFd configuration_;
    PublishedPages pages_;
    os::UniqueFd given_;  // ends of a pair: the process's, ours
    os::UniqueFd passing_;
    os::Source requests_;
    os::Timer pause_;  // nobody needs connections faster than that
    std::unique_ptr<Attendant> process_;
};

}  // namespace holdfast::core
