#include "cli/check.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "cli/command_line.h"
#include "cli/hosts.h"
#include "config/diagnostic.h"
#include "config/dump.h"
#include "config/parse.h"
#include "plan/compare.h"
#include "status/messages.h"
#include "system/system_files.h"

namespace holdfast::cli {

namespace {

// A file as one node reads it: its lines with @ID depend on the node.
struct Source {
    std::string file;
    std::string config_id;
    std::string name;  // how it is called in what is said: the file, with the ID when it was given for it
};

struct FileOptions {
    std::vector<Source> sources;
    config::ParseOptions parse;
    bool any_host = false;
    bool json = false;
};

// The short host name is what @ID conditions compare with unless -i says otherwise.
std::string short_name(const std::string& host_name) {
    return host_name.substr(0, host_name.find('.'));
}

// One ID for all files, one for each file, or several for one file that all nodes share. Nothing: none of
// these.
std::optional<std::vector<Source>> sources_of(const std::vector<std::string>& files,
                                              const std::vector<std::string>& ids) {
    std::vector<Source> sources;
    const bool shared = files.size() == 1 && ids.size() > 1;
    if (ids.size() > 1 && !shared && ids.size() != files.size()) return std::nullopt;
    for (std::size_t at = 0; at < std::max(files.size(), ids.size()); ++at) {
        const std::string& file = files[shared ? 0 : at];
        const std::string& id = ids[ids.size() > 1 ? at : 0];
        sources.push_back({.file = file, .config_id = id, .name = file + (shared ? " (" + id + ")" : "")});
    }
    return sources;
}

// Nothing: go on. Else the exit status.
std::optional<int> read(const std::vector<std::string>& arguments, const char* command, Terminal& terminal,
                        FileOptions& chosen) {
    const bool checks = command == std::string_view{"check"};
    std::vector<std::string> files;
    std::vector<std::string> ids;
    bool every_include = false;
    CommandLine line{command, "[OPTION...] FILE...",
                     checks ? "Every finding in each file; of several files, which are taken for those of "
                              "several nodes, also\nthose between them."
                            : "What each file says, written out in its own words: conditions, definitions "
                              "and includes are\nresolved."};
    line.values("config-id,i", ids, "ID",
                checks ? "what @ID conditions compare with; several: one for each file, or each for the one "
                         "file"
                       : "what @ID conditions compare with")
        .flag("all-config,e", every_include, "an include that matches nothing is an error")
        .flag("strict-config", chosen.parse.strict, "every finding stops the daemon")
        .flag("no-host", chosen.any_host,
              "judge the text alone: every interface, user and script is taken to exist")
        .words(files);
    if (checks)
        line.json(chosen.json,
                  "for programs: one object for each file and one for their comparison, one on each line");
    if (const auto status = line.read(arguments, terminal)) return status;
    if (files.empty()) return line.refuse("which file?", terminal);
    if (ids.empty()) ids.push_back(short_name(ThisHost{}.host_name()));
    auto sources = sources_of(files, ids);
    if (!sources) return line.refuse("several IDs need one file, or as many files as IDs", terminal);
    chosen.sources = std::move(*sources);
    // Files of several nodes: at most one of them is this host's, so the text alone is judged.
    if (checks && chosen.sources.size() > 1) chosen.any_host = true;
    if (every_include) chosen.parse.read.include_check = config::IncludeCheck::all();
    return std::nullopt;
}

struct Judged {
    config::Parsed parsed;
    bool interfaces_unknown = false;  // they are in a namespace
};

Judged judge(const Source& source, const FileOptions& chosen) {
    system::SystemFiles files;
    config::ParseOptions options = chosen.parse;
    options.read.config_id = source.config_id;
    if (chosen.any_host) return {config::parse_file(files, source.file, AnyHost{}, options)};
    Judged judged{config::parse_file(files, source.file, ThisHost{}, options)};
    if (!judged.parsed.config.net_namespace) return judged;
    return {config::parse_file(files, source.file, OtherNamespace{}, options), true};
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

// --- Several files against each other

config::Diagnostic as_diagnostic(const plan::Disagreement& found, const config::Diagnostics& diagnostics) {
    return {.number = static_cast<std::uint16_t>(found.number),
            .rank = found.rank,
            .consequence = config::Consequence::none,
            .place = found.here.place,
            .length = diagnostics.word_length(found.here.place),
            .message = found.message,
            .expected = found.expected,
            .suggestion = {}};
}

void write_comparison_text(const std::vector<plan::Disagreement>& all, const std::vector<Judged>& judged,
                           Terminal& terminal) {
    for (const plan::Disagreement& found : all) {
        const config::Diagnostics& here = judged[found.here.node].parsed.diagnostics;
        const std::string text = here.render(as_diagnostic(found, here));
        terminal.out << (terminal.colour ? coloured(text) : text);
        const bool elsewhere =
            found.here.node != found.there.node || found.here.place.line != found.there.place.line;
        if (elsewhere)
            terminal.out << judged[found.there.node].parsed.diagnostics.quote(found.there.place,
                                                                              "compare with this");
    }
    terminal.out << counted(judged.size(), "file") << " compared: " << counted(all.size(), "finding")
                 << " between them\n";
}

nlohmann::ordered_json spot(const plan::Spot& at, const std::vector<Judged>& judged,
                            const FileOptions& chosen) {
    const config::Diagnostics& diagnostics = judged[at.node].parsed.diagnostics;
    return {{"of", chosen.sources[at.node].name},
            {"file", diagnostics.file_name(at.place.file)},
            {"line", at.place.line},
            {"column", at.place.column}};
}

void write_comparison_json(const std::vector<plan::Disagreement>& all, const std::vector<Judged>& judged,
                           const FileOptions& chosen, int status, Terminal& terminal) {
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    for (const plan::Disagreement& found : all)
        findings.push_back({{"number", status::label(static_cast<std::uint16_t>(found.number))},
                            {"severity", severity(found.rank)},
                            {"here", spot(found.here, judged, chosen)},
                            {"there", spot(found.there, judged, chosen)},
                            {"message", found.message},
                            {"expected", found.expected}});
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const Source& source : chosen.sources)
        files.push_back(source.name);
    const nlohmann::ordered_json answer{
        {"compared", std::move(files)}, {"status", status}, {"findings", std::move(findings)}};
    terminal.out << answer.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

// Exit status: that of a finding in a file, 0 with none but notices.
int compare(const std::vector<Judged>& judged, const FileOptions& chosen, Terminal& terminal) {
    std::vector<plan::NodePlan> nodes;
    for (std::size_t at = 0; at < judged.size(); ++at)
        nodes.emplace_back(chosen.sources[at].name, judged[at].parsed.config);
    const std::vector<plan::Disagreement> all = plan::compare(nodes);
    config::Diagnostics verdict;
    for (const plan::Disagreement& found : all)
        verdict.add(as_diagnostic(found, judged[found.here.node].parsed.diagnostics));
    if (chosen.json)
        write_comparison_json(all, judged, chosen, verdict.test_status(), terminal);
    else
        write_comparison_text(all, judged, terminal);
    return verdict.test_status();
}

}  // namespace

int check(const std::vector<std::string>& arguments, Terminal& terminal) {
    FileOptions chosen;
    if (const auto status = read(arguments, "check", terminal, chosen)) return *status;
    int worst = 0;
    std::vector<Judged> all;
    for (const Source& source : chosen.sources) {
        const Judged& judged = all.emplace_back(judge(source, chosen));
        (chosen.json ? write_json : write_text)(source.name, judged, chosen, terminal);
        worst = std::max(worst, judged.parsed.diagnostics.test_status());
    }
    if (all.size() > 1) worst = std::max(worst, compare(all, chosen, terminal));
    return worst;
}

int dump(const std::vector<std::string>& arguments, Terminal& terminal) {
    FileOptions chosen;
    if (const auto refused = read(arguments, "dump", terminal, chosen)) return *refused;
    int status = 0;
    for (const Source& source : chosen.sources) {
        const config::Parsed parsed = judge(source, chosen).parsed;
        terminal.out << config::dump(parsed.config);
        const std::size_t findings = parsed.diagnostics.count();
        if (findings == 0) continue;
        terminal.err << "holdfast dump: " << source.name << ": " << counted(findings, "finding")
                     << "; what is left out of the file is left out here: holdfast check " << source.file
                     << "\n";
        status = std::max(status, parsed.diagnostics.test_status());
    }
    return status;
}

}  // namespace holdfast::cli
