#include "checker/scripts.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "os/child.h"
#include "os/log.h"
#include "os/start.h"

namespace holdfast::checker {

namespace {

using os::Level;

// A word for the shell that means only itself.
std::string single_quoted(const std::string& word) {
    std::string out = "'";
    for (const char character : word)
        out += character == '\'' ? "'\\''" : std::string(1, character);
    return out + "'";
}

std::string advice_for(int error_number) {
    switch (error_number) {
        case EACCES:
            return ". Make it executable for its user, and every folder on the way to it enterable";
        case ENOENT:
            return ". It, or the interpreter that its first line names, does not exist";
        case EPERM:
            return ". The user of a script can be changed only with CAP_SETUID and CAP_SETGID";
        default:
            return "";
    }
}

os::SpawnOptions options_for(const plan::Command& command, const Launch& launch, int output_fd) {
    os::SpawnOptions options;
    options.path = launch.path;
    options.argv = launch.argv;
    options.environment = os::environment_without(
        {"IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "NOTIFY_SOCKET", os::start_variable});
    options.standard_output = output_fd;
    options.standard_error = output_fd;
    options.own_process_group = true;
    options.normal_scheduling = true;
    options.umask = 022;
    // As ourselves when that is who it is for: changing to it may not be allowed, and need not be.
    if (command.uid != getuid() || command.gid != getgid()) {
        options.identity = os::Identity{.uid = command.uid, .gid = command.gid, .groups = {}};
        if (command.supplementary_groups) options.identity->groups = os::groups_of(command.uid, command.gid);
    }
    return options;
}

}  // namespace

Launch launch_of(const plan::Command& command, const std::vector<std::string>& arguments) {
    Launch launch{.path = command.path, .argv = command.argv};
    launch.argv.insert(launch.argv.end(), arguments.begin(), arguments.end());
    if (!command.through_shell) return launch;
    std::string line;
    for (const std::string& word : launch.argv) {
        const bool redirects = line.empty() && (word == "<" || word == ">");
        line += (line.empty() ? "" : " ") +
                (redirects || (line.empty() && word.front() == '<') ? word : single_quoted(word));
    }
    return {.path = "/bin/sh", .argv = {"sh", "-c", line}};
}

Result<pid_t> launch(const plan::Command& command, const std::vector<std::string>& arguments, int output_fd) {
    const os::UniqueFd nowhere{open("/dev/null", O_WRONLY | O_CLOEXEC)};
    const int output = output_fd >= 0 ? output_fd : nowhere.get();
    Launch how = launch_of(command, arguments);
    auto started = os::spawn(options_for(command, how, output));
    if (started || started.error().error_number() != ENOEXEC) return started;
    // A script without #! is for the shell, as with system(3).
    how.argv.insert(how.argv.begin(), {"sh", how.path});
    how.argv.erase(how.argv.begin() + 2);
    how.path = "/bin/sh";
    return os::spawn(options_for(command, how, output));
}

void Scripts::start(const plan::Command& command, const std::vector<std::string>& arguments,
                    const std::string& what) {
    Waiting script{.command = command, .arguments = arguments, .what = what};
    if (running_.size() < most_running && waiting_.empty()) return launch(script);
    if (waiting_.size() == most_waiting) {
        os::log(Level::error, waiting_.front().what + " is not run: " + std::to_string(most_waiting) +
                                  " scripts wait already");
        waiting_.pop_front();
    }
    if (waiting_.empty())
        os::log(Level::warning,
                std::to_string(most_running) + " scripts run already; " + what + " and others wait");
    waiting_.push_back(std::move(script));
}

void Scripts::launch(const Waiting& script) {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) ends = {-1, -1};
    os::UniqueFd reading{ends[0]};
    const os::UniqueFd writing{ends[1]};
    if (writing) fcntl(writing.get(), F_SETFL, 0);  // the script's end blocks like any other
    const auto pid = checker::launch(script.command, script.arguments, writing.get());
    if (!pid) {
        os::log(Level::error, script.what + " could not be run: " + pid.error().text() +
                                  advice_for(pid.error().error_number()));
        return;
    }
    running_.push_back({});
    const auto place = std::prev(running_.end());
    place->pid = *pid;
    place->what = script.what;
    place->pipe = std::move(reading);
    place->begin = os::EventLoop::now();
    if (place->pipe) {
        auto source = loop_.watch(place->pipe.get(), EPOLLIN, os::Urgency::control,
                                  [this, place](std::uint32_t) { read_output(*place); });
        if (source) place->pipe_source = std::move(*source);
    }
    auto exit = loop_.child(*pid, [this, place](os::ChildExit how) { ended(place, how); });
    if (exit)
        place->exit_source = std::move(*exit);
    else
        os::log(Level::error, script.what + " runs unwatched: " + exit.error().text());
}

// Everything is read so that the script never waits for us; only the last part is kept.
void Scripts::read_output(Running& script) {
    std::array<char, 16384> room{};
    for (int round = 0; round < 4; ++round) {
        const ssize_t size = read(script.pipe.get(), room.data(), room.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return;
        if (size == 0) {
            script.pipe_source = {};
            script.pipe.reset();
            return;
        }
        script.output.append(room.data(), static_cast<std::size_t>(size));
        if (script.output.size() <= most_output) continue;
        script.output.erase(0, script.output.size() - most_output);
        script.output_cut = true;
    }
}

void Scripts::ended(std::list<Running>::iterator script, os::ChildExit exit) {
    if (script->pipe) read_output(*script);
    if (exit.by_signal || exit.value != 0) {
        std::string output = script->output;
        while (!output.empty() && output.back() == '\n')
            output.pop_back();
        os::log(Level::warning,
                script->what + " failed: " + exit.text() +
                    (output.empty()
                         ? ""
                         : "; it said" + std::string{script->output_cut ? " last" : ""} + ": " + output));
    }
    running_.erase(script);
    while (running_.size() < most_running && !waiting_.empty()) {
        const Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        launch(next);
    }
}

void Scripts::terminate_all(int signal) {
    waiting_.clear();
    for (const Running& script : running_)
        kill(-script.pid, signal);
}

}  // namespace holdfast::checker
