// What the operator's command asks of core over its socket in the runtime directory, and what core answers.
// One request and one answer per connection, each one sequenced packet. The other end is treated as hostile.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/names.h"
#include "base/result.h"
#include "os/unique_fd.h"

namespace holdfast::os {

enum class Wish : std::uint8_t {
    reload,
    upgrade,
    reply,
    failover,
    hand_over,
    drain,
    resume,
    log_level,
    configuration,
    // keepalived's files, as its signals ask for them
    dump_data,
    dump_stats,
    dump_stats_and_clear,
    announce,  // the addresses of an instance, if it is Active
};
constexpr auto names_of(Wish) {
    using enum Wish;
    return std::array{Name{reload, "reload"},
                      Name{upgrade, "upgrade"},
                      Name{reply, "reply"},
                      Name{failover, "failover"},
                      Name{hand_over, "hand-over"},
                      Name{drain, "drain"},
                      Name{resume, "resume"},
                      Name{log_level, "log-level"},
                      Name{configuration, "configuration"},
                      Name{dump_data, "dump-data"},
                      Name{dump_stats, "dump-stats"},
                      Name{dump_stats_and_clear, "dump-stats-and-clear"},
                      Name{announce, "announce"}};
}
// Those that the vrrp process carries out; hand_over is a failover away from this node only.
constexpr bool steers(Wish wish) {
    return wish == Wish::failover || wish == Wish::hand_over || wish == Wish::drain || wish == Wish::resume;
}

struct Request {
    static constexpr std::size_t longest_code = 64;
    static constexpr std::size_t longest_name = 255;

    Wish wish = Wish::reload;
    std::string code;  // reply: the one-time code as it was typed, not empty; else empty
    // What it is about: an instance or a sync group, all of them if empty; of log_level the new one, if any.
    std::string name;
    bool operator==(const Request&) const = default;
};
// May, or must, a request say what it is about?
constexpr bool may_have_name(Wish wish) {
    return steers(wish) || wish == Wish::log_level || wish == Wish::announce;
}
constexpr bool must_have_name(Wish wish) {
    return wish == Wish::failover || wish == Wish::hand_over || wish == Wish::announce;
}

// What became of it. Refusals of a code have a word each, because programs reply, too.
enum class Outcome : std::uint8_t {
    done,
    refused,
    code_wrong,
    code_expired,
    code_used,
    incident_over,
    codes_blocked,  // too many wrong ones before
    nobody_took_over,
    busy,  // with something that ends soon: a start, a reload
};
constexpr auto names_of(Outcome) {
    using enum Outcome;
    return std::array{Name{done, "done"},
                      Name{refused, "refused"},
                      Name{code_wrong, "wrong-code"},
                      Name{code_expired, "expired-code"},
                      Name{code_used, "used-code"},
                      Name{incident_over, "incident-over"},
                      Name{codes_blocked, "codes-blocked"},
                      Name{nobody_took_over, "nobody-took-over"},
                      Name{busy, "busy"}};
}

struct Answer {
    static constexpr std::size_t longest_text = 400;

    Outcome outcome = Outcome::refused;
    std::string text;  // what was done, or why not; one line, cut at longest_text

    bool done() const { return outcome == Outcome::done; }
};

constexpr std::size_t max_control_message = 512;

std::string encode(const Request& request);
Result<Request> decode_request(std::string_view message);
std::string encode(const Answer& answer);
Result<Answer> decode_answer(std::string_view message);

// Name of the socket in the runtime directory.
inline constexpr const char* control_socket = "core.sock";

// A listening socket of that name; an old one is replaced. Only its owner may connect.
Result<UniqueFd> listen_for_requests(const std::string& runtime_directory);

// The socket that the monitor serves, for whoever the mode and the group let connect.
inline constexpr const char* status_socket = "status.sock";
// And the one where it offers metrics, if the configuration says so.
inline constexpr const char* metrics_socket = "metrics.sock";
struct SocketAccess {
    mode_t mode = 0;
    gid_t group = 0;
};
// A listening stream socket of that name; an old one is replaced.
Result<UniqueFd> listen_for_readers(const std::string& runtime_directory, const char* name = status_socket);
// Who may connect from now on. The socket has to be there.
Result<void> give_access(const std::string& runtime_directory, const SocketAccess& access,
                         const char* name = status_socket);
// A connection to it. Error numbers: ENOENT, ECONNREFUSED nobody is there; EACCES not for us.
Result<UniqueFd> connect_to_status(const std::string& runtime_directory);

// Asks and waits for the answer, which comes when the request has been carried out.
Result<Answer> ask(const std::string& runtime_directory, const Request& request);
// The text that the daemon runs by, as it gave it to its processes (pages.h). With secrets: only who may give
// orders gets it. Error number 0: refused.
Result<UniqueFd> ask_for_configuration(const std::string& runtime_directory);
// Answers on a connection, without waiting; descriptor: goes with it, -1: none.
void give_answer(int connection, const Answer& answer, int descriptor = -1);

}  // namespace holdfast::os
