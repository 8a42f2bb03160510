#include "status/incident.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace holdfast::status {

namespace {

using Json = nlohmann::ordered_json;
using Time = IncidentRecord::Time;

constexpr int schema = 1;
constexpr std::size_t salt_digits = 32;
constexpr std::size_t digest_digits = 64;
constexpr std::int64_t latest_time_ms = 253'402'300'799'999;  // the end of the year 9999

// Each byte that was no UTF-8 may have become the three of U+FFFD.
constexpr std::size_t growth = 3;

// A character of several bytes is not cut in two.
std::string cut(std::string text, std::size_t longest) {
    if (text.size() <= longest) return text;
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    text.resize(end > 0 ? end : longest);
    return text;
}

bool is_hexadecimal(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char one) { return (one >= '0' && one <= '9') || (one >= 'a' && one <= 'f'); });
}

template <class Row>
void keep_last(std::vector<Row>& rows, std::size_t most) {
    if (rows.size() > most) rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(most));
}

// --- Reading: every function says whether it found what it wants; nothing is taken over otherwise.

const Json* member(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

bool read(const Json& object, const char* name, std::string& into, std::size_t longest) {
    const Json* value = member(object, name);
    if (value == nullptr || !value->is_string()) return false;
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() > growth * longest) return false;
    into = text;
    return true;
}

bool read(const Json& object, const char* name, std::uint64_t& into) {
    const Json* value = member(object, name);
    if (value == nullptr || !value->is_number_unsigned()) return false;
    into = value->get<std::uint64_t>();
    return true;
}

bool read(const Json& object, const char* name, bool& into) {
    const Json* value = member(object, name);
    if (value == nullptr || !value->is_boolean()) return false;
    into = value->get<bool>();
    return true;
}

bool read(const Json& object, const char* name, Time& into) {
    std::uint64_t milliseconds = 0;
    if (!read(object, name, milliseconds) || milliseconds > latest_time_ms) return false;
    into = Time{std::chrono::milliseconds{static_cast<std::int64_t>(milliseconds)}};
    return true;
}

bool read(const Json& object, IncidentRecord::Entry& into) {
    return read(object, "time_ms", into.time) && read(object, "chapter", into.chapter, 16) &&
           read(object, "kind", into.kind, IncidentRecord::longest_word) &&
           read(object, "text", into.text, IncidentRecord::longest_text);
}

bool read(const Json& object, IncidentRecord::Action& into) {
    return read(object, "time_ms", into.time) &&
           read(object, "text", into.text, IncidentRecord::longest_text);
}

bool read(const Json& object, IncidentRecord::Code& into) {
    return read(object, "choice", into.choice, IncidentRecord::longest_word) &&
           read(object, "salt", into.salt, salt_digits) && is_hexadecimal(into.salt) &&
           read(object, "digest", into.digest, digest_digits) && into.digest.size() == digest_digits &&
           is_hexadecimal(into.digest) && read(object, "expires_ms", into.expires) &&
           read(object, "used", into.used);
}

template <class Row>
bool read(const Json& object, const char* name, std::vector<Row>& into, std::size_t most) {
    const Json* list = member(object, name);
    if (list == nullptr || !list->is_array() || list->size() > most) return false;
    return std::all_of(list->begin(), list->end(), [&](const Json& element) {
        return element.is_object() && read(element, into.emplace_back());
    });
}

bool read_choices(const Json& object, std::vector<std::string>& into) {
    const Json* list = member(object, "choices");
    if (list == nullptr || !list->is_array() || list->size() > IncidentRecord::most_choices) return false;
    for (const Json& element : *list) {
        if (!element.is_string()) return false;
        into.push_back(element.get<std::string>());
        if (into.back().size() > growth * IncidentRecord::longest_word) return false;
    }
    return true;
}

bool read_closed(const Json& object, std::optional<Time>& into) {
    const Json* value = member(object, "closed_ms");
    if (value == nullptr) return false;
    if (value->is_null()) return true;
    return read(object, "closed_ms", into.emplace());
}

// Nothing: it is no object of our schema.
Json parse(std::string_view text) {
    if (text.size() > most_incident_bytes) return {};
    Json object = Json::parse(text, nullptr, false);
    std::uint64_t number = 0;
    if (!object.is_object() || !read(object, "schema", number) || number != schema) return {};
    return object;
}

std::uint64_t milliseconds(Time time) {
    return static_cast<std::uint64_t>(
        std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, latest_time_ms));
}

// What is no UTF-8 becomes U+FFFD.
std::string written(const Json& object) {
    return object.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

void IncidentRecord::add(Entry entry) {
    entry.chapter = cut(std::move(entry.chapter), longest_word);
    entry.kind = cut(std::move(entry.kind), longest_word);
    entry.text = cut(std::move(entry.text), longest_text);
    if (entries.size() >= first_entries + last_entries) {
        entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(first_entries));
        ++left_out;
    }
    entries.push_back(std::move(entry));
}

void IncidentRecord::add(Action action) {
    action.text = cut(std::move(action.text), longest_text);
    actions.push_back(std::move(action));
    keep_last(actions, most_actions);
}

void IncidentRecord::add(Code code) {
    codes.push_back(std::move(code));
    keep_last(codes, most_codes);
}

bool is_incident_id(std::string_view text) {
    return !text.empty() && text.size() <= IncidentRecord::longest_word &&
           std::all_of(text.begin(), text.end(), [](char one) {
               return one == '-' || (one >= '0' && one <= '9') || (one >= 'a' && one <= 'f');
           });
}

std::string encode(const IncidentRecord& incident) {
    Json object{{"schema", schema},
                {"id", incident.id},
                {"unit", incident.unit},
                {"kind", incident.kind},
                {"opened_ms", milliseconds(incident.opened)},
                {"closed_ms", nullptr},
                {"left_out", incident.left_out},
                {"entries", Json::array()},
                {"actions", Json::array()},
                {"choices", incident.choices},
                {"codes", Json::array()}};
    if (incident.closed) object["closed_ms"] = milliseconds(*incident.closed);
    for (const auto& entry : incident.entries)
        object["entries"].push_back({{"time_ms", milliseconds(entry.time)},
                                     {"chapter", entry.chapter},
                                     {"kind", entry.kind},
                                     {"text", entry.text}});
    for (const auto& action : incident.actions)
        object["actions"].push_back({{"time_ms", milliseconds(action.time)}, {"text", action.text}});
    for (const auto& code : incident.codes)
        object["codes"].push_back({{"choice", code.choice},
                                   {"salt", code.salt},
                                   {"digest", code.digest},
                                   {"expires_ms", milliseconds(code.expires)},
                                   {"used", code.used}});
    return written(object);
}

Result<IncidentRecord> decode_incident(std::string_view text) {
    const Json object = parse(text);
    IncidentRecord incident;
    const bool whole = object.is_object() && read(object, "id", incident.id, IncidentRecord::longest_word) &&
                       is_incident_id(incident.id) &&
                       read(object, "unit", incident.unit, IncidentRecord::longest_unit) &&
                       read(object, "kind", incident.kind, IncidentRecord::longest_word) &&
                       read(object, "opened_ms", incident.opened) && read_closed(object, incident.closed) &&
                       read(object, "left_out", incident.left_out) &&
                       read(object, "entries", incident.entries,
                            IncidentRecord::first_entries + IncidentRecord::last_entries) &&
                       read(object, "actions", incident.actions, IncidentRecord::most_actions) &&
                       read_choices(object, incident.choices) &&
                       read(object, "codes", incident.codes, IncidentRecord::most_codes);
    if (!whole) return Error::invalid("not what Holdfast writes of an incident");
    return incident;
}

std::string encode(const RefusedCodes& refused) {
    return written({{"schema", schema},
                    {"wrong", refused.wrong},
                    {"expired", refused.expired},
                    {"used", refused.used},
                    {"over", refused.over},
                    {"blocked", refused.blocked}});
}

Result<RefusedCodes> decode_refused_codes(std::string_view text) {
    const Json object = parse(text);
    RefusedCodes refused;
    const bool whole = object.is_object() && read(object, "wrong", refused.wrong) &&
                       read(object, "expired", refused.expired) && read(object, "used", refused.used) &&
                       read(object, "over", refused.over) && read(object, "blocked", refused.blocked);
    if (!whole) return Error::invalid("not what Holdfast writes of refused codes");
    return refused;
}

}  // namespace holdfast::status
