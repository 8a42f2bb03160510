#include "cli/commands.h"

#include <ostream>

#include "cli/check.h"
#include "cli/config.h"
#include "cli/explain.h"
#include "cli/history.h"
#include "cli/incidents.h"
#include "cli/order.h"
#include "cli/report.h"
#include "cli/split_brain.h"
#include "cli/status.h"
#include "cli/watch.h"
#include "config/diagnostic.h"
#include "config/reference.h"

namespace holdfast::cli {

namespace {

constexpr std::size_t usage_width = 30;

int reference(const std::vector<std::string>&, Terminal& terminal) {
    terminal.out << config::reference_mdoc();
    return 0;
}

int version(const std::vector<std::string>&, Terminal& terminal) {
    terminal.out << "holdfast " HOLDFAST_VERSION "\n";
    return 0;
}

const Command* find(std::string_view name) {
    for (const Command& command : commands())
        if (command.name == name) return &command;
    return nullptr;
}

int unknown(const std::string& name, Terminal& terminal) {
    std::vector<std::string_view> known;
    for (const Command& command : commands())
        if (!command.hidden) known.push_back(command.name);
    const std::string_view meant = config::nearest(name, known);
    terminal.err << "holdfast: there is no command '" << name << "'";
    if (!meant.empty()) terminal.err << "; did you mean '" << meant << "'?";
    terminal.err << "\n`holdfast help` lists the commands.\n";
    return not_understood;
}

void write_overview(std::ostream& out) {
    out << "holdfast asks and checks what the Holdfast daemon runs.\n\nUsage: holdfast COMMAND "
           "[ARGUMENT...]\n\n";
    for (const Command& command : commands()) {
        if (command.hidden) continue;
        const std::string usage = std::string{command.name} + " " + std::string{command.arguments};
        out << "  " << usage << std::string(usage.size() < usage_width ? usage_width - usage.size() : 1, ' ')
            << command.summary << "\n";
    }
    out << "\nThe daemon is holdfastd(8); its file is described in holdfast.conf(5).\n";
}

int help(const std::vector<std::string>& arguments, Terminal& terminal) {
    if (arguments.empty() || arguments.front().starts_with("-")) {
        write_overview(terminal.out);
        return 0;
    }
    const Command* command = find(arguments.front());
    if (command == nullptr) return unknown(arguments.front(), terminal);
    if (command->arguments.find("...") != std::string_view::npos) return command->run({"--help"}, terminal);
    terminal.out << "Usage: holdfast " << command->name << (command->arguments.empty() ? "" : " ")
                 << command->arguments << "\n\nPrints " << command->summary << ".\n";
    return 0;
}

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> all{
        {"status", "[OPTION...] [NAME...]", "who is Active, since when, and what is tracked", false, status},
        {"why", "[OPTION...] [NAME...]", "why instances are what they are", false, why},
        {"peers", "[OPTION...] [NAME...]", "whom instances have heard", false, peers},
        {"checks", "[OPTION...] [NAME...]", "what is tracked, and what it said last", false, checks},
        {"stats", "[OPTION...] [NAME...]", "what instances have counted", false, stats},
        {"check", "[OPTION...] FILE...",
         "every finding in a configuration, and between those of several nodes", false, check},
        {"config", "[OPTION...]", "the configuration that runs, with the defaults filled in", false,
         show_config},
        {"drain", "[OPTION...] [NAME...]", "takes instances out of service here, until `resume`", false,
         drain},
        {"dump", "[OPTION...] FILE...", "what a configuration says, written out in its own words", false,
         dump},
        {"explain", "[NUMBER...]", "what a numbered message means, and what to do", false, explain},
        {"failover", "[OPTION...] NAME", "moves an instance or a sync group away from here, or to here",
         false, failover},
        {"history", "[OPTION...] [NAME...]", "the transitions of all, merged in the order of time", false,
         history},
        {"timeline", "[OPTION...] [NAME...]", "the same as history", false, timeline},
        {"incident", "[OPTION...] ID", "one incident of split brain; `reply CODE` decides about it", false,
         incident},
        {"incidents", "[OPTION...]", "the incidents of split brain that are kept", false, incidents},
        {"log-level", "[OPTION...] [LEVEL]", "what is logged, or from now on", false, log_level},
        {"reload", "[OPTION...]", "reads the configuration again, and says how that ended", false, reload},
        {"report", "[OPTION...]", "one archive with what a bug report needs, without secrets", false, report},
        {"resume", "[OPTION...] [NAME...]", "ends what `failover` and `drain` ordered", false, resume},
        {"split-brain", "explain [OPTION...] [NAME...]", "what a guard knows, what follows, what is done",
         false, split_brain},
        {"upgrade", "[OPTION...]", "goes on with the installed programs, without a failover", false, upgrade},
        {"watch", "[OPTION...] [NAME...]", "a live view of who is Active; ends with Ctrl-C", false, watch},
        {"reference", "", "the keyword reference for the manual", true, reference},
        {"catalog", "", "what the numbered messages mean, for the journal", true, catalog},
        {"version", "", "the version of this program", false, version},
        {"help", "[COMMAND]", "this text, or the options of a command", false, help},
    };
    return all;
}

int run(const std::vector<std::string>& arguments, Terminal& terminal) {
    if (arguments.empty()) {
        write_overview(terminal.err);
        return not_understood;
    }
    std::string name = arguments.front();
    if (name == "--help" || name == "-h") name = "help";
    if (name == "--version" || name == "-V") name = "version";
    const Command* command = find(name);
    if (command == nullptr) return unknown(name, terminal);
    return command->run({arguments.begin() + 1, arguments.end()}, terminal);
}

}  // namespace holdfast::cli
