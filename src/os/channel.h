// The only link between our processes: sequenced-packet socket pairs that carry typed, versioned messages.
// Every message is defined, encoded and decoded here. A receiver treats the other end as hostile: lengths,
// ranges, versions.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/names.h"
#include "base/result.h"
#include "os/accept_rule.h"
#include "os/control.h"
#include "os/event_loop.h"
#include "os/log.h"
#include "os/unique_fd.h"

namespace holdfast::os {

// core -> the others: what to do. A process that does not know an order ignores it.
enum class Order : std::uint8_t {
    go,         // begin to run; vrrp adopts from the page it was given, if any
    hand_over,  // vrrp: write the records and leave without releasing; checker: drain and leave, scripts go
                // on
    stop,       // release everything and leave
    dump_data,
    dump_stats,
    dump_stats_and_clear,
    dump_json,
    look_anew,  // snmp: another generation runs, whose pages are to be asked for
};
constexpr auto names_of(Order) {
    using enum Order;
    return std::array{Name{go, "go"},
                      Name{hand_over, "hand-over"},
                      Name{stop, "stop"},
                      Name{dump_data, "dump-data"},
                      Name{dump_stats, "dump-stats"},
                      Name{dump_stats_and_clear, "dump-stats-and-clear"},
                      Name{dump_json, "dump-json"},
                      Name{look_anew, "look-anew"}};
}

// vrrp, checker -> core: how far it is.
enum class Progress : std::uint8_t {
    ready,        // configuration read, sockets open; waits for go
    running,      // took over
    handed_over,  // records written, nothing will be sent any more
    stopped,      // everything released
};
constexpr auto names_of(Progress) {
    using enum Progress;
    return std::array{Name{ready, "ready"}, Name{running, "running"}, Name{handed_over, "handed-over"},
                      Name{stopped, "stopped"}};
}

// vrrp -> checker: what scripts, FIFOs and alerts are told.
enum class Happening : std::uint8_t {
    became_master,
    became_backup,
    fault,
    stopped,
    deleted,
    lower_priority_heard,
    priority_changed,
};
constexpr auto names_of(Happening) {
    using enum Happening;
    return std::array{Name{became_master, "MASTER"},
                      Name{became_backup, "BACKUP"},
                      Name{fault, "FAULT"},
                      Name{stopped, "STOP"},
                      Name{deleted, "DELETED"},
                      Name{lower_priority_heard, "MASTER_RX_LOWER_PRI"},
                      Name{priority_changed, "PRIORITY"}};
}

// The state before, in the configuration's words.
enum class Former : std::uint8_t { unknown, init, backup, master, fault };
constexpr auto names_of(Former) {
    using enum Former;
    return std::array{Name{unknown, ""}, Name{init, "INIT"}, Name{backup, "BACKUP"}, Name{master, "MASTER"},
                      Name{fault, "FAULT"}};
}

// Time of day, for people: what is decided by time goes by Instant.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// One event of an instance or a group: everything that scripts, FIFOs, mails, webhooks and commands are told.
struct Notice {
    static constexpr std::size_t longest_name = 255;
    static constexpr std::size_t longest_cause_kind = 64;
    static constexpr std::size_t longest_cause = 500;

    bool of_group = false;
    std::string name;  // of the instance or group; what is too long is cut, here and below
    Happening happening = Happening::became_backup;
    bool is_master = false;     // state when the priority changed
    std::uint8_t priority = 0;  // effective; 0 for a group
    bool at_reload = false;     // state told again after a reload: FIFOs only
    Former former = Former::unknown;
    std::string cause_kind;  // "peer-silent": engine::CauseKind's name
    std::string cause;       // the same in words, as it is logged
    WallTime time{};
};

// checker -> vrrp: how healthy something is that the configuration tracks. vrrp -> checker, after an
// adoption: what was known of it.
struct Judgement {
    std::uint32_t tracker = 0;  // position in the plan, which both have read from the same text
    bool good = false;
    std::int32_t value = 0;  // of a tracked file
};

// vrrp -> checker: fence the peer of a guarded unit.
struct FenceOrder {
    std::uint32_t guard = 0;  // position in the plan
};

// checker -> vrrp: how that has ended.
struct FenceReport {
    std::uint32_t guard = 0;
    bool confirmed = false;
};

enum class Chapter : std::uint8_t {
    opened,
    worse,  // of a worse kind than it was
    more,   // another entry of its time line
    closed
};
constexpr auto names_of(Chapter) {
    using enum Chapter;
    return std::array{Name{opened, "opened"}, Name{worse, "worse"}, Name{more, "more"},
                      Name{closed, "closed"}};
}

// vrrp -> checker: an incident of split brain began, grew, or is over.
struct IncidentNews {
    static constexpr std::size_t longest_id = 64;
    static constexpr std::size_t longest_text = 500;

    std::uint32_t guard = 0;  // position in the plan
    Chapter chapter = Chapter::opened;
    std::string unit;  // "VI_1", "group VG_1"; what is too long is cut, here and below
    std::string id;
    std::string kind;                  // engine::IncidentKind's name
    std::string text;                  // what was seen and done last
    std::vector<std::string> choices;  // engine::Choice's names: what an operator may choose now
    WallTime time{};
};

// checker -> vrrp: what an operator chose. Nothing happens where that incident is no longer the unit's.
struct IncidentChoice {
    std::uint32_t guard = 0;
    std::string id;
    std::string choice;
};

// vrrp -> checker: what became of a choice.
struct ChoiceOutcome {
    static constexpr std::size_t longest_text = 300;

    std::string id;
    std::string choice;
    bool done = false;
    std::string text;  // what is done, or why not; what is too long is cut
};

// core -> checker: somebody replied to an alert.
struct IncidentReply {
    std::uint32_t number = 0;  // among what this core has passed on
    std::string code;
};

// core -> vrrp: an operator's order.
struct SteeringOrder {
    std::uint32_t number = 0;
    Wish wish = Wish::resume;  // one that steers()
    std::string name;          // an instance or a group; empty: all
};

// core -> vrrp, checker, snmp: what is less severe is not logged from now on.
struct LogDetail {
    Level least = Level::info;
};

// checker, vrrp -> core, core -> monitor, snmp: what became of what was asked.
struct ReplyOutcome {
    std::uint32_t number = 0;
    Answer answer;
};

// vrrp -> core: the accept rules that the firewall of this host is to have, one by one; what is not among
// them is no longer wanted.
struct AcceptWanted {
    static constexpr std::uint16_t most = 1024;

    std::uint16_t position = 0;
    std::uint16_t count = 0;         // at most `most`; 0: none is wanted
    std::optional<AcceptRule> rule;  // nothing: count is 0
};

// core -> vrrp: the addresses of an instance are to be announced, if it is Active.
struct AnnounceOrder {
    std::string instance;
};

// monitor -> core: somebody on the bus asks for that. It is answered with a ReplyOutcome of its number.
struct Petition {
    std::uint32_t number = 0;  // among those of this process
    Request request;
};

// What may be set of an instance while it runs.
enum class InstanceValue : std::uint8_t { priority, preempt, accept };
constexpr auto names_of(InstanceValue) {
    using enum InstanceValue;
    return std::array{Name{priority, "priority"}, Name{preempt, "preempt"}, Name{accept, "accept"}};
}

// snmp -> core: an instance is to have that value until the configuration is read again. Several of one
// number are wanted together or not at all; they come one by one, and are answered with one ReplyOutcome.
struct ValueWanted {
    static constexpr std::uint16_t most = 4096;

    std::uint32_t number = 0;  // among those of this process
    std::uint16_t position = 0;
    std::uint16_t count = 1;  // 1..most
    std::string instance;     // at most Notice::longest_name bytes
    InstanceValue what = InstanceValue::priority;
    std::uint8_t value = 0;   // priority: 1..255; the others: 0 or 1
    bool only_asked = false;  // whether that could be; nothing is changed
};

using Message = std::variant<Order, Progress, Notice, Judgement, FenceOrder, FenceReport, IncidentNews,
                             IncidentChoice, ChoiceOutcome, IncidentReply, ReplyOutcome, AcceptWanted,
                             SteeringOrder, LogDetail, AnnounceOrder, Petition, ValueWanted>;

inline constexpr std::size_t max_message_size = 1024;

std::vector<std::uint8_t> encode(const Message& message);
// Refuses what encode does not make: other versions, unknown kinds and values, wrong lengths.
Result<Message> decode(ByteView bytes);

// One end of a pair, served by a loop. Sending never blocks: what the socket does not take waits in a bounded
// queue.
class Channel {
public:
    // Two connected ends, to be given to two processes.
    static Result<std::pair<UniqueFd, UniqueFd>> pair();

    struct Callbacks {
        std::function<void(const Message&)> received;
        std::function<void()> closed;  // the other end is gone; called once
    };
    static Result<std::unique_ptr<Channel>> create(EventLoop& loop, UniqueFd end, Callbacks callbacks);

    void send(const Message& message);
    // Sends what waits, blocking at most so long; for the last messages before a process ends.
    void flush(Duration at_most);
    // Serves what has arrived already, without the loop; for the last messages before a process ends.
    void receive_all();
    // Our end, for whoever goes on with it.
    int fd() const { return end_.get(); }
    std::size_t waiting() const { return queue_.size(); }
    std::uint64_t lost() const { return lost_; }  // messages that the full queue could not take
    std::uint64_t refused() const {
        return refused_;
    }  // messages from the other end that could not be decoded

private:
    Channel(UniqueFd end, Callbacks callbacks) : end_{std::move(end)}, callbacks_{std::move(callbacks)} {}
    void serve(std::uint32_t events);
    bool receive();
    void drain();
    void close();

    UniqueFd end_;
    Callbacks callbacks_;
    Source source_;
    bool awaits_room_ = false;
    std::deque<std::vector<std::uint8_t>> queue_;
    std::uint64_t lost_ = 0;
    std::uint64_t refused_ = 0;
    bool closed_ = false;
};

}  // namespace holdfast::os
