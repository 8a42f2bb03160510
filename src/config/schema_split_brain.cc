// Rows of split_brain in instances and sync groups.
#include "config/schema.h"
#include "config/schema_bind.h"
#include "config/schema_tables.h"

namespace holdfast::config {

using namespace binding;  // NOLINT: the vocabulary of the tables

namespace {

constexpr std::int64_t usual_speed = 115200;

constexpr Keyword heartbeat_rows[] = {
    {.name = "interface",
     .arguments = {arg(Kind::interface, {}, at<&Heartbeat::interface>())},
     .doc = "By VRRP's multicast group on that interface, or with unicast by that interface."},
    {.name = "unicast",
     .arguments = {arg(Kind::address, {}, at<&Heartbeat::peer>())},
     .doc = "To that address of the peer."},
    {.name = "source",
     .arguments = {arg(Kind::address, {}, at<&Heartbeat::source>())},
     .doc = "From that address of this host."},
    {.name = "serial",
     .arguments = {arg(Kind::word, {}, at<&Heartbeat::device>()),
                   opt(Kind::integer, "1200..4000000", at<&Heartbeat::speed>(), usual_speed)},
     .doc = "Over a serial line, at 115200 bits per second when no speed is written."},
};
constexpr Block heartbeat_options{"heartbeat", {heartbeat_rows}};

constexpr Keyword fence_rows[] = {
    {.name = "agent",
     .arguments = {arg(Kind::word, {}, at<&Fence::agent>())},
     .doc = "Fence agent, by name or path."},
    {.name = "fence_command",
     .arguments = {arg(Kind::script, {}, at<&Fence::command>())},
     .doc = "Command that fences the peer, instead of an agent.",
     .counts_scripts = true},
    {.name = "option",
     .arguments = {arg(Kind::word, {}, at<&FenceOption::name>()),
                   arg(Kind::word, {}, at<&FenceOption::value>())},
     .children = list<&Fence::options>(),
     .doc = "Option of the agent, written to its standard input; password_file NAME reads the password.",
     .repeat = Repeat::accumulates,
     .secrecy = Secrecy::hidden},
    {.name = "delay",
     .arguments = {arg(Kind::decimal, "0..3600", at<&Fence::delay>())},
     .fallback = "0",
     .doc = "Wait before fencing; give it to one node only, so that the two do not fence each other."},
    {.name = "delay_by_priority",
     .arguments = {boolean(at<&Fence::delay_by_priority>())},
     .fallback = "on",
     .doc = "The lower the configured priority, the longer the wait."},
    {.name = "timeout",
     .arguments = {arg(Kind::decimal, "0.1..3600", at<&Fence::timeout>())},
     .fallback = "20",
     .doc = "An attempt that takes longer is ended and has failed."},
    {.name = "retries",
     .arguments = {arg(Kind::integer, "0..100", at<&Fence::retries>())},
     .fallback = "2",
     .doc = "Further attempts after the first."},
    {.name = "on_failure",
     .arguments = {arg(Kind::choice, "hold takeover", at<&Fence::on_failure>())},
     .fallback = "hold",
     .doc = "What follows when no attempt succeeds."},
};
constexpr Block fence_block{"split_brain/fence", {fence_rows}};

constexpr Keyword rows[] = {
    {.name = "policy",
     .arguments = {arg(Kind::choice, "off alert hold fence takeover", at<&SplitBrain::policy>())},
     .doc = "What is done when the adverts stop although the peer may be active.",
     .required = true},
    {.name = "heartbeat",
     .options = &heartbeat_options,
     .children = list<&SplitBrain::heartbeats>(),
     .finish = &finish_heartbeat,
     .doc = "Further way by which the peers hear of each other.",
     .repeat = Repeat::accumulates},
    {.name = "heartbeat_key",
     .arguments = {arg(Kind::hmac_key, {}, at<&SplitBrain::heartbeat_key>())},
     .fallback = "none: heartbeats are not authenticated",
     .doc = "Key that the nodes share.",
     .secrecy = Secrecy::hidden},
    {.name = "heartbeat_port",
     .arguments = {arg(Kind::integer, "1..65535", at<&SplitBrain::heartbeat_port>())},
     .fallback = "5112",
     .doc = "UDP port of heartbeats."},
    {.name = "probe_addresses",
     .arguments = {boolean(at<&SplitBrain::probe_addresses>())},
     .fallback = "on",
     .doc = "Ask by ARP or neighbour discovery whether somebody still answers for the virtual addresses."},
    {.name = "references",
     .options = &guard_references_options,
     .body = Body::block,
     .block = &guard_references_block,
     .children = maybe<&SplitBrain::references>(),
     .doc =
         "Hosts that should answer; who reaches too few of them, and no peer, is the one that is cut off."},
    {.name = "isolated_active",
     .arguments = {arg(Kind::choice, "withdraw keep", at<&SplitBrain::isolated_active>())},
     .fallback = "withdraw with hold and fence, else keep",
     .doc = "What an active node does that reaches neither its peer nor its references."},
    {.name = "return_delay",
     .arguments = {arg(Kind::decimal, "0..86400", at<&SplitBrain::return_delay>())},
     .fallback = "30",
     .doc = "Who withdrew does not preempt before what made it withdraw has been gone for so long."},
    {.name = "fence",
     .body = Body::block,
     .block = &fence_block,
     .children = maybe<&SplitBrain::fence>(),
     .finish = &finish_fence,
     .doc = "How the peer is fenced."},
};

}  // namespace

const Block split_brain_block{"split_brain", {rows}};

}  // namespace holdfast::config
