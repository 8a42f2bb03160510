// Rows of what instances and sync groups track beside interfaces: scripts, files, processes, BFD sessions.
#include "config/schema.h"
#include "config/schema_bind.h"
#include "config/schema_tables.h"

namespace holdfast::config {

using namespace binding;  // NOLINT: the vocabulary of the tables

namespace {

// --- References -----------------------------------------------------------------------------------------

constexpr Keyword reference_reverse_rows[] = {
    {.name = "reverse",
     .arguments = {says(at<&TrackerReference::reverse>())},
     .doc = "Change the sign of the adjustment."},
    {.name = "noreverse",
     .arguments = {says(at<&TrackerReference::reverse>(), 0)},
     .doc = "Keep it, although the definition says reverse."},
};
constexpr Keyword weight_253_rows[] = {
    {.name = "weight",
     .arguments = {arg(Kind::integer, "-253..253 (254 becomes 253)", at<&TrackerReference::weight>())},
     .doc = "Instead of the weight of its definition."},
};
constexpr Keyword weight_254_rows[] = {
    {.name = "weight",
     .arguments = {arg(Kind::integer, "-254..254", at<&TrackerReference::weight>())},
     .doc = "Instead of the weight of its definition."},
};
constexpr Block tracker_253_options{"TRACKER", {weight_253_rows, reference_reverse_rows}};
constexpr Block tracker_254_options{"FILE OR PROCESS TRACKER", {weight_254_rows, reference_reverse_rows}};

// --- Definitions ----------------------------------------------------------------------------------------

template <class Definition>
constexpr Keyword reverse_rows[] = {
    {.name = "reverse",
     .arguments = {says(at<&Definition::reverse>())},
     .doc = "Change the sign of the adjustment."},
    {.name = "noreverse", .arguments = {says(at<&Definition::reverse>(), 0)}, .doc = "Keep it."},
};
template <class Definition>
constexpr Block weight_options{"weight", {reverse_rows<Definition>}};

constexpr Keyword script_rows[] = {
    {.name = "script",
     .arguments = {arg(Kind::command, {}, at<&TrackedScript::command>())},
     .doc = "Command to run; words after the first are ignored.",
     .required = true,
     .counts_scripts = true},
    {.name = "interval",
     .arguments = {arg(Kind::milli_decimal, "0.001..4294.967295 (0 becomes 1)",
                       at<&TrackedScript::interval>())},
     .fallback = "1",
     .doc = "Time between runs."},
    {.name = "timeout",
     .arguments = {arg(Kind::milli_decimal, "0.001..4294.967295 (0 becomes 1)",
                       at<&TrackedScript::timeout>())},
     .fallback = "interval",
     .doc = "Kill and count as failure after this time."},
    {.name = "weight",
     .arguments = {arg(Kind::integer, "-253..253 (254 becomes 253)", at<&TrackedScript::weight>())},
     .options = &weight_options<TrackedScript>,
     .fallback = "0",
     .doc = "Priority adjustment; 0 means FAULT on failure."},
    {.name = "rise",
     .arguments = {arg(Kind::integer, "1..2147483647", at<&TrackedScript::rise>())},
     .fallback = "1",
     .doc = "Successes needed to come up."},
    {.name = "fall",
     .arguments = {arg(Kind::integer, "1..2147483647", at<&TrackedScript::fall>())},
     .fallback = "1",
     .doc = "Failures needed to go down."},
    {.name = "user",
     .arguments = {arg(Kind::user, {}, at<&TrackedScript::user>())},
     .fallback = "script_user",
     .doc = "User running the script; an unknown user removes the script."},
    {.name = "init_fail",
     .arguments = {says(at<&TrackedScript::init_fail>())},
     .fallback = "off",
     .doc = "Assume failed until first success."},
};
constexpr Block script_block{"vrrp_script", {script_rows}};

// `delay` says both; it is kept as the two.
constexpr Field both_delays{.set =
                                [](Target target, Value value, Place place) {
                                    auto& process = owner_of<TrackedProcess>(target);
                                    process.fork_delay = {std::get<Duration>(value), place};
                                    process.terminate_delay = process.fork_delay;
                                },
                            .get = [](Target) -> std::optional<Value> { return std::nullopt; }};

constexpr Keyword process_rows[] = {
    {.name = "process",
     .arguments = {arg(Kind::process, {}, at<&TrackedProcess::command>())},
     .doc = "Process to look for; parameters imply full_command.",
     .repeat = Repeat::first_wins,
     .required = true},
    {.name = "param_match",
     .arguments = {opt(Kind::choice, "initial partial", at<&TrackedProcess::param_match>(),
                       static_cast<int>(ParamMatch::exact))},
     .fallback = "exact",
     .doc = "How parameters are compared."},
    {.name = "weight",
     .arguments = {arg(Kind::integer, "-254..254", at<&TrackedProcess::weight>())},
     .options = &weight_options<TrackedProcess>,
     .fallback = "0",
     .doc = "Priority adjustment; 0 means FAULT without quorum; first non-zero wins."},
    {.name = "quorum",
     .arguments = {arg(Kind::integer, "1..65535", at<&TrackedProcess::quorum>())},
     .fallback = "1",
     .doc = "Minimum number of processes."},
    {.name = "quorum_max",
     .arguments = {arg(Kind::integer, "0..65535", at<&TrackedProcess::quorum_max>())},
     .fallback = "unlimited",
     .doc = "Maximum number; 0 means none may run."},
    {.name = "delay",
     .arguments = {arg(Kind::decimal, "0.000001..3600", both_delays)},
     .fallback = "0",
     .doc = "Sets fork_delay and terminate_delay."},
    {.name = "terminate_delay",
     .arguments = {arg(Kind::decimal, "0.000001..3600", at<&TrackedProcess::terminate_delay>())},
     .fallback = "0",
     .doc = "Wait before reporting quorum lost."},
    {.name = "fork_delay",
     .arguments = {arg(Kind::decimal, "0.000001..3600", at<&TrackedProcess::fork_delay>())},
     .fallback = "0",
     .doc = "Wait before reporting quorum gained."},
    {.name = "full_command",
     .arguments = {says(at<&TrackedProcess::full_command>())},
     .fallback = "off",
     .doc = "Match the full command line rather than comm."},
};
constexpr Block process_block{"vrrp_track_process", {process_rows}};

constexpr Keyword init_file_rows[] = {
    {.name = "",
     .arguments = {arg(Kind::integer, "-2147483647..2147483647", at<&TrackedFile::init_value>())},
     .doc = "What to write."},
    {.name = "overwrite",
     .arguments = {says(at<&TrackedFile::init_overwrites>())},
     .doc = "Write even if the file exists."},
};
constexpr Block init_file_options{"init_file", {init_file_rows}};

constexpr Keyword file_rows[] = {
    {.name = "file",
     .arguments = {arg(Kind::word, {}, at<&TrackedFile::path>())},
     .doc = "File to watch with inotify; first wins.",
     .repeat = Repeat::first_wins,
     .required = true},
    {.name = "weight",
     .arguments = {arg(Kind::integer, "-254..254", at<&TrackedFile::weight>())},
     .options = &weight_options<TrackedFile>,
     .fallback = "1",
     .doc = "Multiplier of the file value; 0 means non-zero content is FAULT."},
    {.name = "init_file",
     .arguments = {says(at<&TrackedFile::init>())},
     .options = &init_file_options,
     .fallback = "no write; VALUE 0",
     .doc = "Create (or overwrite) the file at start, not on reload."},
};
constexpr Block file_block{"track_file", {file_rows}};
constexpr Block old_file_block{"vrrp_track_file", {file_rows}};

constexpr Keyword check_option_rows[] = {
    {.name = "status",
     .arguments = {Argument{
         .kind = Kind::number_range, .range = "100..599", .field = at<&TrackedCheck::status>(), .number = 0}},
     .doc = "HTTP status codes that are good, N or N-M; 200-399 when not written."},
    {.name = "contains",
     .arguments = {arg(Kind::word, {}, at<&TrackedCheck::contains>())},
     .doc = "Text that the first 64 KiB of the HTTP answer must contain."},
    {.name = "host",
     .arguments = {arg(Kind::word, {}, at<&TrackedCheck::host>())},
     .doc = "Host header, when it is not that of the URL."},
    {.name = "insecure", .arguments = {says(at<&TrackedCheck::insecure>())}, .doc = "Take any certificate."},
    {.name = "dev",
     .arguments = {arg(Kind::interface, {}, at<&TrackedCheck::dev>())},
     .doc = "Interface on whose wire an arp check asks; needed there."},
    {.name = "user",
     .arguments = {arg(Kind::word, {}, at<&TrackedCheck::user>())},
     .doc = "Database user who must be able to log in without a password; without it an answer is enough."},
};
constexpr Block check_options{"check", {check_option_rows}};

constexpr Keyword check_rows[] = {
    {.name = "check",
     .arguments = {arg(Kind::choice,
                       "tcp unix http https icmp arp systemd-unit mysql-ping postgresql-ping redis-ping",
                       at<&TrackedCheck::type>()),
                   Argument{.kind = Kind::word, .field = at<&TrackedCheck::target>(), .label = "TARGET"}},
     .options = &check_options,
     .doc = "What is checked, and where.",
     .required = true,
     .secrecy = Secrecy::credentials},
    {.name = "interval",
     .arguments = {arg(Kind::milli_decimal, "0.001..4294.967295 (0 becomes 1)",
                       at<&TrackedCheck::interval>())},
     .fallback = "1",
     .doc = "Time between checks."},
    {.name = "timeout",
     .arguments = {arg(Kind::milli_decimal, "0.001..4294.967295 (0 becomes 1)",
                       at<&TrackedCheck::timeout>())},
     .fallback = "interval",
     .doc = "No answer within this time is a failure."},
    {.name = "weight",
     .arguments = {arg(Kind::integer, "-253..253 (254 becomes 253)", at<&TrackedCheck::weight>())},
     .options = &weight_options<TrackedCheck>,
     .fallback = "0",
     .doc = "Priority adjustment; 0 means FAULT on failure."},
    {.name = "rise",
     .arguments = {arg(Kind::integer, "1..2147483647", at<&TrackedCheck::rise>())},
     .fallback = "1",
     .doc = "Successes needed to come up."},
    {.name = "fall",
     .arguments = {arg(Kind::integer, "1..2147483647", at<&TrackedCheck::fall>())},
     .fallback = "1",
     .doc = "Failures needed to go down."},
    {.name = "init_fail",
     .arguments = {says(at<&TrackedCheck::init_fail>())},
     .fallback = "off",
     .doc = "Assume failed until first success."},
};
constexpr Block check_block{"vrrp_check", {check_rows}};

// Sessions do not run: what the rows write is shown, and what has no field is kept as it was written.
constexpr Keyword bfd_rows[] = {
    {.name = "source_ip", .arguments = {arg(Kind::address)}, .fallback = "any", .doc = "Local address."},
    {.name = "neighbor_ip", .arguments = {arg(Kind::address)}, .doc = "Peer address.", .required = true},
    {.name = "neighbour_ip",
     .arguments = {arg(Kind::address)},
     .doc = "Spelling variant.",
     .alias_of = "neighbor_ip"},
    {.name = "min_rx",
     .arguments = {arg(Kind::ms_decimal, "1..4294967")},
     .fallback = "10",
     .doc = "Required minimum receive interval."},
    {.name = "min_tx",
     .arguments = {arg(Kind::ms_decimal, "1..4294967")},
     .fallback = "10",
     .doc = "Desired minimum transmit interval."},
    {.name = "idle_tx",
     .arguments = {arg(Kind::ms_decimal, "1000..4294967")},
     .fallback = "1000",
     .doc = "Transmit interval while the session is down."},
    {.name = "multiplier",
     .arguments = {arg(Kind::integer, "1..255")},
     .fallback = "5",
     .doc = "Detection multiplier."},
    {.name = "passive", .fallback = "off", .doc = "Wait for the peer to start."},
    {.name = "ttl",
     .arguments = {arg(Kind::integer, "1..255")},
     .fallback = "255 IPv4, 64 IPv6",
     .doc = "TTL of sent packets."},
    {.name = "hoplimit",
     .arguments = {arg(Kind::integer, "1..255")},
     .fallback = "see ttl",
     .doc = "Same setting as ttl.",
     .alias_of = "ttl"},
    {.name = "max_hops",
     .arguments = {arg(Kind::integer, "-1..255")},
     .fallback = "0",
     .doc = "Allowed TTL decrease; 255 disables the check."},
    {.name = "multihop",
     .arguments = {boolean({})},
     .fallback = "off",
     .doc = "Use port 4784 instead of 3784."},
    {.name = "weight",
     .arguments = {arg(Kind::integer, "-253..253 (254 becomes 253)", at<&BfdInstance::weight>())},
     .options = &weight_options<BfdInstance>,
     .fallback = "0",
     .doc = "Default weight for track_bfd.",
     .effective = false},
    {.name = "vrrp",
     .arguments = {says(at<&BfdInstance::for_vrrp>())},
     .fallback = "both",
     .doc = "Deliver events to the VRRP process (only, unless checker too).",
     .effective = false},
    {.name = "checker",
     .arguments = {says(at<&BfdInstance::for_checker>())},
     .fallback = "both",
     .doc = "Deliver events to the checker process (only, unless vrrp too).",
     .effective = false},
};
constexpr Block bfd_block{"bfd_instance", {bfd_rows}};

// --- References -----------------------------------------------------------------------------------------

constexpr Keyword reference_host_rows[] = {
    {.name = "dev",
     .arguments = {arg(Kind::interface, {}, at<&ReferenceHost::dev>())},
     .fallback = "interface of the instance",
     .doc = "Interface on whose wire it should answer; needed in a sync group."},
};
constexpr Block reference_host_options{"REFERENCE", {reference_host_rows}};
constexpr Entry reference_host_entry{.arguments = {arg(Kind::address, {}, at<&ReferenceHost::address>())},
                                     .options = &reference_host_options};

constexpr Keyword reference_rows[] = {
    {.name = "",
     .body = Body::lines,
     .entry = &reference_host_entry,
     .children = list<&TrackedReachability::hosts>(),
     .doc = "A host that should answer to ARP or neighbour solicitation: a gateway, a switch; one a line.",
     .repeat = Repeat::accumulates},
    {.name = "quorum",
     .arguments = {arg(Kind::integer, "1..65535", at<&TrackedReachability::quorum>())},
     .fallback = "1",
     .doc = "How many of them must answer."},
    {.name = "rise",
     .arguments = {arg(Kind::integer, "1..2147483647", at<&TrackedReachability::rise>())},
     .fallback = "1",
     .doc = "Rounds with a quorum needed to come up."},
};

constexpr Keyword tracked_reference_rows[] = {
    {.name = "interval",
     .arguments = {arg(Kind::milli_decimal, "0.01..3600", at<&TrackedReachability::interval>())},
     .fallback = "1",
     .doc = "Time between two rounds of questions; what has not answered until the next has not answered."},
    {.name = "fall",
     .arguments = {arg(Kind::integer, "1..2147483647", at<&TrackedReachability::fall>())},
     .fallback = "3",
     .doc = "Rounds without one needed to go down."},
    {.name = "weight",
     .arguments = {arg(Kind::integer, "-253..253 (254 becomes 253)", at<&TrackedReachability::weight>())},
     .options = &weight_options<TrackedReachability>,
     .fallback = "0",
     .doc = "Priority adjustment; 0 means FAULT without quorum."},
};

// Of a guard: known before the peer's down timer ends.
constexpr Keyword guard_reference_rows[] = {
    {.name = "interval",
     .arguments = {arg(Kind::milli_decimal, "0.01..3600", at<&TrackedReachability::interval>())},
     .fallback = "advert_int",
     .doc = "Time between two rounds of questions; what has not answered until the next has not answered."},
    {.name = "fall",
     .arguments = {arg(Kind::integer, "1..2147483647", at<&TrackedReachability::fall>())},
     .fallback = "2",
     .doc = "Rounds without a quorum after which the references are gone."},
};

constexpr Keyword guard_reference_option_rows[] = {
    {.name = "quorum",
     .arguments = {arg(Kind::integer, "1..65535", at<&TrackedReachability::quorum>())},
     .doc = "How many of them must answer."},
};

constexpr Keyword root_rows[] = {
    {.name = "vrrp_script",
     .arguments = {arg(Kind::defines, "vrrp_script", at<&TrackedScript::name>())},
     .body = Body::block,
     .block = &script_block,
     .children = list<&Config::scripts>(),
     .doc = "Periodic health script usable in track_script.",
     .repeat = Repeat::accumulates},
    {.name = "vrrp_check",
     .arguments = {arg(Kind::defines, "vrrp_check", at<&TrackedCheck::name>())},
     .body = Body::block,
     .block = &check_block,
     .children = list<&Config::checks>(),
     .finish = &finish_check,
     .doc = "Check that needs no script, usable in track_check (new in Holdfast).",
     .repeat = Repeat::accumulates},
    {.name = "vrrp_track_process",
     .arguments = {arg(Kind::defines, "vrrp_track_process", at<&TrackedProcess::name>())},
     .body = Body::block,
     .block = &process_block,
     .children = list<&Config::processes>(),
     .doc = "Process-presence monitor usable in track_process.",
     .repeat = Repeat::accumulates},
    {.name = "track_file",
     .arguments = {arg(Kind::defines, "track_file", at<&TrackedFile::name>())},
     .body = Body::block,
     .block = &file_block,
     .children = list<&Config::files>(),
     .doc = "File whose integer content drives priority, weight or fault.",
     .repeat = Repeat::accumulates},
    {.name = "vrrp_track_file",
     .arguments = {arg(Kind::defines, "track_file", at<&TrackedFile::name>())},
     .body = Body::block,
     .block = &old_file_block,
     .children = list<&Config::files>(),
     .doc = "Old name of track_file.",
     .alias_of = "track_file",
     .repeat = Repeat::accumulates},
    {.name = "bfd_instance",
     .arguments = {arg(Kind::defines, "bfd_instance 31", at<&BfdInstance::name>())},
     .body = Body::block,
     .block = &bfd_block,
     .children = list<&Config::bfd_instances>(),
     .doc = "One BFD session.",
     .repeat = Repeat::accumulates,
     .effective = false},
};

}  // namespace

const Entry track_script_entry{.arguments = {arg(Kind::refers, "vrrp_script", at<&TrackerReference::name>())},
                               .options = &tracker_253_options};
const Entry track_file_entry{.arguments = {arg(Kind::refers, "track_file", at<&TrackerReference::name>())},
                             .options = &tracker_254_options};
const Entry track_process_entry{
    .arguments = {arg(Kind::refers, "vrrp_track_process", at<&TrackerReference::name>())},
    .options = &tracker_254_options};
const Entry track_check_entry{.arguments = {arg(Kind::refers, "vrrp_check", at<&TrackerReference::name>())},
                              .options = &tracker_253_options};
const Entry track_bfd_entry{.arguments = {arg(Kind::refers, "bfd_instance", at<&TrackerReference::name>())},
                            .options = &tracker_253_options};

const Block reachability_block{"track_reachability", {reference_rows, tracked_reference_rows}};
const Block guard_references_block{"split_brain/references", {reference_rows, guard_reference_rows}};
const Block guard_references_options{"references", {guard_reference_option_rows}};

std::span<const Keyword> tracker_roots() {
    return root_rows;
}

}  // namespace holdfast::config
