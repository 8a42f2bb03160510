#include "cli/check.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "cli/hosts.h"
#include "config/diagnostic.h"
#include "config/dump.h"
#include "config/parse.h"
#include "status/messages.h"
#include "system/system_files.h"

namespace holdfast::cli {

namespace {

namespace options = boost::program_options;

struct FileOptions {
    std::vector<std::string> files;
    config::ParseOptions parse;
    bool any_host = false;
    bool json = false;
};

// The short host name is what @ID conditions compare with unless -i says otherwise.
std::string short_name(const std::string& host_name) {
    return host_name.substr(0, host_name.find('.'));
}

options::options_description known_options(std::string_view command) {
    options::options_description known{"Options"};
    auto add = known.add_options();
    add("config-id,i", options::value<std::string>()->value_name("ID"), "what @ID conditions compare with");
    add("all-config,e", "an include that matches nothing is an error");
    add("strict-config", "every finding stops the daemon");
    add("no-host", "judge the text alone: every interface, user and script is taken to exist");
    if (command == "check") add("json", "for programs: one object for each file, one on each line");
    add("help,h", "this text");
    return known;
}

// Nothing: all has been said, and `status` is the answer.
std::optional<FileOptions> read_options(const std::vector<std::string>& arguments, std::string_view command,
                                        Terminal& terminal, int& status) {
    const options::options_description known = known_options(command);
    options::options_description all;
    all.add(known).add_options()("file", options::value<std::vector<std::string>>());
    options::positional_options_description positions;
    positions.add("file", -1);
    options::variables_map given;
    const auto usage = [&](std::ostream& out) {
        out << "Usage: holdfast " << command << " [OPTION...] FILE...\n\n" << known;
        return std::nullopt;
    };
    status = not_understood;
    try {
        options::store(options::command_line_parser(arguments).options(all).positional(positions).run(),
                       given);
    } catch (const options::error& error) {
        terminal.err << "holdfast " << command << ": " << error.what() << "\n";
        return usage(terminal.err);
    }
    if (given.contains("help")) {
        status = 0;
        return usage(terminal.out);
    }
    if (!given.contains("file")) {
        terminal.err << "holdfast " << command << ": which file?\n";
        return usage(terminal.err);
    }
    FileOptions chosen;
    chosen.files = given["file"].as<std::vector<std::string>>();
    chosen.any_host = given.contains("no-host");
    chosen.json = given.contains("json");
    chosen.parse.strict = given.contains("strict-config");
    if (given.contains("all-config")) chosen.parse.read.include_check = config::IncludeCheck::all();
    chosen.parse.read.config_id = given.contains("config-id") ? given["config-id"].as<std::string>()
                                                              : short_name(ThisHost{}.host_name());
    return chosen;
}

struct Judged {
    config::Parsed parsed;
    bool interfaces_unknown = false;  // they are in a namespace
};

Judged judge(const std::string& file, const FileOptions& chosen) {
    system::SystemFiles files;
    if (chosen.any_host) return {config::parse_file(files, file, AnyHost{}, chosen.parse)};
    Judged judged{config::parse_file(files, file, ThisHost{}, chosen.parse)};
    if (!judged.parsed.config.net_namespace) return judged;
    return {config::parse_file(files, file, OtherNamespace{}, chosen.parse), true};
}

bool stops(const config::Diagnostics& diagnostics, const FileOptions& chosen) {
    return diagnostics.stops() || (chosen.parse.strict && diagnostics.count() > 0);
}

std::string counted(std::size_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

// --- For people

// The word behind the place, as compilers colour it.
std::string coloured(std::string text) {
    struct Shade {
        std::string_view word;
        std::string_view code;
    };
    constexpr Shade shades[]{{"error", "31"}, {"warning", "33"}, {"notice", "36"}};
    const std::size_t first_line = text.find('\n');
    for (const Shade& shade : shades) {
        const std::size_t at = text.find(": " + std::string{shade.word} + ": ");
        if (at >= first_line) continue;
        text.insert(at + 2 + shade.word.size(), "\x1b[0m");
        text.insert(at + 2, "\x1b[1;" + std::string{shade.code} + "m");
        break;
    }
    return text;
}

void write_text(const std::string& file, const Judged& judged, const FileOptions& chosen,
                Terminal& terminal) {
    const config::Diagnostics& diagnostics = judged.parsed.diagnostics;
    for (const config::Diagnostic& finding : diagnostics.all()) {
        const std::string text = diagnostics.render(finding);
        terminal.out << (terminal.colour ? coloured(text) : text);
    }
    if (judged.interfaces_unknown)
        terminal.out << file << ": interfaces were not looked for: they are in network namespace "
                     << *judged.parsed.config.net_namespace << "\n";
    const std::size_t findings = diagnostics.count();
    terminal.out << file << ": " << counted(judged.parsed.config.instances.size(), "instance") << ", "
                 << counted(judged.parsed.config.sync_groups.size(), "sync group") << ", "
                 << counted(findings, "finding")
                 << (stops(diagnostics, chosen) ? ": the daemon does not start with this file"
                     : findings > 0             ? ": the daemon starts with it all the same"
                                                : "")
                 << "\n";
    if (terminal.interactive && !diagnostics.all().empty())
        terminal.out << "`holdfast explain " << status::label(diagnostics.all().front().number)
                     << "` says more about the first.\n";
}

// --- For programs

std::string_view severity(config::Class rank) {
    switch (rank) {
        case config::Class::notice:
            return "notice";
        case config::Class::warning:
        case config::Class::deprecated:
        case config::Class::security:
            return "warning";
        default:
            return "error";
    }
}

std::string_view consequence(config::Consequence what) {
    switch (what) {
        case config::Consequence::none:
            return "none";
        case config::Consequence::ignored:
            return "ignored";
        case config::Consequence::defaulted:
            return "defaulted";
        case config::Consequence::stops:
            return "stops";
    }
    return "?";
}

void write_json(const std::string& file, const Judged& judged, const FileOptions& chosen,
                Terminal& terminal) {
    const config::Diagnostics& diagnostics = judged.parsed.diagnostics;
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    for (const config::Diagnostic& finding : diagnostics.all())
        findings.push_back({{"number", status::label(finding.number)},
                            {"severity", severity(finding.rank)},
                            {"consequence", consequence(finding.consequence)},
                            {"file", diagnostics.file_name(finding.place.file)},
                            {"line", finding.place.line},
                            {"column", finding.place.column},
                            {"length", finding.length},
                            {"message", finding.message},
                            {"expected", finding.expected},
                            {"suggestion", finding.suggestion}});
    const nlohmann::ordered_json answer{{"file", file},
                                        {"starts", !stops(diagnostics, chosen)},
                                        {"status", diagnostics.test_status()},
                                        {"count", diagnostics.count()},
                                        {"instances", judged.parsed.config.instances.size()},
                                        {"sync_groups", judged.parsed.config.sync_groups.size()},
                                        {"findings", std::move(findings)}};
    // A configuration may hold any bytes; what is no UTF-8 is shown as U+FFFD.
    terminal.out << answer.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

}  // namespace

int check(const std::vector<std::string>& arguments, Terminal& terminal) {
    int worst = 0;
    const auto chosen = read_options(arguments, "check", terminal, worst);
    if (!chosen) return worst;
    worst = 0;
    for (const std::string& file : chosen->files) {
        const Judged judged = judge(file, *chosen);
        (chosen->json ? write_json : write_text)(file, judged, *chosen, terminal);
        worst = std::max(worst, judged.parsed.diagnostics.test_status());
    }
    return worst;
}

int dump(const std::vector<std::string>& arguments, Terminal& terminal) {
    int status = 0;
    const auto chosen = read_options(arguments, "dump", terminal, status);
    if (!chosen) return status;
    status = 0;
    for (const std::string& file : chosen->files) {
        const config::Parsed parsed = judge(file, *chosen).parsed;
        terminal.out << config::dump(parsed.config);
        const std::size_t findings = parsed.diagnostics.count();
        if (findings == 0) continue;
        terminal.err << "holdfast dump: " << file << ": " << counted(findings, "finding")
                     << "; what is left out of the file is left out here: holdfast check " << file << "\n";
        status = std::max(status, parsed.diagnostics.test_status());
    }
    return status;
}

}  // namespace holdfast::cli
