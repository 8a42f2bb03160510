#include "checker/script.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "os/child.h"
#include "os/start.h"

namespace holdfast::checker {

namespace {

constexpr mode_t script_umask = 022;
constexpr std::size_t most_shown = 600;  // bytes of output in one message
constexpr int reads_per_turn = 4;

// A word for the shell that means only itself.
std::string single_quoted(const std::string& word) {
    std::string out = "'";
    for (const char character : word)
        out += character == '\'' ? "'\\''" : std::string(1, character);
    return out + "'";
}

std::string_view remedy_for(int error_number) {
    switch (error_number) {
        case EACCES:
            return "make it executable for its user, and every folder on the way to it enterable";
        case ENOENT:
            return "it, or the interpreter that its first line names, does not exist";
        case EPERM:
            return "a script can run as another user only with CAP_SETUID and CAP_SETGID";
        case EAGAIN:
            return "there are too many processes: raise TasksMax= or LimitNPROC=";
        default:
            return "";
    }
}

// Becoming who we are already may not be allowed, and need not be.
bool is_ours(const os::Identity& identity) {
    if (identity.uid != getuid() || identity.gid != getgid()) return false;
    if (getuid() != 0) return true;  // our groups cannot be changed
    std::array<gid_t, 2> groups{};
    const int count = getgroups(groups.size(), groups.data());
    const bool has_none = count == 0 || (count == 1 && groups[0] == identity.gid);
    return has_none && identity.groups.empty();
}

// A file in memory, so that nobody waits for whoever does not read it.
Result<os::UniqueFd> input_of(const std::string& text) {
    if (text.empty()) return os::UniqueFd{};
    os::UniqueFd file{memfd_create("input", MFD_CLOEXEC)};
    if (!file) return Error::system("make its input");
    if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        lseek(file.get(), 0, SEEK_SET) != 0)
        return Error::system("write its input");
    return file;
}

struct Streams {
    int input = -1;  // /dev/null
    int output = -1;
};

os::SpawnOptions options_for(const Job& job, Launch launch, Streams streams) {
    const plan::Command& command = job.command;
    os::SpawnOptions options;
    options.path = std::move(launch.path);
    options.argv = std::move(launch.argv);
    options.environment = os::environment_without(
        {"IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "NOTIFY_SOCKET", os::start_variable});
    options.environment.insert(options.environment.end(), job.environment.begin(), job.environment.end());
    options.standard_input = streams.input;
    options.standard_output = streams.output;
    options.standard_error = streams.output;
    options.own_process_group = true;
    // Not for scripts of root: the kernel forgets it when execve gives back the rights that we gave up.
    options.parent_death_signal = SIGTERM;
    options.normal_scheduling = true;
    options.umask = script_umask;
    os::Identity identity{.uid = command.uid, .gid = command.gid, .groups = {}};
    if (command.supplementary_groups) identity.groups = os::groups_of(command.uid, command.gid);
    if (!is_ours(identity)) options.identity = std::move(identity);
    return options;
}

Result<pid_t> spawn(const Job& job, int output_fd) {
    Launch launch = launch_of(job.command, job.arguments);
    const auto input = input_of(job.input);
    if (!input) return input.error();
    const Streams streams{.input = input->get(), .output = output_fd};
    auto started = os::spawn(options_for(job, launch, streams));
    if (started || started.error().error_number() != ENOEXEC) return started;
    // A file without #! is for the shell, as with system(3).
    launch.argv.front() = launch.path;
    launch.argv.insert(launch.argv.begin(), "sh");
    launch.path = "/bin/sh";
    return os::spawn(options_for(job, std::move(launch), streams));
}

}  // namespace

Launch launch_of(const plan::Command& command, const std::vector<std::string>& arguments) {
    Launch launch{.path = command.path, .argv = command.argv};
    launch.argv.insert(launch.argv.end(), arguments.begin(), arguments.end());
    if (!command.through_shell) return launch;
    std::string line;
    for (const std::string& word : launch.argv) {
        const bool redirects = line.empty() && !word.empty() && (word.front() == '<' || word.front() == '>');
        line += (line.empty() ? "" : " ") + (redirects ? word : single_quoted(word));
    }
    return {.path = "/bin/sh", .argv = {"sh", "-c", line}};
}

Result<std::unique_ptr<ScriptRun>> ScriptRun::start(os::EventLoop& loop, Job job, Callbacks callbacks) {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return Error::system("create a pipe for its output");
    os::UniqueFd reading{ends[0]};
    os::UniqueFd writing{ends[1]};
    if (fcntl(reading.get(), F_SETFL, O_NONBLOCK) != 0) return Error::system("read its output in passing");
    const auto pid = spawn(job, writing.get());
    if (!pid) {
        const std::string_view remedy = remedy_for(pid.error().error_number());
        if (remedy.empty()) return pid.error();
        return Error::invalid(pid.error().text() + ": " + std::string{remedy});
    }
    std::unique_ptr<ScriptRun> run{new ScriptRun{std::move(job), std::move(callbacks)}};
    run->pid_ = *pid;
    run->begin_ = os::EventLoop::now();
    if (auto watched = run->watch(loop, std::move(reading)); !watched)
        return std::move(watched).error().during("watch it; it runs unwatched");
    return run;
}

Result<void> ScriptRun::watch(os::EventLoop& loop, os::UniqueFd output) {
    pipe_ = std::move(output);
    auto pipe_source = loop.watch(pipe_.get(), EPOLLIN, os::Urgency::background, [this](std::uint32_t) {
        if (read_output()) return;
        hang_up();
        const auto silent = callbacks_.silent;  // a copy: it may destroy us
        silent(*this);
    });
    if (!pipe_source) return std::move(pipe_source).error();
    pipe_source_ = std::move(*pipe_source);
    auto exit_source = loop.child(pid_, [this](os::ChildExit how) {
        pid_ = 0;
        if (pipe_ && !read_output()) hang_up();
        const auto ended = callbacks_.ended;
        ended(*this, how);
    });
    if (!exit_source) return std::move(exit_source).error();
    exit_source_ = std::move(*exit_source);
    return {};
}

// False: nobody is left who could print.
bool ScriptRun::read_output() {
    std::array<char, 16384> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): written by read
    for (int count = 0; count < reads_per_turn; ++count) {
        const ssize_t size = read(pipe_.get(), room.data(), room.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return errno == EAGAIN;
        if (size == 0) return false;
        output_.append(room.data(), static_cast<std::size_t>(size));
        if (output_.size() <= most_output) continue;
        output_.erase(0, output_.size() - most_output);
        output_cut_ = true;
    }
    return true;
}

void ScriptRun::hang_up() {
    pipe_source_ = {};
    pipe_.reset();
}

std::string ScriptRun::last_words() const {
    const auto end = output_.find_last_not_of(" \r\n\t");
    if (end == std::string::npos) return {};
    std::string text = output_.substr(0, end + 1);
    const bool cut = output_cut_ || text.size() > most_shown;
    if (text.size() > most_shown) text.erase(0, text.size() - most_shown);
    std::string line = cut ? "... " : "";
    for (const char character : text) {
        if (character == '\n')
            line += " | ";
        else
            line += static_cast<unsigned char>(character) < 0x20 || character == 0x7f ? ' ' : character;
    }
    return line;
}

void ScriptRun::signal(int number) const {
    if (pid_ > 0) kill(-pid_, number);
}

}  // namespace holdfast::checker
