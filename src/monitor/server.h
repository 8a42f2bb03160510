// Serves sockets where one who connects asks once, is answered, and the connection ends. Whoever is silent,
// slow or talks nonsense costs one of a few places for a few seconds; newcomers take the place of the oldest.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/event_loop.h"
#include "os/log.h"
#include "os/unique_fd.h"
#include "status/messages.h"

namespace holdfast::monitor {

constexpr std::size_t most_connections = 32;  // of one server
constexpr Duration longest_connection = std::chrono::seconds{5};

// What one who asked is told, in this order.
struct Reply {
    std::string begin;
    std::shared_ptr<const std::string> middle;  // shared by those who get the same; may be null
    std::string end;
    std::string refusal;  // not empty: it was no request, and why
};

// What is spoken at the sockets of one server.
struct Protocol {
    std::string name;          // of the sockets, for the log
    status::Number refused{};  // number of what is said of those who are refused
    std::size_t longest_request = 0;
    // said: all that has come so far, at most longest_request. Nothing: there is more to come.
    std::function<std::optional<Reply>(std::string_view said)> answer;
    // Waits until the other end has closed: over TCP, what it still sends would else cost it the answer.
    bool lingers = false;
};

class Server {
public:
    struct Counters {
        std::uint64_t connections = 0;
        std::uint64_t refused = 0;
    };

    // listeners: non-blocking. patience: with one connection.
    static Result<std::unique_ptr<Server>> create(os::EventLoop& loop, std::vector<os::UniqueFd> listeners,
                                                  Protocol protocol, Duration patience = longest_connection);

    const Counters& counters() const { return counters_; }
    // Accepts nobody any more; tells when the last one has been served.
    void finish(std::function<void()> done);

private:
    struct Listener {
        os::UniqueFd fd;
        os::Source source;
    };
    struct Connection {
        os::UniqueFd fd;
        os::Source source;
        Instant end{};
        std::string said;
        std::optional<Reply> reply;  // nothing: it has not asked yet
        std::size_t sent = 0;
        bool is_answered = false;  // it only has to close
        std::size_t too_much = 0;  // that it sent behind its request
    };
    using Place = std::list<Connection>::iterator;

    Server(os::EventLoop& loop, Protocol protocol, Duration patience)
        : loop_{loop}, protocol_{std::move(protocol)}, patience_{patience} {}
    void accept(int listener);
    void serve(Place place);
    bool read(Connection& connection);
    bool write(Connection& connection);
    static bool wait_for_end(Connection& connection);
    void refuse(const Connection& connection, const std::string& why);
    void end(Place place);
    void on_time();

    os::EventLoop& loop_;
    Protocol protocol_;
    Duration patience_;
    std::function<void()> done_;
    std::vector<Listener> listeners_;
    os::Timer deadline_;
    std::list<Connection> connections_;  // by age
    Counters counters_;
    os::RateLimit limit_{std::chrono::seconds{60}};
};

}  // namespace holdfast::monitor
