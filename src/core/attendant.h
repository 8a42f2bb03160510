// A process that only reads what the others publish, as a user without rights. When it dies another is
// started, later each time when it dies at once, and nobody else notices.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/generation.h"
#include "core/options.h"
#include "os/event_loop.h"
#include "os/privileges.h"
#include "os/process_handle.h"
#include "os/start.h"
#include "os/unique_fd.h"

namespace holdfast::core {

// What the processes of a generation publish, to read only.
struct PublishedPages {
    os::UniqueFd routers;
    os::UniqueFd checks;

    static PublishedPages of(const Generation& generation);
};

class Attendant {
public:
    struct Settings {
        os::Program program{};
        const Options& options;         // outlive this
        std::vector<std::string> argv;  // core's own
        // What each new process is told beside what is common to all; its descriptors stay ours.
        std::function<Result<os::StartMessage>()> message;
        std::function<void(const Error&)> cannot_start;
        std::function<void(const os::ChildExit&)> died;
    };
    static Result<std::unique_ptr<Attendant>> create(os::EventLoop& loop, Settings settings);
    ~Attendant() { rest(); }

    bool runs() const { return current_ != nullptr; }
    // Unless one runs.
    void start();
    // Another begins at once; the one before is asked to leave, and may take its time.
    void replace();
    // Another begins once the one before has left, which is killed when it takes too long.
    void succeed();
    // The same, and none begins.
    void dismiss();
    // Ends all at once and waits for that; with patience, asks and waits so long before.
    void rest(Duration patience = Duration{0});

private:
    struct Running {
        pid_t pid = 0;
        os::ProcessHandle process;
        os::Source exit;
        Instant begin{};
    };

    Attendant(os::EventLoop& loop, Settings settings) : loop_{loop}, settings_{std::move(settings)} {}
    Result<void> spawn();
    void ask_to_leave();
    void on_exit(pid_t pid, os::ChildExit how);
    void start_later(Duration lived);

    os::EventLoop& loop_;
    Settings settings_;
    std::vector<std::unique_ptr<Running>> leaving_;
    std::unique_ptr<Running> current_;
    bool starts_after_ = false;  // all have left
    os::Timer again_;
    os::Timer patience_;
    Duration delay_{0};
};

}  // namespace holdfast::core
