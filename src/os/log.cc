#include "os/log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "os/unique_fd.h"

namespace holdfast::os {

namespace {

constexpr const char* journal_path = "/run/systemd/journal/socket";
constexpr const char* syslog_path = "/dev/log";
constexpr std::size_t max_line = 2048;  // below PIPE_BUF, so that a line is written whole or not at all

enum class SinkKind { console, file, journal, syslog };

struct Sink {
    SinkKind kind;
    UniqueFd fd;
    bool is_socket = false;
    std::uint64_t dropped = 0;  // since the last line it took
};

struct State {
    LogSettings settings{.system = false, .console = true};
    std::vector<Sink> sinks;
    bool opened = false;
    std::uint64_t dropped = 0;
};

State& state() {
    static State all;  // one log a process: records come from everywhere
    return all;
}

UniqueFd connect_datagram(const char* path) {
    UniqueFd fd{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    return fd;
}

// O_NONBLOCK belongs to the open file, which we share with whoever started us: open it again for ourselves.
Sink console_sink() {
    struct stat kind {};
    if (fstat(STDERR_FILENO, &kind) == 0 && S_ISSOCK(kind.st_mode))
        return {.kind = SinkKind::console,
                .fd = UniqueFd{fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)},
                .is_socket = true};
    UniqueFd again{open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!again) again.reset(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
    return {.kind = SinkKind::console, .fd = std::move(again)};
}

void add(std::vector<Sink>& sinks, SinkKind kind, UniqueFd fd, bool is_socket) {
    if (fd) sinks.push_back({.kind = kind, .fd = std::move(fd), .is_socket = is_socket});
}

UniqueFd open_file(const std::string& path) {
    return UniqueFd{
        open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0644)};
}

std::vector<Sink> open_sinks(const LogSettings& settings) {
    std::vector<Sink> sinks;
    if (settings.system) {
        if (UniqueFd journal = connect_datagram(journal_path))
            add(sinks, SinkKind::journal, std::move(journal), true);
        else
            add(sinks, SinkKind::syslog, connect_datagram(syslog_path), true);
    }
    if (!settings.file.empty()) add(sinks, SinkKind::file, open_file(settings.file), false);
    if (settings.console) sinks.push_back(console_sink());
    return sinks;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    if (value.find('\n') == std::string_view::npos) {
        out += '=';
        out += value;
    } else {  // the journal's binary form: name, length in 64 bits little endian, value
        out += '\n';
        for (unsigned shift = 0; shift < 64; shift += 8)
            out += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> shift & 0xff);
        out += value;
    }
    out += '\n';
}

}  // namespace

std::string journal_id(std::string_view message) {
    constexpr std::string_view ours = "9f1c64f0a53b4d2e8b7a6cd1e05f";
    constexpr std::size_t digits = 4;
    if (message.substr(0, 2) != "HF" || message.size() < 2 + digits) return {};
    const std::string_view number = message.substr(2, digits);
    const bool ends = message.size() == 2 + digits || message[2 + digits] == ' ';
    if (!ends || number.find_first_not_of("0123456789") != std::string_view::npos) return {};
    return std::string{ours} + std::string{number};
}

namespace {

std::string for_journal(const LogSettings& settings, Level level, std::string_view message,
                        const LogFields& fields) {
    std::string out;
    append_field(out, "MESSAGE", message);
    append_field(out, "PRIORITY", std::to_string(static_cast<int>(level)));
    append_field(out, "SYSLOG_IDENTIFIER", settings.identifier);
    append_field(out, "SYSLOG_FACILITY", std::to_string(settings.facility));
    append_field(out, "SYSLOG_PID", std::to_string(getpid()));
    if (const std::string id = journal_id(message); !id.empty()) append_field(out, "MESSAGE_ID", id);
    for (const auto& [name, value] : fields)
        append_field(out, "HOLDFAST_" + std::string{name}, value);
    return out;
}

std::string time_text() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm local{};
    localtime_r(&now.tv_sec, &local);
    char text[48];
    const std::size_t size = std::strftime(text, sizeof text, "%b %e %H:%M:%S", &local);
    std::snprintf(text + size, sizeof text - size, ".%06ld", now.tv_nsec / 1000);
    return text;
}

std::string for_syslog(const LogSettings& settings, Level level, std::string_view message) {
    std::string out = "<" + std::to_string(settings.facility * 8 + static_cast<int>(level)) + ">";
    out += time_text().substr(0, 15) + " " + settings.identifier + "[" + std::to_string(getpid()) + "]: ";
    out += message;
    return out.substr(0, max_line);
}

std::string for_reader(const LogSettings& settings, std::string_view message) {
    std::string out = time_text() + " " + settings.identifier + "[" + std::to_string(getpid()) + "]: ";
    out += message;
    if (out.size() >= max_line) out.resize(max_line - 1);
    out += '\n';
    return out;
}

bool put(const Sink& sink, std::string_view bytes) {
    ssize_t written = 0;
    do
        written = sink.is_socket
                      ? send(sink.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                      : write(sink.fd.get(), bytes.data(), bytes.size());
    while (written < 0 && errno == EINTR);
    return written == static_cast<ssize_t>(bytes.size());
}

std::string formatted(const Sink& sink, const LogSettings& settings, Level level, std::string_view message,
                      const LogFields& fields) {
    switch (sink.kind) {
        case SinkKind::journal:
            return for_journal(settings, level, message, fields);
        case SinkKind::syslog:
            return for_syslog(settings, level, message);
        default:
            return for_reader(settings, message);
    }
}

void write_to(Sink& sink, const LogSettings& settings, Level level, std::string_view message,
              const LogFields& fields) {
    if (sink.dropped > 0) {
        const std::string lost = std::to_string(sink.dropped) + " log lines dropped: nobody read them";
        if (put(sink, formatted(sink, settings, Level::warning, lost, {}))) sink.dropped = 0;
    }
    if (sink.dropped == 0 && put(sink, formatted(sink, settings, level, message, fields))) return;
    ++sink.dropped;
    ++state().dropped;
}

}  // namespace

void open_log(const LogSettings& settings) {
    State& log = state();
    log.settings = settings;
    log.sinks = open_sinks(settings);
    log.opened = true;
}

void reopen_log() {
    State& log = state();
    for (Sink& sink : log.sinks) {
        if (sink.kind != SinkKind::file) continue;
        if (UniqueFd fresh = open_file(log.settings.file))
            sink.fd = std::move(fresh);  // else better the old one
    }
}

void set_log_level(Level least) {
    state().settings.least = least;
}

Level log_level() {
    return state().settings.least;
}

void log(Level level, std::string_view message, const LogFields& fields) {
    State& log = state();
    if (!log.opened) open_log(log.settings);
    if (level > log.settings.least) return;
    for (Sink& sink : log.sinks)
        write_to(sink, log.settings, level, message, fields);
}

std::uint64_t log_lines_dropped() {
    return state().dropped;
}

std::string and_more(std::uint64_t held_back) {
    return held_back > 0 ? " (" + std::to_string(held_back) + " more since the last message)" : std::string{};
}

std::optional<std::uint64_t> RateLimit::allow(std::string_view key, Instant now) {
    const std::string name{key};
    const auto known = held_.find(name);
    if (known == held_.end()) {
        if (held_.size() >= max_keys) held_.clear();
        held_.emplace(name, Held{.last = now, .count = 0});
        return 0;
    }
    if (now - known->second.last < period_) {
        ++known->second.count;
        return std::nullopt;
    }
    known->second.last = now;
    return std::exchange(known->second.count, 0);
}

}  // namespace holdfast::os
