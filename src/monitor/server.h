// Serves the status socket: one line asks, the answer is written, the connection ends. Whoever is silent,
// slow or talks nonsense costs one of a few places for a few seconds; newcomers take the place of the oldest.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "os/event_loop.h"
#include "os/log.h"
#include "os/unique_fd.h"
#include "status/enquiry.h"

namespace holdfast::monitor {

constexpr std::size_t most_connections = 32;
constexpr Duration longest_connection = std::chrono::seconds{5};

class Server {
public:
    using Text = std::shared_ptr<const std::string>;  // connections that got the same answer share it
    using Answer = std::function<Text(status::Enquiry)>;
    // listener: non-blocking. patience: with one connection.
    static Result<std::unique_ptr<Server>> create(os::EventLoop& loop, os::UniqueFd listener, Answer answer,
                                                  Duration patience = longest_connection);

    // Accepts nobody any more; tells when the last one has been served.
    void finish(std::function<void()> done);

private:
    struct Connection {
        os::UniqueFd fd;
        os::Source source;
        Instant end{};
        std::string line;  // what it asked so far
        Text answer;       // null: it has not asked yet
        std::size_t sent = 0;
    };
    using Place = std::list<Connection>::iterator;

    Server(os::EventLoop& loop, os::UniqueFd listener, Answer answer, Duration patience)
        : loop_{loop}, listener_{std::move(listener)}, answer_{std::move(answer)}, patience_{patience} {}
    void accept();
    void serve(Place place);
    bool read(Connection& connection);
    bool write(Connection& connection);
    void refuse(const Connection& connection, const std::string& why);
    void end(Place place);
    void on_time();

    os::EventLoop& loop_;
    os::UniqueFd listener_;
    Answer answer_;
    Duration patience_;
    std::function<void()> done_;
    os::Source incoming_;
    os::Timer deadline_;
    std::list<Connection> connections_;  // by age
    os::RateLimit limit_{std::chrono::seconds{60}};
};

}  // namespace holdfast::monitor
