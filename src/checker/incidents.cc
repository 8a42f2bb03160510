#include "checker/incidents.h"

#include <unistd.h>

#include <algorithm>

#include "checker/codes.h"
#include "os/log.h"
#include "plan/access.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::IncidentRecord;
using status::labelled;
using status::Number;

constexpr std::size_t most_names = 1000;  // looked at in the folder

}  // namespace

std::string Incidents::folder() const {
    return settings_.state_directory + "/" + status::incident_folder;
}

std::string Incidents::path_of(const std::string& id) const {
    return folder() + "/" + id + status::incident_ending;
}

// --- What is there

void Incidents::load() {
    if (settings_.state_directory.empty()) return;
    if (const auto text = os::read_small_file(settings_.state_directory + "/" + status::refused_codes_file,
                                              status::most_incident_bytes))
        refused_ = status::decode_refused_codes(*text).value_or(status::RefusedCodes{});
    const auto names = os::names_in(folder(), most_names);
    if (!names) {
        if (names.error().error_number() != ENOENT)
            os::log(Level::warning, labelled(Number::incident_file_strange,
                                             "incidents of before are not known: " + names.error().text()));
        return;
    }
    for (const std::string& name : *names)
        read(name);
    forget_oldest();
}

void Incidents::read(const std::string& name) {
    const auto strange = [&](const std::string& why) {
        os::log(Level::warning,
                labelled(Number::incident_file_strange, folder() + "/" + name + " is left alone: " + why));
    };
    const std::string_view ending = status::incident_ending;
    const std::string id = name.substr(0, name.size() - std::min(name.size(), ending.size()));
    if (!name.ends_with(ending) || !status::is_incident_id(id))
        return strange("its name is not that of an incident");
    const auto text = os::read_small_file(folder() + "/" + name, status::most_incident_bytes);
    if (!text) return strange(text.error().text());
    auto incident = status::decode_incident(*text);
    if (!incident) return strange(incident.error().text());
    if (incident->id != id) return strange("it is about incident " + incident->id);
    incidents_[id] = std::move(*incident);
}

// --- What happens

IncidentRecord& Incidents::record_of(const os::IncidentNews& news) {
    const auto [place, is_new] = incidents_.try_emplace(news.id);
    IncidentRecord& incident = place->second;
    if (is_new) {
        incident.id = news.id;
        incident.unit = news.unit;
        incident.opened = news.time;
    }
    return incident;
}

std::vector<OfferedChoice> Incidents::tell(const os::IncidentNews& news) {
    if (!status::is_incident_id(news.id)) return {};
    IncidentRecord& incident = record_of(news);
    const bool closed = news.chapter == os::Chapter::closed;
    incident.kind = news.kind;
    incident.choices = news.choices;
    incident.closed = closed ? std::optional{news.time} : std::nullopt;
    incident.add(IncidentRecord::Entry{.time = news.time,
                                       .chapter = std::string{name_of(news.chapter)},
                                       .kind = news.kind,
                                       .text = closed ? "over" : news.text});
    std::vector<OfferedChoice> offered;
    if (news.chapter == os::Chapter::opened || news.chapter == os::Chapter::worse)
        offered = offer(incident, news);
    keep(incident);
    forget_oldest();
    return offered;
}

std::vector<OfferedChoice> Incidents::offer(IncidentRecord& incident, const os::IncidentNews& news) {
    std::vector<OfferedChoice> offered;
    for (const std::string& choice : news.choices) {
        offered.push_back({.choice = choice, .code = new_code(), .expires = clock_() + code_lasts});
        incident.add(remember(choice, offered.back().code, offered.back().expires));
    }
    return offered;
}

void Incidents::note(const std::string& unit, const std::string& text) {
    for (auto& [id, incident] : incidents_)
        if (incident.is_open() && incident.unit == unit) note_choice(id, text);
}

void Incidents::note_choice(const std::string& id, const std::string& text) {
    const auto found = incidents_.find(id);
    if (found == incidents_.end()) return;
    found->second.add(IncidentRecord::Action{.time = clock_(), .text = text});
    keep(found->second);
}

void Incidents::close_open(const std::string& why, const std::function<bool(const IncidentRecord&)>& claim) {
    for (auto& [id, incident] : incidents_) {
        if (!incident.is_open() || !claim(incident)) continue;
        incident.closed = clock_();
        incident.choices.clear();
        incident.add(IncidentRecord::Entry{.time = *incident.closed,
                                           .chapter = std::string{name_of(os::Chapter::closed)},
                                           .kind = incident.kind,
                                           .text = why});
        keep(incident);
    }
}

void Incidents::describe(status::GuardedUnit& guarded) const {
    for (const auto& [id, incident] : incidents_) {
        if (!incident.is_open() || incident.unit != guarded.unit) continue;
        guarded.has_incident = true;
        guarded.kind = incident.kind;
        guarded.opened_wall = incident.opened.time_since_epoch();
    }
}

// --- Codes

Incidents::Found Incidents::redeem(const std::string& code) {
    for (auto& [id, incident] : incidents_) {
        const auto known = std::find_if(incident.codes.begin(), incident.codes.end(),
                                        [&](const auto& one) { return is_code(one, code); });
        if (known == incident.codes.end()) continue;
        Found found{.state = CodeState::valid, .id = id, .unit = incident.unit, .choice = known->choice};
        if (known->used)
            found.state = CodeState::used;
        else if (!incident.is_open())
            found.state = CodeState::over;
        else if (clock_() >= known->expires)
            found.state = CodeState::expired;
        if (found.state != CodeState::valid) return found;
        known->used = true;
        keep(incident);
        return found;
    }
    return {};
}

void Incidents::keep_refused() {
    if (settings_.state_directory.empty()) return;
    auto made = make_folders();
    if (made)
        made = os::replace_file(settings_.state_directory + "/" + status::refused_codes_file,
                                encode(refused_), {.mode = plan::kept_file_mode, .group = settings_.group});
    judge(made);
}

// --- Files

// Once by each process: the group may be another one since.
Result<void> Incidents::make_folders() {
    if (made_folders_ && access(folder().c_str(), F_OK) == 0) return {};
    if (access(settings_.state_directory.c_str(), F_OK) != 0)
        if (auto made =
                os::keep_folder(settings_.state_directory, {.mode = plan::state_folder_mode, .group = {}});
            !made)
            return made;
    auto made = os::keep_folder(folder(), {.mode = plan::kept_folder_mode, .group = settings_.group});
    made_folders_ = made.has_value();
    return made;
}

void Incidents::keep(const IncidentRecord& incident) {
    if (settings_.state_directory.empty()) return;
    auto made = make_folders();
    if (made)
        made = os::replace_file(path_of(incident.id), encode(incident),
                                {.mode = plan::kept_file_mode, .group = settings_.group});
    judge(made);
}

// Once until it works again.
void Incidents::judge(const Result<void>& written) {
    if (!written && !said_unwritable_)
        os::log(Level::warning,
                labelled(Number::incident_not_kept, "incidents are not kept: " + written.error().text()));
    said_unwritable_ = !written;
}

// Closed ones go first.
void Incidents::forget_oldest() {
    while (incidents_.size() > status::most_incidents) {
        const auto oldest =
            std::min_element(incidents_.begin(), incidents_.end(), [](const auto& one, const auto& other) {
                return std::pair{one.second.is_open(), one.second.opened} <
                       std::pair{other.second.is_open(), other.second.opened};
            });
        if (!settings_.state_directory.empty()) unlink(path_of(oldest->first).c_str());
        incidents_.erase(oldest);
    }
}

}  // namespace holdfast::checker
