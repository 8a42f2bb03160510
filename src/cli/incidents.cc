#include "cli/incidents.h"

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/command_line.h"
#include "cli/order.h"
#include "os/small_files.h"
#include "status/document.h"
#include "status/incident.h"

namespace holdfast::cli {

namespace {

using status::IncidentRecord;
using Json = nlohmann::ordered_json;

constexpr int unknown = 1;
constexpr std::size_t most_names = 1000;  // looked at in the folder

struct Wish {
    std::string directory;
    std::vector<std::string> words;
    bool json = false;
};

CommandLine command_line(const char* name, const char* usage, const char* what_it_does, Wish& wish) {
    CommandLine line{name, usage, what_it_does};
    line.json(wish.json).state_directory(wish.directory, "incidents");
    return line;
}

// The newest first. A file that is no incident was said by the daemon.
Result<std::vector<IncidentRecord>> read_all(const std::string& directory) {
    std::vector<IncidentRecord> all;
    const std::string folder = directory + "/" + status::incident_folder + "/";
    const auto names = os::names_in(folder, most_names);
    if (!names && names.error().error_number() == ENOENT) return all;
    if (!names) return names.error();
    for (const std::string& name : *names) {
        const auto text = os::read_small_file(folder + name, status::most_incident_bytes);
        if (!text && text.error().error_number() == EACCES) return text.error();
        auto incident = text ? status::decode_incident(*text)
                             : Result<IncidentRecord>{Error::invalid("it cannot be read")};
        if (incident && name.starts_with(incident->id) &&
            name.substr(incident->id.size()) == status::incident_ending)
            all.push_back(std::move(*incident));
    }
    std::sort(all.begin(), all.end(), [](const IncidentRecord& one, const IncidentRecord& other) {
        return std::pair{other.opened, other.id} < std::pair{one.opened, one.id};
    });
    return all;
}

status::RefusedCodes read_refused(const std::string& directory) {
    const auto text =
        os::read_small_file(directory + "/" + status::refused_codes_file, status::most_incident_bytes);
    if (!text) return {};
    return status::decode_refused_codes(*text).value_or(status::RefusedCodes{});
}

Json json_of(const status::RefusedCodes& refused) {
    return {{"wrong", refused.wrong},
            {"expired", refused.expired},
            {"used", refused.used},
            {"over", refused.over},
            {"blocked", refused.blocked}};
}

void write_refused(const status::RefusedCodes& refused, Terminal& terminal) {
    if (refused.all() == 0) return;
    terminal.out << "refused codes: " << refused.wrong << " wrong, " << refused.expired << " too old, "
                 << refused.used << " used, " << refused.over << " of an incident that is over, "
                 << refused.blocked << " after too many wrong ones\n";
}

int fail(const char* name, const Error& error, Terminal& terminal) {
    terminal.err << "holdfast " << name << ": " << error.text() << "\n";
    if (error.error_number() != EACCES) return unknown;
    terminal.err << "Root may, and the group that control_socket_group in the configuration names.\n";
    return not_permitted;
}

std::string when(IncidentRecord::Time time) {
    return status::utc(time.time_since_epoch().count());
}

// What stands in a file goes to a terminal.
std::string plain(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char one) { return one < 0x20 || one == 0x7f; }, ' ');
    return text;
}

Json json_of(const IncidentRecord& incident) {
    Json object{{"id", incident.id},
                {"unit", incident.unit},
                {"kind", incident.kind},
                {"state", incident.is_open() ? "open" : "closed"},
                {"opened", when(incident.opened)},
                {"closed", nullptr},
                {"left_out", incident.left_out},
                {"entries", Json::array()},
                {"actions", Json::array()},
                {"choices", incident.choices},
                {"codes", Json::array()}};
    if (incident.closed) object["closed"] = when(*incident.closed);
    for (const auto& entry : incident.entries)
        object["entries"].push_back({{"time", when(entry.time)},
                                     {"chapter", entry.chapter},
                                     {"kind", entry.kind},
                                     {"text", entry.text}});
    for (const auto& action : incident.actions)
        object["actions"].push_back({{"time", when(action.time)}, {"text", action.text}});
    for (const auto& code : incident.codes)
        object["codes"].push_back(
            {{"choice", code.choice}, {"expires", when(code.expires)}, {"used", code.used}});
    return object;
}

void write_json(const Json& object, Terminal& terminal) {
    terminal.out << object.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

void write_head(const IncidentRecord& incident, Terminal& terminal) {
    terminal.out << incident.id << (incident.is_open() ? "  open    " : "  closed  ") << when(incident.opened)
                 << "  " << plain(incident.unit) << "  " << plain(incident.kind) << "\n";
}

void write_entry(const IncidentRecord::Entry& entry, Terminal& terminal) {
    terminal.out << "    " << when(entry.time) << "  " << plain(entry.kind) << ": " << plain(entry.text)
                 << "\n";
}

void write_whole(const IncidentRecord& incident, Terminal& terminal) {
    write_head(incident, terminal);
    if (incident.closed) terminal.out << "closed " << when(*incident.closed) << "\n";
    terminal.out << "\nTime line\n";
    for (std::size_t at = 0; at < incident.entries.size(); ++at) {
        if (at == IncidentRecord::first_entries && incident.left_out > 0)
            terminal.out << "    (" << incident.left_out << " more)\n";
        write_entry(incident.entries[at], terminal);
    }
    if (!incident.actions.empty()) terminal.out << "\nDone\n";
    for (const auto& action : incident.actions)
        terminal.out << "    " << when(action.time) << "  " << plain(action.text) << "\n";
    if (!incident.choices.empty()) terminal.out << "\nMay be chosen\n";
    for (const std::string& choice : incident.choices)
        terminal.out << "    " << plain(choice) << "\n";
}

int show_one(const Wish& wish, Terminal& terminal) {
    const auto all = read_all(wish.directory);
    if (!all) return fail("incident", all.error(), terminal);
    std::vector<const IncidentRecord*> meant;
    for (const IncidentRecord& one : *all)
        if (one.id == wish.words.front())
            meant = {&one};
        else if (one.id.starts_with(wish.words.front()) &&
                 (meant.empty() || meant.front()->id != wish.words.front()))
            meant.push_back(&one);
    if (meant.size() != 1) {
        terminal.err << "holdfast incident: "
                     << (meant.empty() ? "no incident has a number that begins with "
                                       : "several incidents have a number that begins with ")
                     << wish.words.front() << "; `holdfast incidents` lists them\n";
        return unknown;
    }
    if (!wish.json)
        write_whole(*meant.front(), terminal);
    else
        write_json({{"schema", 1}, {"incident", json_of(*meant.front())}}, terminal);
    return 0;
}

}  // namespace

int incidents(const std::vector<std::string>& arguments, Terminal& terminal) {
    Wish wish;
    const CommandLine line =
        command_line("incidents", "[OPTION...]",
                     "Lists the incidents of split brain that are kept on this node, the newest first, with\n"
                     "the last entry of each.",
                     wish)
            .words(wish.words);
    if (const auto status = line.read(arguments, terminal)) return *status;
    if (!wish.words.empty())
        return line.refuse("one of them is shown by `holdfast incident " + wish.words.front() + "`",
                           terminal);
    const auto all = read_all(wish.directory);
    if (!all) return fail("incidents", all.error(), terminal);
    if (wish.json) {
        Json list = Json::array();
        for (const IncidentRecord& one : *all)
            list.push_back(json_of(one));
        write_json({{"schema", 1},
                    {"incidents", std::move(list)},
                    {"refused_codes", json_of(read_refused(wish.directory))}},
                   terminal);
        return 0;
    }
    for (const IncidentRecord& one : *all) {
        write_head(one, terminal);
        if (!one.entries.empty()) write_entry(one.entries.back(), terminal);
    }
    if (all->empty()) terminal.out << "no incidents are kept in " << wish.directory << "\n";
    write_refused(read_refused(wish.directory), terminal);
    return 0;
}

int incident(const std::vector<std::string>& arguments, Terminal& terminal) {
    if (!arguments.empty() && arguments.front() == "reply")
        return reply({arguments.begin() + 1, arguments.end()}, terminal);
    Wish wish;
    const CommandLine line =
        command_line("incident", "[OPTION...] ID\n       holdfast incident reply [OPTION...] CODE",
                     "Shows one incident of split brain: its time line, what was done, what may be chosen. "
                     "The\n"
                     "beginning of its number is enough. With reply, does what an alert offered.",
                     wish)
            .words(wish.words);
    if (const auto status = line.read(arguments, terminal)) return *status;
    if (wish.words.size() != 1) return line.refuse("which one? `holdfast incidents` lists them", terminal);
    return show_one(wish, terminal);
}

}  // namespace holdfast::cli
