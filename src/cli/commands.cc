#include "cli/commands.h"

#include <boost/program_options.hpp>

#include <algorithm>
#include <ostream>

#include "cli/any_host.h"
#include "config/diagnostic.h"
#include "config/dump.h"
#include "config/parse.h"
#include "config/reference.h"
#include "system/system_files.h"
#include "system/system_host.h"

namespace holdfast::cli {

namespace {

namespace options = boost::program_options;

constexpr int not_understood = 64;  // EX_USAGE

struct FileOptions {
    std::vector<std::string> files;
    config::ParseOptions parse;
    bool any_host = false;
};

// The short host name is what @ID conditions compare with unless -i says otherwise.
std::string short_name(const std::string& host_name) {
    return host_name.substr(0, host_name.find('.'));
}

// False: the arguments cannot be understood; said already.
bool read_file_options(const std::vector<std::string>& arguments, std::string_view command,
                       Terminal& terminal, FileOptions& chosen) {
    options::options_description known{"Options of holdfast " + std::string{command}};
    known.add_options()("config-id,i", options::value<std::string>()->value_name("ID"),
                        "value that @ID conditions compare with")(
        "all-config,e", "an include that matches nothing is an error")("strict-config",
                                                                       "every finding stops the daemon")(
        "no-host", "judge the text alone: every interface, user and script is taken to exist")("help,h",
                                                                                               "this text");
    options::options_description hidden;
    hidden.add_options()("file", options::value<std::vector<std::string>>());
    options::options_description all;
    all.add(known).add(hidden);
    options::positional_options_description positions;
    positions.add("file", -1);
    options::variables_map given;
    try {
        options::store(options::command_line_parser(arguments).options(all).positional(positions).run(),
                       given);
    } catch (const options::error& error) {
        terminal.err << "holdfast " << command << ": " << error.what() << "\n" << known;
        return false;
    }
    if (given.contains("help") || !given.contains("file")) {
        (given.contains("help") ? terminal.out : terminal.err)
            << "Usage: holdfast " << command << " [OPTION...] FILE...\n"
            << known;
        return false;
    }
    chosen.files = given["file"].as<std::vector<std::string>>();
    chosen.any_host = given.contains("no-host");
    chosen.parse.strict = given.contains("strict-config");
    if (given.contains("all-config")) chosen.parse.read.include_check = config::IncludeCheck::all();
    chosen.parse.read.config_id = given.contains("config-id") ? given["config-id"].as<std::string>()
                                                              : short_name(system::SystemHost{}.host_name());
    return true;
}

config::Parsed parse(const std::string& file, const FileOptions& chosen) {
    system::SystemFiles files;
    if (chosen.any_host) return config::parse_file(files, file, AnyHost{}, chosen.parse);
    return config::parse_file(files, file, system::SystemHost{}, chosen.parse);
}

std::string coloured(const std::string& text, Terminal& terminal) {
    if (!terminal.colour) return text;
    std::string out = text;
    for (const auto& [word, code] :
         {std::pair{": error: ", "31"}, std::pair{": warning: ", "33"}, std::pair{": notice: ", "36"}}) {
        const std::size_t at = out.find(word);
        if (at == std::string::npos || at > out.find('\n')) continue;
        const std::string name = std::string{word}.substr(2);
        out.replace(at + 2, name.size(), "\x1b[1;" + std::string{code} + "m" + name + "\x1b[0m");
        break;
    }
    return out;
}

int check(const std::vector<std::string>& arguments, Terminal& terminal) {
    FileOptions chosen;
    if (!read_file_options(arguments, "check", terminal, chosen)) return not_understood;
    int worst = 0;
    for (const std::string& file : chosen.files) {
        const config::Parsed parsed = parse(file, chosen);
        for (const config::Diagnostic& diagnostic : parsed.diagnostics.all())
            terminal.out << coloured(parsed.diagnostics.render(diagnostic), terminal);
        const std::size_t findings = parsed.diagnostics.count();
        terminal.out << file << ": " << parsed.config.instances.size() << " instance"
                     << (parsed.config.instances.size() == 1 ? "" : "s") << ", "
                     << parsed.config.sync_groups.size() << " sync group"
                     << (parsed.config.sync_groups.size() == 1 ? "" : "s") << ", " << findings << " finding"
                     << (findings == 1 ? "" : "s");
        const bool stops = parsed.diagnostics.stops() || (chosen.parse.strict && findings > 0);
        terminal.out << (stops          ? ": the daemon does not start with this file\n"
                         : findings > 0 ? ": the daemon starts with it all the same\n"
                                        : "\n");
        worst = std::max(worst, parsed.diagnostics.test_status());
    }
    return worst;
}

int dump(const std::vector<std::string>& arguments, Terminal& terminal) {
    FileOptions chosen;
    if (!read_file_options(arguments, "dump", terminal, chosen)) return not_understood;
    for (const std::string& file : chosen.files)
        terminal.out << config::dump(parse(file, chosen).config);
    return 0;
}

int reference(const std::vector<std::string>&, Terminal& terminal) {
    terminal.out << config::reference_mdoc();
    return 0;
}

int version(const std::vector<std::string>&, Terminal& terminal) {
    terminal.out << "holdfast " HOLDFAST_VERSION "\n";
    return 0;
}

int help(const std::vector<std::string>& arguments, Terminal& terminal) {
    if (!arguments.empty()) {
        run({arguments.front(), "--help"}, terminal);
        return 0;
    }
    terminal.out << "holdfast asks and checks what the Holdfast daemon runs. Usage: holdfast COMMAND "
                    "[ARGUMENT...]\n\n";
    for (const Command& command : commands()) {
        if (command.hidden) continue;
        const std::string usage = std::string{command.name} + " " + std::string{command.arguments};
        terminal.out << "  " << usage << std::string(usage.size() < 28 ? 28 - usage.size() : 1, ' ')
                     << command.summary << "\n";
    }
    terminal.out << "\nThe daemon is holdfastd(8); its file is described in holdfast.conf(5).\n";
    return 0;
}

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> all{
        {"check", "[OPTION...] FILE...", "every finding in a configuration, with place and remedy", false,
         check},
        {"dump", "[OPTION...] FILE...", "what a configuration says, written out in its own words", false,
         dump},
        {"reference", "", "the keyword reference for the manual", true, reference},
        {"version", "", "the version of this program", false, version},
        {"help", "[COMMAND]", "this text, or the options of a command", false, help},
    };
    return all;
}

int run(const std::vector<std::string>& arguments, Terminal& terminal) {
    if (arguments.empty()) {
        help({}, terminal);
        return not_understood;
    }
    std::string name = arguments.front();
    if (name == "--help" || name == "-h") name = "help";
    if (name == "--version" || name == "-V") name = "version";
    for (const Command& command : commands())
        if (command.name == name) return command.run({arguments.begin() + 1, arguments.end()}, terminal);
    std::vector<std::string_view> known;
    for (const Command& command : commands())
        if (!command.hidden) known.push_back(command.name);
    const std::string_view meant = config::nearest(name, known);
    terminal.err << "holdfast: there is no command '" << name << "'";
    if (!meant.empty()) terminal.err << "; did you mean '" << meant << "'?";
    terminal.err << "\nholdfast help lists the commands.\n";
    return not_understood;
}

}  // namespace holdfast::cli
