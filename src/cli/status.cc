#include "cli/status.h"

#include <grp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ostream>

#include "cli/ask_status.h"
#include "cli/command_line.h"
#include "cli/kept_runs.h"
#include "cli/screen.h"
#include "os/control.h"
#include "os/event_loop.h"

namespace holdfast::cli {

namespace {

constexpr int out_of_order = 1;

struct View {
    const char* name;
    const char* what_it_does;
    status::Parts parts;
    void (Screen::*show)();
    bool of_checks = false;   // names are those of checks
    bool takes_kept = false;  // when nobody answers, what the last run left
};

// Whose members may ask, as the socket has it.
std::string who_may(const std::string& directory) {
    struct stat facts {};
    const std::string path = directory + "/" + os::status_socket;
    if (stat(path.c_str(), &facts) != 0 || (facts.st_mode & S_IWGRP) == 0) return "Only root may ask.";
    const group* owner = getgrgid(facts.st_gid);
    const std::string name = owner != nullptr ? owner->gr_name : std::to_string(facts.st_gid);
    return "Root and the members of group " + name +
           " may ask; control_socket_group and control_socket_mode in the configuration say so.";
}

int judge(const status::Published& published, const std::vector<std::string>& names, const View& view) {
    const auto is_bad = [&](const auto& one) {
        return one.verdict == status::Verdict::bad && status::is_meant(one.name, names);
    };
    if (view.of_checks && published.routers &&
        std::any_of(published.routers->trackers.begin(), published.routers->trackers.end(), is_bad))
        return out_of_order;
    if (view.of_checks)
        return published.checks &&
                       std::any_of(published.checks->checks.begin(), published.checks->checks.end(),
                                   [&](const status::Check& check) {
                                       return check.verdict == status::Verdict::bad &&
                                              status::is_meant(check.name, names);
                                   })
                   ? out_of_order
                   : 0;
    return published.routers &&
                   std::any_of(
                       published.routers->instances.begin(), published.routers->instances.end(),
                       [&](const status::Instance& one) {
                           return one.state == status::RouterState::fault &&
                                  (status::is_meant(one.name, names) || status::is_meant(one.group, names));
                       })
               ? out_of_order
               : 0;
}

int show(const View& view, const std::vector<std::string>& arguments, Terminal& terminal) {
    std::string directory;
    std::vector<std::string> names;
    std::string state_directory;
    bool json = false;
    CommandLine line{view.name, "[OPTION...] [NAME...]", view.what_it_does};
    line.json(json).runtime_directory(directory).words(names);
    if (view.takes_kept) line.state_directory(state_directory, "history");
    if (const auto status = line.read(arguments, terminal)) return *status;
    auto published = ask_status(directory);
    Instant now = os::EventLoop::now();
    if (!published) {
        auto kept = view.takes_kept ? last_kept(state_directory, published.error()) : std::nullopt;
        if (!kept) return cannot_ask(view.name, directory, published.error(), terminal);
        tell_kept(view.name, *kept->kept, terminal);
        now = now_after(kept->routers->head);
        published = std::move(*kept);
    }
    for (const std::string& name : names) {
        if (is_known(name, *published, view.of_checks)) continue;
        terminal.err << "holdfast " << view.name << ": there is no "
                     << (view.of_checks ? "check" : "instance, group or check") << " '"
                     << status::printable(name) << "'\n";
        return unknown_name;
    }
    if (json) {
        terminal.out << status::to_json(*published, view.parts, names, now);
    } else {
        Screen screen{*published, names, now, terminal};
        (screen.*view.show)();
    }
    return published->kept ? not_running : judge(*published, names, view);
}

}  // namespace

bool is_known(const std::string& name, const status::Published& published, bool of_checks) {
    const std::vector<std::string> wanted{name};
    const auto named = [&](const auto& one) { return status::is_meant(one.name, wanted); };
    if (published.checks &&
        std::any_of(published.checks->checks.begin(), published.checks->checks.end(), named))
        return true;
    if (published.routers &&
        std::any_of(published.routers->trackers.begin(), published.routers->trackers.end(), named))
        return true;
    return !of_checks && published.routers &&
           (std::any_of(published.routers->instances.begin(), published.routers->instances.end(), named) ||
            std::any_of(published.routers->groups.begin(), published.routers->groups.end(), named));
}

int cannot_ask(const char* name, const std::string& directory, const Error& error, Terminal& terminal) {
    terminal.err << "holdfast " << name << ": " << error.text() << "\n";
    if (error.error_number() == EACCES) {
        terminal.err << who_may(directory) << "\n";
        return not_permitted;
    }
    if (error.error_number() != 0) {
        terminal.err
            << "Is holdfastd running, with this runtime directory (--runtime-dir)? What was kept of its "
               "last runs is shown by `holdfast history` and `why`.\n";
        return not_running;
    }
    terminal.err
        << "If holdfastd is of another version than this program, `holdfast upgrade` brings it up to date.\n";
    return not_running;
}

int status(const std::vector<std::string>& arguments, Terminal& terminal) {
    return show({.name = "status",
                 .what_it_does =
                     "Who is Active, since when, with which priority and why; sync groups; what is tracked.\n"
                     "Names are those of instances, groups and checks; without one all are shown.",
                 .parts = {.instances = true, .groups = true, .trackers = true, .checks = true},
                 .show = &Screen::status},
                arguments, terminal);
}

int why(const std::vector<std::string>& arguments, Terminal& terminal) {
    return show({.name = "why",
                 .what_it_does = "The last transitions of each instance and sync group with their causes, "
                                 "and the times in force.",
                 .parts = {.transitions = true, .groups = true},
                 .show = &Screen::why,
                 .takes_kept = true},
                arguments, terminal);
}

int peers(const std::vector<std::string>& arguments, Terminal& terminal) {
    return show({.name = "peers",
                 .what_it_does = "Whom each instance has heard, with which priority, when last.",
                 .parts = {.peers = true},
                 .show = &Screen::peers},
                arguments, terminal);
}

int checks(const std::vector<std::string>& arguments, Terminal& terminal) {
    return show(
        {.name = "checks",
         .what_it_does = "What is tracked beside interfaces: the verdict, the last run, what it printed.",
         .parts = {.trackers = true, .checks = true},
         .show = &Screen::checks,
         .of_checks = true},
        arguments, terminal);
}

int stats(const std::vector<std::string>& arguments, Terminal& terminal) {
    return show(
        {.name = "stats",
         .what_it_does = "What each instance has counted since it was started; refused adverts by reason.",
         .parts = {.counters = true},
         .show = &Screen::stats},
        arguments, terminal);
}

}  // namespace holdfast::cli
