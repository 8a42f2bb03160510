// Core's control socket: root (or the user that core runs as) asks for a reload or an upgrade, or
// replies to an alert, and hears how it ended. Few connections at a time; whoever says nothing is
// disconnected when others come.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "os/control.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::core {

// Who waits for the outcome of what it asked for: a connection to the control socket, or whoever takes the
// answer on.
class Asker {
public:
    using Take = std::function<void(const os::Answer&)>;
    explicit Asker(os::UniqueFd connection) : connection_{std::move(connection)} {}
    explicit Asker(Take take) : take_{std::move(take)} {}
    // Never waits for the other end.
    void answer(bool done, const std::string& text);
    void answer(const os::Answer& answer, int descriptor = -1);
    int fd() const { return connection_.get(); }

private:
    os::UniqueFd connection_;
    Take take_;
};

class Control {
public:
    using Serve = std::function<void(const os::Request&, Asker)>;
    static Result<std::unique_ptr<Control>> open(os::EventLoop& loop, const std::string& runtime_directory,
                                                 Serve serve);
    ~Control();

private:
    Control(os::EventLoop& loop, std::string directory, Serve serve)
        : loop_{loop}, directory_{std::move(directory)}, serve_{std::move(serve)} {}
    Result<void> listen();
    void accept();
    struct Connection {
        os::UniqueFd fd;
        os::Source source;
    };
    void read(Connection& connection);

    os::EventLoop& loop_;
    std::string directory_;
    Serve serve_;
    os::UniqueFd listener_;
    os::Source incoming_;
    std::list<Connection> connections_;  // that have not asked yet
    std::list<Connection> served_;       // kept until the next one: its source may be the one that runs
};

}  // namespace holdfast::core
