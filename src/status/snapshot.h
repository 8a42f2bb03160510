// What the outside may know, as plain values: of the virtual routers, published by the vrrp process, and of
// everything tracked, published by the checker. Texts are for people and bounded. The bytes are a sequence of
// tagged entries, so that a writer may make them piece by piece; a reader takes them for hostile.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/names.h"
#include "base/result.h"
#include "base/time.h"
#include "status/guarding.h"

namespace holdfast::status {

// Counts with the form of the bytes; another one is refused.
constexpr std::uint16_t snapshot_version = 7;

enum class RouterState : std::uint8_t { initialize, backup, active, fault };
constexpr auto names_of(RouterState) {
    using enum RouterState;
    return std::array{Name{initialize, "Initialize"}, Name{backup, "Backup"}, Name{active, "Active"},
                      Name{fault, "Fault"}};
}

// What an operator has ordered, and what holds until it is taken back.
enum class Order : std::uint8_t { none, drained, handed_over, taken_over };
constexpr auto names_of(Order) {
    using enum Order;
    return std::array{Name{none, "none"}, Name{drained, "drained"}, Name{handed_over, "handed-over"},
                      Name{taken_over, "taken-over"}};
}

enum class Verdict : std::uint8_t { unknown, good, bad };
constexpr auto names_of(Verdict) {
    using enum Verdict;
    return std::array{Name{unknown, "unknown"}, Name{good, "good"}, Name{bad, "bad"}};
}

// Who says it, and when. Instants of a snapshot are on CLOCK_MONOTONIC; `taken` says them in both.
struct Head {
    std::string version;        // of the program
    std::string node;           // router_id
    std::string configuration;  // path of the file
    Instant started{};          // of this process
    Instant taken{};            // no transition told until then is left out
    Duration taken_wall{0};     // since 1970
};

// Something tracked that told at that moment: it moved the priority, or was a fault.
struct Factor {
    std::string name;  // "check web", "link eth1"
    Verdict verdict{};
    bool is_fault = false;
    std::int32_t amount = 0;
};

struct HeardLast {
    IpAddress address;
    std::uint8_t priority = 0;  // 0: it resigned
    Instant when{};
};

// What was known at the moment of a transition.
struct Evidence {
    std::uint8_t priority = 0;         // effective
    std::uint8_t former_priority = 0;  // before it last moved; 0: it never has
    std::optional<Instant> priority_moved;
    std::optional<HeardLast> heard;  // of all whose adverts were accepted; nothing: nobody
    // In force until then.
    Duration active_interval{0};
    Duration down_interval{0};
    std::vector<Factor> factors;  // the first ones
    std::uint32_t factors_total = 0;
    std::uint8_t guard_row = 0;  // of its table, that decided last; 0: none
    std::string guard_found;     // what the row is about
    std::string guard_verdict;
};

struct Transition {
    Instant when{};
    Instant told{};  // to whoever publishes; each of one process later than the one before
    RouterState from{};
    RouterState to{};
    std::string kind;                  // name of the cause, for programs
    std::string member;                // instance that led the group; empty: this one did, or none
    std::string member_kind;           // why that one moved
    std::string cause;                 // one clause, with the times in force
    std::optional<Evidence> evidence;  // of a group that of `member`
};

// Nobody is told of what is older.
constexpr Duration longest_news = std::chrono::minutes{5};
// It was told later than `since`, and no transition told until then is missing in a snapshot taken then.
bool is_news(const Transition& transition, Instant since, const Head& head);

// Part of the difference between the effective and the configured priority.
struct Adjustment {
    std::string name;  // "check web", "link eth1"
    std::int32_t amount = 0;
};

struct Peer {
    IpAddress address;
    std::uint8_t priority = 0;     // of its last advert; 0: it resigned, or never advertised
    std::optional<Instant> heard;  // last advert; nothing: never
    std::uint64_t adverts = 0;     // accepted
    bool is_followed = false;      // it is the Active router
    bool is_configured = false;    // unicast_peer
};

struct VirtualAddress {
    Prefix prefix;
    std::string link;
    bool in_place = false;
    bool is_excluded = false;  // not in adverts
};

// What is wrong with an advert that says so little of its sender (RFC 6527's words).
enum class ProtocolError : std::uint8_t { none, ttl, version, checksum };
constexpr auto names_of(ProtocolError) {
    using enum ProtocolError;
    return std::array{Name{none, "none"}, Name{ttl, "ttl"}, Name{version, "version"},
                      Name{checksum, "checksum"}};
}

// Which of the configured ones are in the kernel: virtual addresses before excluded ones, all in the order of
// the configuration.
struct Held {
    std::vector<bool> addresses;
    std::vector<bool> routes;
    std::vector<bool> rules;
};

struct Counter {
    std::string name;
    std::uint64_t value = 0;
};

struct Instance {
    std::string name;
    std::uint8_t vrid = 0;
    std::uint8_t version = 2;
    Family family = Family::ipv4;
    std::string link;   // empty: none
    std::string group;  // empty: none
    RouterState state{};
    bool wants_active = false;  // its down timer ended, its group holds it back
    bool has_fault = false;
    Instant since{};
    Order order{};
    Instant ordered{};          // since when
    std::uint8_t priority = 0;  // effective
    std::uint8_t configured_priority = 0;
    std::optional<IpAddress> source;
    Duration advert_interval{0};  // configured
    Duration active_interval{0};  // learned
    Duration down_interval{0};    // Active_Down_Interval in force
    std::string fault;            // what the configuration forbids; empty: nothing
    std::uint32_t addresses_total = 0;
    std::uint32_t addresses_in_place = 0;
    std::vector<VirtualAddress> addresses;  // the first ones
    std::vector<Adjustment> adjustments;
    std::vector<Peer> peers;
    std::vector<Transition> transitions;  // the last ones, oldest first
    std::vector<Counter> counters;
    ProtocolError last_error{};             // of the adverts refused
    std::optional<IpAddress> error_source;  // of the last advert refused for that, or its authentication
    Held held;
};

struct Group {
    std::string name;
    RouterState state{};
    std::vector<std::string> members;
    std::vector<Transition> transitions;  // the last ones, oldest first
};

// What is told of an instance that a reload removed. Nothing of one that was in Fault already, unless it is
// to be told as deleted.
enum class LastWord : std::uint8_t { none, fault, deleted };
constexpr auto names_of(LastWord) {
    using enum LastWord;
    return std::array{Name{none, "none"}, Name{fault, "fault"}, Name{deleted, "deleted"}};
}

// An instance that a reload removed.
struct Departed {
    std::string name;
    std::uint8_t vrid = 0;
    Family family = Family::ipv4;
    std::string link;   // empty: none
    std::string group;  // empty: none
    bool begins_active = false;
    LastWord word{};
    std::vector<Transition> transitions;  // the last ones; the last of them is its end
};

// As the vrrp process has it: what counts for the priorities.
struct TrackerVerdict {
    std::string name;
    Verdict verdict{};
    std::int32_t value = 0;  // of a tracked file
};

struct RoutersSnapshot {
    Head head;
    std::vector<Instance> instances;
    std::vector<Group> groups;
    std::vector<TrackerVerdict> trackers;
    std::vector<GuardState> guards;
    Held statics;                    // of no instance
    std::vector<Departed> departed;  // the last ones, oldest first
};

// As the checker process has it: what it saw.
struct Check {
    std::string name;    // "check web"
    std::string kind;    // "script", "http", "file", "process"
    std::string target;  // command line, URL, path
    Verdict verdict{};
    Instant since{};                    // of the verdict
    std::optional<std::int32_t> value;  // of a file; of processes how many run
    Verdict last{};                     // result of the last run; unknown: none yet
    std::string outcome;                // of the last run, in words: "exit status 1"
    std::string output;                 // of the last run, its end
    std::optional<Instant> last_end;
    Duration last_duration{0};
    Duration interval{0};  // 0: nothing is run
    Duration timeout{0};
    std::uint32_t rise = 0;
    std::uint32_t fall = 0;
    std::uint64_t runs = 0;      // that have ended
    std::uint64_t failures = 0;  // of them
};

// Whoever is guarded against split brain: an instance, or a group.
struct GuardedUnit {
    std::string unit;  // "VI_1", "group VG_1"
    bool has_incident = false;
    std::string kind;         // of the incident that is open
    Duration opened_wall{0};  // since 1970
};

struct ChecksSnapshot {
    Head head;
    std::vector<Check> checks;
    std::vector<GuardedUnit> guarded;
};

// Bounds, of one entry.
constexpr std::size_t most_name = 255;
constexpr std::size_t most_text = 400;
constexpr std::size_t most_output = 200;
constexpr std::size_t most_addresses = 256;
constexpr std::size_t most_marks = 65535;  // of Held
constexpr std::size_t most_factors = 8;
constexpr std::size_t most_departed = 1024;
constexpr std::size_t most_entries = 64;  // of every other list
constexpr std::size_t most_entry_bytes = std::size_t{128} << 10;

// Enough for a configuration of that size.
std::size_t routers_capacity(std::size_t instances, std::size_t groups, std::size_t trackers);
std::size_t checks_capacity(std::size_t trackers, std::size_t guarded);

// One entry each; texts and lists are cut at their bounds. A snapshot is its head, the others in any order,
// and the end.
void write(ByteWriter& out, const Head& head);
void write(ByteWriter& out, const Instance& instance);
void write(ByteWriter& out, const Group& group);
void write(ByteWriter& out, const TrackerVerdict& tracker);
void write(ByteWriter& out, const GuardState& guard);
void write(ByteWriter& out, const Held& statics);
void write(ByteWriter& out, const Departed& departed);
void write(ByteWriter& out, const Check& check);
void write(ByteWriter& out, const GuardedUnit& guarded);
void write_end(ByteWriter& out);

Result<RoutersSnapshot> read_routers(ByteView bytes);
Result<ChecksSnapshot> read_checks(ByteView bytes);

// Cut between characters, not within one.
std::string_view cut(std::string_view text, std::size_t most);
// Fit for a terminal: what is no printable UTF-8 becomes '?', a line break or tabulator a space.
std::string printable(std::string_view text);

}  // namespace holdfast::status
