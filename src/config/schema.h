// What a configuration may say: one row per keyword, one table per block. Parser, argument checks, dump, the
// manual's reference, completion and the report of words without effect all come from these rows, so adding
// an option touches its row, its field, its use and its test. Rules between values are in rules.cc.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"
#include "config/host.h"

namespace holdfast::config {

// --- Values between text and fields -------------------------------------------------------------------

// `[TYPE] PREFIX` of a route.
struct RouteTarget {
    std::uint8_t type = 1;
    Prefix prefix;
    bool any = false;  // written default, any or all: the zero prefix of the line's family
};

// `from` and `to` of a rule: the same, without a type.
struct Selector {
    Prefix prefix;
    bool any = false;
};

struct Broadcast {
    BroadcastKind kind = BroadcastKind::none;
    IpAddress address;
};

struct Mark {
    std::uint32_t value = 0;
    std::optional<std::uint32_t> mask;
};

// What a grammar yields. Integers, choices and positions of enums travel as 64 bit numbers.
using Value =
    std::variant<bool, std::int64_t, Duration, std::string, IpAddress, Prefix, Script, ScriptUser, Fifo,
                 std::vector<std::string>, std::vector<std::uint32_t>, RouteMetric, Realms, NumberRange,
                 Lifetime, ReceiveBuffers, RouteTarget, Selector, Broadcast, Mark, std::vector<Named>>;

// A typed block, or a line of options, that rows write to; monostate: everything in it is kept as Unbound.
using Target =
    std::variant<std::monostate, Config*, GlobalDefs*, Instance*, SyncGroup*, TrackGroup*, GarpGroup*,
                 Authentication*, Address*, Route*, Rule*, NextHop*, Encap*, TrackedInterface*,
                 TrackerReference*, TrackedScript*, TrackedFile*, TrackedProcess*, TrackedCheck*,
                 BfdInstance*, TrackedReachability*, ReferenceHost*, UnicastPeer*, InterfaceDelays*,
                 SplitBrain*, Heartbeat*, Fence*, FenceOption*, Webhook*, AlertCommand*, MetricsListen*>;

// How a row reaches its field. set: an earlier value is replaced, a list grows. get: nothing when not
// written.
struct Field {
    void (*set)(Target, Value, Place) = nullptr;
    std::optional<Value> (*get)(Target) = nullptr;
    explicit operator bool() const { return set != nullptr; }
};

// How a row reaches the blocks or lines that it opens.
struct Children {
    Target (*add)(Target parent, Place) = nullptr;
    void (*drop_last)(Target parent) = nullptr;
    std::size_t (*count)(Target parent) = nullptr;
    Target (*at)(Target parent, std::size_t index) = nullptr;
    explicit operator bool() const { return add != nullptr; }
};

// --- Rows ---------------------------------------------------------------------------------------------

enum class Kind : std::uint8_t {
    constant,       // no word: the keyword itself says `number`
    boolean,        // on true yes, off false no; bare means on
    integer,        // decimal
    number,         // decimal, or octal after 0, or hexadecimal after 0x
    seconds,        // whole seconds
    decimal,        // seconds with up to six places
    milli_decimal,  // seconds with up to three places
    ms_decimal,     // milliseconds with up to three places
    word,           // range: longest length; what is more is cut
    short_word,     // range: longest length; what is longer is refused
    rest,           // all words that follow, at least one
    choice,         // one of the words of range
    any_case_choice,
    defines,  // name of a new thing of the kind `range`
    refers,   // name of a thing of the kind `range`, defined above
    interface,
    new_interface,  // name of an interface that need not exist yet
    address,        // range: ipv4, ipv6 or empty; a /MASK or -RANGE tail is dropped
    peer_prefix,    // address with the prefix length behind it
    prefix,
    selector,      // prefix, default, any or all
    route_target,  // [TYPE] selector
    gateway,       // [inet or inet6] address
    broadcast,     // address, + or -
    script,        // command [user [[:]group]], split by the rules of scripts
    command,       // command; words behind it are ignored
    user,          // user [[:]group]
    group,         // of this host: name or number
    fifo,          // path [user [group]]
    email,
    hex,               // octets, several words; range `mask`: x is a wildcard nibble
    hmac_key,          // hex:DIGITS, file:PATH or text, 32 to 64 bytes
    process,           // name and parameters
    cpus,              // processor numbers
    mode_bits,         // number or IRUSR|IWUSR..., of umask
    rx_policy,         // MTU, ADVERT or bytes
    include_checks,    // [+-]read, match, wildcard_match, brace_match
    status_codes,      // N or N-M
    persistence_mask,  // IPv4 netmask or IPv6 prefix length
    service,           // IPADDR [PORT], fwmark N or group NAME
    service_entry,     // IPADDR [PORT], IPADDR-LAST, IPADDR/LEN, fwmark N
    table,             // numbers, or names of iproute2's tables
    scope,
    route_protocol,
    dsfield,
    interface_group,
    ip_protocol,
    realms,
    metric,             // [lock] N
    time_metric,        // [lock] TIME; number: kernel's scale
    locked_word,        // [lock] NAME
    lifetime,           // seconds or forever
    number_range,       // N-M; with number 0 N, too
    mark,               // N[/MASK]
    mpls_labels,        // N[/N...]
    locator,            // identifier-locator: four groups of hex digits
    router_preference,  // low, medium, high or a number
};

// One argument of a keyword: which words it takes and where its value goes.
struct Argument {
    Kind kind = Kind::constant;
    std::string_view range{};  // as the user writes it: "1..255", "MASTER BACKUP"
    Field field{};
    bool optional = false;
    std::int64_t number = 1;   // of a constant; of an optional argument that is missing
    std::string_view label{};  // for the manual, where the kind does not say it
};

enum class Repeat : std::uint8_t {
    last_wins,
    first_wins,
    accumulates,
    later_choice_wins,  // of `range`: state MASTER stays, whatever comes behind it
};

// What stands between the braces behind a keyword.
enum class Body : std::uint8_t {
    none,
    block,  // keywords
    lines,  // one entry per line
    words,  // one entry per word
};

// Whether its last word may be shown to others.
enum class Secrecy : std::uint8_t {
    none,
    hidden,       // of a URL scheme and host are shown, of a key the file it is read from
    credentials,  // if it is a URL with a user and a password, these are hidden
};

struct Block;
struct Keyword;

struct Entry {  // of Body::lines
    std::array<Argument, 3> arguments{};
    const Block* options = nullptr;
};

// Judges a block or a line after it was read; false leaves it out. Says why.
struct Judgement;  // in rules.h
using Finish = bool (*)(Target child, Target parent, Judgement&);

struct Keyword {  // NOLINT(clang-analyzer-optin.performance.Padding): rows read in this order
    std::string_view name;
    std::array<Argument, 3> arguments{};
    const Block* options = nullptr;  // words behind the arguments, in any order
    Body body = Body::none;
    const Block* block = nullptr;  // Body::block: what may stand in it
    const Entry* entry = nullptr;  // Body::lines, Body::words: what one entry is; with an empty name, lines
                                   // of the block that begin with no keyword
    Children children{};           // of Body::none: each line is an element of its own
    Finish finish = nullptr;
    std::string_view fallback{};  // default, as the user writes it
    std::string_view doc{};
    std::string_view alias_of{};  // another name of the same setting
    bool deprecated = false;      // said when used
    Repeat repeat = Repeat::last_wins;
    bool reloadable = true;
    bool required = false;        // its block is left out without it
    bool effective = true;        // false: bound, but without effect in this build
    bool counts_scripts = false;  // runs a program: enable_script_security is asked for
    Secrecy secrecy = Secrecy::none;

    // Whether its value reaches a typed field.
    bool bound() const;
};

struct Block {
    std::string_view name;  // path, as "virtual_server/real_server"
    std::array<std::span<const Keyword>, 4> parts{};

    const Keyword* find(std::string_view keyword) const;
    std::vector<std::string_view> names() const;
    template <class Visit>
    void each(Visit visit) const {
        for (const auto& part : parts)
            for (const auto& row : part)
                visit(row);
    }
};

// The tables.
const Block& root_block();
std::span<const Keyword> tracker_roots();  // blocks that define something to track
std::span<const Keyword> vrrp_roots();     // top-level words of VRRP
std::span<const Keyword> check_roots();    // top-level words of virtual servers
const Block& address_options();
const Block& route_options();
const Block& rule_options();

// Every block once, parents before children; option lines too.
std::vector<const Block*> all_blocks();

}  // namespace holdfast::config
