#include "core/legacy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>

#include "base/names.h"
#include "os/event_loop.h"
#include "os/log.h"
#include "os/pages.h"
#include "os/process_handle.h"

namespace holdfast::core {

namespace {

constexpr const char* variable = "HOLDFAST_LEGACY";
constexpr const char* first_line = "holdfast-legacy 1";

struct Part {
    const char* name;
    bool is_deposited;  // in the manager's store; else it only goes through an execve
    int (*given)(const Bequest&);
    os::UniqueFd* (*taken)(Legacy&);
};

// One row per descriptor: deposited, passed on and taken by the same table.
constexpr Part parts[] = {
    {"configuration", true, [](const Bequest& left) { return left.configuration; },
     [](Legacy& legacy) { return &legacy.configuration; }},
    {"page", true, [](const Bequest& left) { return left.page; },
     [](Legacy& legacy) { return &legacy.page; }},
    {"routers", false, [](const Bequest& left) { return left.routers; },
     [](Legacy& legacy) { return &legacy.routers; }},
    {"checks", false, [](const Bequest& left) { return left.checks; },
     [](Legacy& legacy) { return &legacy.checks; }},
    {"vrrp", true, [](const Bequest& left) { return left.vrrp.channel; },
     [](Legacy& legacy) { return &legacy.vrrp.channel; }},
    {"checker", true, [](const Bequest& left) { return left.checker.channel; },
     [](Legacy& legacy) { return &legacy.checker.channel; }},
    {"listener", false, [](const Bequest& left) { return left.listener; },
     [](Legacy& legacy) { return &legacy.listener; }},
    {"asker", false, [](const Bequest& left) { return left.asker; },
     [](Legacy& legacy) { return &legacy.asker; }},
    {"deposited-note", false, [](const Bequest& left) { return left.deposited_note; },
     [](Legacy& legacy) { return &legacy.deposited_note; }},
};
constexpr const char* note_name = "note";

// What stands in the store: "holdfast-NUMBER-PART".
std::string deposit_name(std::uint64_t number, const std::string& part) {
    return "holdfast-" + std::to_string(number) + "-" + part;
}

bool read_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

using Descriptors = std::map<std::string, os::UniqueFd>;

std::optional<Legacy> assemble(Descriptors& descriptors) {
    const auto note = descriptors.find(note_name);
    if (note == descriptors.end() || !descriptors.contains("configuration") || !descriptors.contains("page"))
        return std::nullopt;
    auto text = os::read_text(note->second.get());
    auto legacy = text ? read_note(*text) : Result<Legacy>{std::move(text).error()};
    if (!legacy) {
        os::log(os::Level::error, "what the holdfastd before left is not used: " + legacy.error().text());
        return std::nullopt;
    }
    for (const Part& part : parts)
        if (const auto found = descriptors.find(part.name); found != descriptors.end())
            *part.taken(*legacy) = std::move(found->second);
    return std::move(*legacy);
}

std::optional<Legacy> take_from_environment(const std::string& given) {
    unsetenv(variable);
    Descriptors descriptors;
    std::istringstream fields{given};
    for (std::string field; std::getline(fields, field, ',');) {
        const std::size_t equals = field.find('=');
        std::uint64_t fd = 0;
        if (equals == std::string::npos || !read_number(std::string_view{field}.substr(equals + 1), fd))
            continue;
        if (fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC) == 0)
            descriptors[field.substr(0, equals)] = os::UniqueFd{static_cast<int>(fd)};
    }
    auto legacy = assemble(descriptors);
    if (legacy) legacy->re_executed = true;
    return legacy;
}

// The newest that is complete.
std::optional<Legacy> take_from_manager() {
    std::map<std::uint64_t, Descriptors, std::greater<>> all;
    for (auto& [name, fd] : os::Service::take_deposits()) {
        const std::size_t dash = name.rfind('-');
        std::uint64_t number = 0;
        if (!name.starts_with("holdfast-") || dash < 9 ||
            !read_number(std::string_view{name}.substr(9, dash - 9), number))
            continue;
        all[number][name.substr(dash + 1)] = std::move(fd);
    }
    for (auto& [number, descriptors] : all) {
        auto legacy = assemble(descriptors);
        if (!legacy) continue;
        legacy->deposited_note = std::move(descriptors[note_name]);
        return legacy;
    }
    return std::nullopt;
}

}  // namespace

std::string write_note(const Bequest& bequest) {
    std::ostringstream note;
    note << first_line << "\n";
    for (const auto& [name, process] :
         {std::pair{"vrrp", &bequest.vrrp}, std::pair{"checker", &bequest.checker}})
        note << name << " " << process->pid << " " << os::start_time_of(process->pid).value_or(0) << "\n";
    note << "reads-again " << (bequest.reads_again ? 1 : 0) << "\n";
    note << "deposit " << bequest.deposit << "\n";
    note << "log-level " << name_of(bequest.log_level) << "\n";
    return note.str();
}

Result<Legacy> read_note(const std::string& text) {
    std::istringstream lines{text};
    std::string line;
    if (!std::getline(lines, line) || line != first_line)
        return Error::invalid("it was written by another version (" + line.substr(0, 40) + ")");
    Legacy legacy;
    std::string word;
    const auto process = [&](const char* name, Legacy::Process& into) {
        return lines >> word && word == name && lines >> into.pid >> into.start_time && into.pid >= 0;
    };
    if (!process("vrrp", legacy.vrrp) || !process("checker", legacy.checker) ||
        !(lines >> word >> legacy.reads_again) || word != "reads-again" ||
        !(lines >> word >> legacy.deposit) || word != "deposit")
        return Error::invalid("it cannot be read");
    // Earlier versions did not say it.
    if (lines >> word) {
        std::string level;
        if (word == "log-level" && lines >> level) legacy.log_level = value_named<os::Level>(level);
        if (!legacy.log_level) return Error::invalid("it cannot be read");
    }
    return legacy;
}

namespace {

// Not sealed: what is said of a generation may change.
Result<os::UniqueFd> make_note(const Bequest& bequest) {
    os::UniqueFd note{memfd_create("holdfast-note", MFD_CLOEXEC)};
    const std::string text = write_note(bequest);
    if (!note || write(note.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return Error::system("write a note for the next holdfastd");
    return note;
}

}  // namespace

std::optional<Legacy> take_legacy() {
    if (const char* given = std::getenv(variable); given != nullptr) return take_from_environment(given);
    return take_from_manager();
}

void Deposit::replace(os::Service& service, Bequest bequest) {
    // Later than any that a holdfastd before used.
    bequest.deposit = static_cast<std::uint64_t>(os::EventLoop::now().time_since_epoch().count());
    auto note = make_note(bequest);
    if (!note) return os::log(os::Level::error, note.error().text());
    const auto deposit = [&](const char* part, int fd) {
        if (fd >= 0) service.deposit(deposit_name(bequest.deposit, part), fd);
    };
    for (const Part& part : parts)
        if (part.is_deposited) deposit(part.name, part.given(bequest));
    deposit(note_name, note->get());  // last: without it the rest counts for nothing
    withdraw(service);
    number_ = bequest.deposit;
    note_ = std::move(*note);
}

void Deposit::amend(const Bequest& bequest) {
    const std::string text = write_note(bequest);
    if (note_ && pwrite(note_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        os::log(os::Level::error, "the note for the next holdfastd could not be written");
}

void Deposit::withdraw(os::Service& service) {
    if (number_ == 0) return;
    for (const Part& part : parts)
        if (part.is_deposited) service.withdraw(deposit_name(number_, part.name));
    service.withdraw(deposit_name(number_, note_name));
    number_ = 0;
    note_.reset();
}

Error execute_with(const std::string& program, const std::vector<std::string>& argv, const Bequest& bequest) {
    const auto note = make_note(bequest);
    if (!note) return note.error();
    std::vector<int> kept{note->get()};
    std::string given = std::string{note_name} + "=" + std::to_string(note->get());
    for (const Part& part : parts) {
        const int fd = part.given(bequest);
        if (fd < 0) continue;
        kept.push_back(fd);
        given += std::string{","} + part.name + "=" + std::to_string(fd);
    }
    std::vector<char*> words;
    words.reserve(argv.size() + 1);
    for (const std::string& word : argv)
        words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    for (const int fd : kept)
        fcntl(fd, F_SETFD, 0);
    setenv(variable, given.c_str(), 1);
    execv(program.c_str(), words.data());
    Error failed = Error::system("execute " + program);
    unsetenv(variable);
    for (const int fd : kept)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return failed;
}

}  // namespace holdfast::core
