// The files that SIGUSR1, SIGUSR2 and the JSON signal ask for, in keepalived's layout and words, because
// exporters parse them. Written safely against links laid in shared directories.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "net/links.h"
#include "os/channel.h"
#include "os/start.h"
#include "plan/plan.h"
#include "vrrp/holdings.h"

namespace holdfast::vrrp {

struct Dump {
    const os::StartMessage& start;
    const plan::Plan& plan;
    const engine::Engine& engine;
    const Holdings& holdings;
    const net::LinkTable& links;
};

// Where write_dump makes files; may name one twice.
std::vector<std::string> dump_directories(const os::StartMessage& start, const plan::Plan& plan);

// Which file an order writes is decided by the order. Text is complete before the file appears under its
// name.
Result<void> write_dump(os::Order order, const Dump& dump);

}  // namespace holdfast::vrrp
