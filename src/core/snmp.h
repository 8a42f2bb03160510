// The SNMP process: it serves MIBs as sub-agent of the host's SNMP agent, from what the others have
// published. It runs while the configuration or the command line asks for it, over generations, so that
// nothing is missing from the MIBs meanwhile. The master's socket is root's as a rule, so core connects to
// it, and to nothing else, whenever that process asks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/attendant.h"
#include "core/generation.h"
#include "core/links.h"
#include "core/options.h"
#include "os/event_loop.h"
#include "os/passing.h"
#include "os/unique_fd.h"
#include "plan/snmp.h"

namespace holdfast::core {

class Snmp {
public:
    // What the master was told to set, together; for the answer.
    using SetValues = std::function<void(const std::vector<os::ValueWanted>&, Asker)>;
    // options outlive this.
    static Result<std::unique_ptr<Snmp>> create(os::EventLoop& loop, const Options& options,
                                                std::vector<std::string> argv, SetValues set_values);

    // From now on it shows that generation, if it is to run at all.
    void show(const Generation& generation, const config::Config& config);
    void tell_log_level(os::Level least) { links_.tell(os::LogDetail{.least = least}); }
    // Before this process becomes another program.
    void rest() { process_->rest(); }
    void go_on();
    // The end: what is to be said is said before.
    void finish();

private:
    Snmp(os::EventLoop& loop, const Options& options, SetValues set_values);
    void on_message(const os::Message& message, const Links::AskerOf& asker_of);
    Result<os::StartMessage> message();
    void on_request();
    void give(os::Wanted what);

    os::EventLoop& loop_;
    const Options& options_;
    plan::SnmpPlan plan_;
    os::UniqueFd ledger_;
    os::UniqueFd configuration_;
    PublishedPages pages_;
    SetValues set_values_;
    Links links_;
    std::vector<os::ValueWanted> wanted_;  // a series that is not complete
    os::UniqueFd given_;                   // ends of a pair: the process's, ours
    os::UniqueFd passing_;
    os::Source requests_;
    os::Timer pause_;  // nobody needs descriptors faster than that
    std::unique_ptr<Attendant> process_;
};

}  // namespace holdfast::core
