#include "cli/report.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <optional>
#include <ostream>
#include <sstream>

#include "cli/ask_status.h"
#include "cli/command_line.h"
#include "cli/config.h"
#include "cli/history.h"
#include "cli/host_facts.h"
#include "cli/incidents.h"
#include "cli/kept_runs.h"
#include "cli/screen.h"
#include "cli/timeline.h"
#include "config/dump.h"
#include "os/event_loop.h"
#include "os/small_files.h"

namespace holdfast::cli {

namespace {

struct Asked {
    std::string output;
    std::string runtime_directory;
    std::string state_directory;
};

// Gathers what there is, and says of what is not why.
class Gathering {
public:
    explicit Gathering(const Asked& asked) : asked_{asked} {}

    void gather() {
        add("versions.txt", "versions of Holdfast, kernel, distribution and libraries", versions());
        gather_configuration();
        gather_status();
        gather_history();
        gather_incidents();
        take("interfaces.txt", "the interfaces of this network namespace", interfaces());
        const auto log = journal();
        take("journal.txt", "what the journal has of the daemon, its last lines", log);
        if (!log) return;
        const std::string findings = firewall_lines(*log);
        add("firewall.txt", "of the journal, what was found in the firewall",
            findings.empty() ? "nothing was said about the firewall\n" : findings);
    }

    std::vector<ArchiveEntry> finished() {
        std::string text =
            "A report of Holdfast " HOLDFAST_VERSION ", made by `holdfast report` at " +
            local_time(wall_now_ms()) +
            ".\n\nNot in it: passwords, keys, options of fencing agents and paths of webhooks; they are "
            "hidden. "
            "Addresses, names,\nand in configuration.txt and configuration.json the command lines of scripts "
            "are "
            "as they are: look through it before\nyou give it away.\n\n" +
            list_;
        if (!missing_.empty()) text += "\nMissing\n\n" + missing_;
        entries_.insert(entries_.begin(), {"README.txt", std::move(text)});
        return std::move(entries_);
    }
    const std::string& missing() const { return missing_; }
    const std::string& node() const { return node_; }

private:
    void add(const std::string& name, const std::string& what, std::string text) {
        list_ += name + std::string(name.size() < 22 ? 22 - name.size() : 1, ' ') + what + "\n";
        entries_.push_back({name, std::move(text)});
    }
    void miss(const std::string& name, const std::string& why) { missing_ += name + ": " + why + "\n"; }
    void take(const std::string& name, const std::string& what, const Result<std::string>& text) {
        if (text)
            add(name, what, *text);
        else
            miss(name, text.error().text());
    }
    // What a command would print.
    template <class Show>
    static std::string printed(Show show) {
        std::ostringstream out;
        std::ostringstream err;
        Terminal terminal{.out = out, .err = err};
        show(terminal);
        return out.str() + err.str();
    }

    void gather_configuration() {
        const auto running = running_config(asked_.runtime_directory);
        if (!running) return miss("configuration", running.error().text());
        add("configuration.txt", "the configuration that runs, without secrets", config_text(*running));
        add("configuration.json", "the same for programs", config_json(*running));
    }

    void gather_status() {
        auto published = ask_status(asked_.runtime_directory);
        if (!published) return miss("status, why, peers, checks, stats", published.error().text());
        if (published->checks) hide_secrets(*published->checks);
        const std::vector<std::string> all;
        const Instant now = os::EventLoop::now();
        const auto show = [&](const std::string& name, const std::string& what, const status::Parts& parts,
                              void (Screen::*screen)()) {
            add(name + ".txt", what, printed([&](Terminal& terminal) {
                    Screen drawn{*published, all, now, terminal};
                    (drawn.*screen)();
                }));
            add(name + ".json", "the same for programs", status::to_json(*published, parts, all, now));
        };
        show("status", "who is Active, since when",
             {.instances = true, .groups = true, .trackers = true, .checks = true}, &Screen::status);
        show("why", "the last transitions of each instance and group", {.transitions = true, .groups = true},
             &Screen::why);
        show("peers", "whom each instance has heard", {.peers = true}, &Screen::peers);
        show("checks", "what is tracked", {.trackers = true, .checks = true}, &Screen::checks);
        show("stats", "what each instance has counted", {.counters = true}, &Screen::stats);
        routers_ = std::move(published->routers);
    }

    void gather_history() {
        auto kept = kept_runs(asked_.state_directory, routers_.has_value());
        if (!kept) miss("history of earlier runs", kept.error().text());
        std::vector<status::Run> runs;
        if (kept) runs = std::move(kept->runs);
        if (kept)
            for (const std::string& why : kept->left_out)
                miss("history", why);
        if (routers_)
            runs.push_back({.routers = std::move(*routers_), .boot = os::boot_id().value_or(""), .end = {}});
        if (runs.empty()) return miss("history", "none is kept in " + asked_.state_directory);
        node_ = runs.back().routers.head.node;
        const status::History history{std::move(runs), {}, {}};
        const std::int64_t now_ms = wall_now_ms();
        add("history.txt", "all transitions in the order of time, with what was known",
            printed([&](Terminal& terminal) { write_history(history, now_ms, true, terminal); }));
        add("history.json", "the same for programs", status::to_json(history, now_ms));
        add("history.svg", "the same as a drawing, for a browser", timeline_svg(history, now_ms));
    }

    void gather_incidents() {
        const std::vector<std::string> where{"--state-dir", asked_.state_directory};
        int status = 0;
        std::string text = printed([&](Terminal& terminal) { status = incidents(where, terminal); });
        if (status != 0) return miss("incidents", text);
        add("incidents.txt", "incidents of split brain, the newest first", std::move(text));
        add("incidents.json", "the same for programs, whole", printed([&](Terminal& terminal) {
                incidents({"--state-dir", asked_.state_directory, "--json"}, terminal);
            }));
    }

    const Asked& asked_;
    std::optional<status::RoutersSnapshot> routers_;
    std::string node_;
    std::vector<ArchiveEntry> entries_;
    std::string list_;
    std::string missing_;
};

// "holdfast-report-node-a-20261121T080000", fit for a name of a file.
std::string report_name(const std::string& node) {
    const std::time_t now = std::time(nullptr);
    tm broken{};
    char date[32] = "";
    if (localtime_r(&now, &broken) != nullptr) std::strftime(date, sizeof date, "%Y%m%dT%H%M%S", &broken);
    std::string name = node.substr(0, 60);
    std::replace_if(
        name.begin(), name.end(),
        [](unsigned char one) { return std::isalnum(one) == 0 && one != '-' && one != '_'; }, '-');
    return "holdfast-report-" + name + (name.empty() ? "" : "-") + date;
}

}  // namespace

void hide_secrets(status::ChecksSnapshot& checks) {
    for (status::Check& check : checks.checks) {
        check.target = config::without_credentials(check.target);
        const std::size_t blank = check.target.find(' ');
        if (check.kind == "script" && blank != std::string::npos)
            check.target.replace(blank, std::string::npos, " ...");
    }
}

int report(const std::vector<std::string>& arguments, Terminal& terminal) {
    Asked asked;
    CommandLine line{"report", "[OPTION...]",
                     "Writes one archive (tar.gz) with what a bug report needs: configuration without "
                     "secrets, status,\nhistory, incidents, versions. Works without the daemon as far as "
                     "that goes. Best as root."};
    line.value("output,o", asked.output, "FILE", "the archive; must not be there yet")
        .runtime_directory(asked.runtime_directory)
        .state_directory(asked.state_directory, "history");
    if (const auto status = line.read(arguments, terminal)) return *status;
    Gathering gathering{asked};
    gathering.gather();
    const std::string name = report_name(gathering.node());
    const std::string path = asked.output.empty() ? name + ".tar.gz" : asked.output;
    const std::string missing = gathering.missing();
    if (auto written = write_archive(path, name, gathering.finished()); !written) {
        terminal.err << "holdfast report: " << written.error().text() << "\n";
        return 1;
    }
    terminal.out << path << "\n";
    if (!missing.empty()) terminal.err << "holdfast report: missing in it:\n" << missing;
    return 0;
}

}  // namespace holdfast::cli
