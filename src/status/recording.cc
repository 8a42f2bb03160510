#include "status/recording.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "status/document.h"
#include "status/json.h"

namespace holdfast::status {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t schema = 1;
constexpr std::size_t longest_line = std::size_t{512} << 10;
constexpr std::size_t digits = 8;
constexpr std::int64_t latest_ns = std::int64_t{1} << 62;  // 146 years: sums of two stay in range
constexpr std::int64_t latest_ms = 253'402'300'799'999;    // the end of the year 9999
constexpr std::array<std::size_t, 4> transitions_tried{most_entries, 4, 1, 0};  // of each

// --- Writing
// ---------------------------------------------------------------------------------------------------

class EntryWriter {
public:
    void begin(std::string_view entry) {
        json_.begin_object();
        json_.text("entry", entry);
    }
    std::string finished() {
        json_.end_object();
        return json_.take();
    }

    void head(const RecordingHead& head, const Head& of_status) {
        begin("run");
        json_.number("schema", schema);
        json_.text("end", name_of(head.end));
        json_.text("boot", head.boot);
        json_.number("saved_ms", head.saved_ms);
        json_.text("version", of_status.version);
        json_.text("node", of_status.node);
        json_.text("configuration", of_status.configuration);
        time("started_ns", of_status.started);
        time("taken_ns", of_status.taken);
        span("taken_wall_ns", of_status.taken_wall);
    }

    void instance(const Instance& one, std::size_t most_transitions) {
        begin("instance");
        json_.text("name", one.name);
        json_.number("vrid", one.vrid);
        json_.number("version", one.version);
        json_.text("family", name_of(one.family));
        json_.text("interface", one.link);
        json_.text("group", one.group);
        json_.text("state", name_of(one.state));
        time("since_ns", one.since);
        json_.text("order", name_of(one.order));
        time("ordered_ns", one.ordered);
        json_.number("priority", one.priority);
        json_.number("configured_priority", one.configured_priority);
        span("advert_interval_ns", one.advert_interval);
        span("active_interval_ns", one.active_interval);
        span("down_interval_ns", one.down_interval);
        json_.begin_list("adjustments");
        for (const Adjustment& adjustment : one.adjustments) {
            json_.begin_object();
            json_.text("name", adjustment.name);
            json_.number("amount", adjustment.amount);
            json_.end_object();
        }
        json_.end_list();
        transitions(one.transitions, most_transitions);
    }

    void group(const Group& one, std::size_t most_transitions) {
        begin("group");
        json_.text("name", one.name);
        json_.text("state", name_of(one.state));
        json_.begin_list("members");
        for (const std::string& member : one.members)
            json_.text({}, member);
        json_.end_list();
        transitions(one.transitions, most_transitions);
    }

    void removed(const Departed& one, std::size_t most_transitions) {
        begin("removed");
        json_.text("name", one.name);
        json_.number("vrid", one.vrid);
        json_.text("family", name_of(one.family));
        json_.text("interface", one.link);
        json_.text("group", one.group);
        transitions(one.transitions, most_transitions);
    }

private:
    void span(std::string_view name, Duration value) {
        json_.number(name, std::clamp<std::int64_t>(value.count(), 0, latest_ns));
    }
    void time(std::string_view name, Instant value) { span(name, value.time_since_epoch()); }

    void transitions(const std::vector<Transition>& all, std::size_t most) {
        json_.begin_list("transitions");
        for (std::size_t at = all.size() - std::min(all.size(), most); at < all.size(); ++at) {
            const Transition& one = all[at];
            json_.begin_object();
            time("when_ns", one.when);
            time("told_ns", one.told);
            json_.text("from", name_of(one.from));
            json_.text("to", name_of(one.to));
            json_.text("kind", one.kind);
            if (!one.member.empty()) json_.text("member", one.member);
            if (!one.member_kind.empty()) json_.text("member_kind", one.member_kind);
            json_.text("cause", one.cause);
            if (one.evidence) evidence(*one.evidence);
            json_.end_object();
        }
        json_.end_list();
    }

    void evidence(const Evidence& known) {
        json_.begin_object("evidence");
        json_.number("priority", known.priority);
        json_.number("former_priority", known.former_priority);
        if (known.priority_moved) time("priority_moved_ns", *known.priority_moved);
        if (known.heard) {
            json_.begin_object("heard_last");
            json_.text("address", known.heard->address.text());
            json_.number("priority", known.heard->priority);
            time("when_ns", known.heard->when);
            json_.end_object();
        }
        span("active_interval_ns", known.active_interval);
        span("down_interval_ns", known.down_interval);
        write_judgements(json_, known);
        json_.end_object();
    }

    JsonWriter json_;
};

// Empty: it is too much.
std::string encode_with(const RecordingHead& head, const RoutersSnapshot& routers, std::size_t transitions,
                        std::size_t most_bytes) {
    std::string file;
    EntryWriter entry;
    entry.head(head, routers.head);
    file += entry.finished();
    const auto all = [&](const auto& units, auto write) {
        for (const auto& one : units) {
            if (file.size() > most_bytes) return;
            (entry.*write)(one, transitions);
            file += entry.finished();
        }
    };
    all(routers.instances, &EntryWriter::instance);
    all(routers.groups, &EntryWriter::group);
    all(routers.departed, &EntryWriter::removed);
    entry.begin("end");
    file += entry.finished();
    return file.size() > most_bytes ? std::string{} : file;
}

// --- Reading
// ---------------------------------------------------------------------------------------------------

// The members of an object. One that is missing leaves what there was; so does one that makes no sense, and
// is counted, once whatever it has within.
class Members {
public:
    Members(const Json& object, std::size_t& nonsense) : object_{object}, nonsense_{nonsense} {}

    // Of these: whether it was there and made sense.
    bool text(const char* name, std::string& into, std::size_t longest) {
        return take(name, [&](const Json& value) {
            if (!value.is_string()) return false;
            into = cut(printable(value.get_ref<const std::string&>()), longest);
            return true;
        });
    }
    template <class Number>
    bool number(const char* name, Number& into, std::int64_t least = std::numeric_limits<Number>::min(),
                std::int64_t most = std::numeric_limits<Number>::max()) {
        return take(name, [&](const Json& value) {
            // An unsigned one that is too large for int64 would come out negative.
            if (!value.is_number_integer() ||
                (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most)))
                return false;
            const auto given = value.get<std::int64_t>();
            if (given < least || given > most) return false;
            into = static_cast<Number>(given);
            return true;
        });
    }
    bool span(const char* name, Duration& into) {
        std::int64_t count = into.count();
        if (!number(name, count, 0, latest_ns)) return false;
        into = Duration{count};
        return true;
    }
    bool time(const char* name, Instant& into) {
        Duration since = into.time_since_epoch();
        if (!span(name, since)) return false;
        into = Instant{since};
        return true;
    }
    bool flag(const char* name, bool& into) {
        return take(name, [&](const Json& value) {
            if (value.is_boolean()) into = value.get<bool>();
            return value.is_boolean();
        });
    }
    template <class Enum>
    bool named(const char* name, Enum& into) {
        return take(name, [&](const Json& value) {
            const auto found = value.is_string() ? value_named<Enum>(value.get_ref<const std::string&>())
                                                 : std::optional<Enum>{};
            if (found) into = *found;
            return found.has_value();
        });
    }
    bool address(const char* name, IpAddress& into) {
        return take(name, [&](const Json& value) {
            const auto found = value.is_string() ? IpAddress::parse(value.get_ref<const std::string&>())
                                                 : std::optional<IpAddress>{};
            if (found) into = *found;
            return found.has_value();
        });
    }
    // read tells whether the part can be used.
    template <class Read>
    bool part(const char* name, Read read) {
        return take(name, [&](const Json& value) {
            if (!value.is_object()) return false;
            Members members{value, nonsense_};
            return read(members);
        });
    }
    // Those behind the bound, and those that cannot be used, are left out.
    template <class Entry, class Read>
    void list(const char* name, std::vector<Entry>& into, std::size_t most, Read read) {
        take(name, [&](const Json& value) {
            if (!value.is_array()) return false;
            for (const Json& element : value) {
                Entry entry{};
                const std::size_t before = nonsense_;
                if (into.size() < most && read(element, entry))
                    into.push_back(std::move(entry));
                else
                    nonsense_ = std::max(nonsense_, before + 1);
            }
            return true;
        });
    }
    template <class Entry, class Read>
    void objects(const char* name, std::vector<Entry>& into, std::size_t most, Read read) {
        list(name, into, most, [&](const Json& element, Entry& entry) {
            if (!element.is_object()) return false;
            Members members{element, nonsense_};
            return read(members, entry);
        });
    }

private:
    template <class Take>
    bool take(const char* name, Take take) {
        const auto found = object_.find(name);
        if (found == object_.end() || found->is_null()) return false;
        const std::size_t before = nonsense_;
        const bool made_sense = take(*found);
        if (!made_sense) nonsense_ = std::max(nonsense_, before + 1);
        return made_sense;
    }

    const Json& object_;
    std::size_t& nonsense_;
};

void read(Members& in, Evidence& evidence) {
    in.number("priority", evidence.priority);
    in.number("former_priority", evidence.former_priority);
    if (Instant moved{}; in.time("priority_moved_ns", moved)) evidence.priority_moved = moved;
    in.part("heard_last", [&](Members& part) {
        HeardLast heard{};
        if (!part.address("address", heard.address) || !part.time("when_ns", heard.when)) return false;
        part.number("priority", heard.priority);
        evidence.heard = heard;
        return true;
    });
    in.span("active_interval_ns", evidence.active_interval);
    in.span("down_interval_ns", evidence.down_interval);
    in.objects("factors", evidence.factors, most_factors, [](Members& part, Factor& factor) {
        part.named("verdict", factor.verdict);
        part.flag("is_fault", factor.is_fault);
        part.number("amount", factor.amount);
        return part.text("name", factor.name, most_name);
    });
    in.number("factors_total", evidence.factors_total);
    in.part("guard", [&](Members& part) {
        part.text("found", evidence.guard_found, most_text);
        part.text("verdict", evidence.guard_verdict, most_name);
        return part.number("row", evidence.guard_row, 1);
    });
}

// Without these there is nothing to tell.
bool read(Members& in, Transition& transition) {
    if (!in.time("when_ns", transition.when) || !in.named("to", transition.to)) return false;
    transition.from = transition.to;  // not known
    in.time("told_ns", transition.told);
    in.named("from", transition.from);
    in.text("kind", transition.kind, most_name);
    in.text("member", transition.member, most_name);
    in.text("member_kind", transition.member_kind, most_name);
    in.text("cause", transition.cause, most_text);
    in.part("evidence", [&](Members& part) {
        read(part, transition.evidence.emplace());
        return true;
    });
    return true;
}

void read_transitions(Members& in, std::vector<Transition>& transitions, std::size_t most) {
    in.objects("transitions", transitions, most,
               [](Members& part, Transition& transition) { return read(part, transition); });
}

bool read(Members& in, Instance& one, std::size_t most_transitions) {
    if (!in.text("name", one.name, most_name)) return false;
    in.number("vrid", one.vrid);
    in.number("version", one.version);
    in.named("family", one.family);
    in.text("interface", one.link, most_name);
    in.text("group", one.group, most_name);
    in.named("state", one.state);
    in.time("since_ns", one.since);
    in.named("order", one.order);
    in.time("ordered_ns", one.ordered);
    in.number("priority", one.priority);
    in.number("configured_priority", one.configured_priority);
    in.span("advert_interval_ns", one.advert_interval);
    in.span("active_interval_ns", one.active_interval);
    in.span("down_interval_ns", one.down_interval);
    in.objects("adjustments", one.adjustments, most_entries, [](Members& part, Adjustment& adjustment) {
        return part.text("name", adjustment.name, most_name) && part.number("amount", adjustment.amount);
    });
    read_transitions(in, one.transitions, most_transitions);
    return true;
}

bool read(Members& in, Group& one, std::size_t most_transitions) {
    if (!in.text("name", one.name, most_name)) return false;
    in.named("state", one.state);
    in.list("members", one.members, most_addresses, [](const Json& element, std::string& name) {
        if (!element.is_string()) return false;
        name = cut(printable(element.get_ref<const std::string&>()), most_name);
        return true;
    });
    read_transitions(in, one.transitions, most_transitions);
    return true;
}

bool read(Members& in, Departed& one, std::size_t most_transitions) {
    if (!in.text("name", one.name, most_name)) return false;
    in.number("vrid", one.vrid);
    in.named("family", one.family);
    in.text("interface", one.link, most_name);
    in.text("group", one.group, most_name);
    read_transitions(in, one.transitions, most_transitions);
    return true;
}

bool is_boot_id(std::string_view word) {
    return word.size() == 36 && std::all_of(word.begin(), word.end(), [](char one) {
               return (one >= '0' && one <= '9') || (one >= 'a' && one <= 'f') || one == '-';
           });
}

// Line by line, so that what is damaged costs no more than itself.
class RecordingReader {
public:
    explicit RecordingReader(std::string_view file) : rest_{file} {}

    Result<Recording> read_all() {
        if (auto read = read_head(); !read) return std::move(read).error();
        while (!rest_.empty() && !ended_)
            read_entry();
        found_.left_out = left_out();
        return std::move(found_);
    }

private:
    // No object: it is none.
    Json next() {
        const std::size_t size = std::min(rest_.find('\n'), rest_.size());
        const std::string_view line = rest_.substr(0, size);
        rest_.remove_prefix(std::min(size + 1, rest_.size()));
        if (line.size() > longest_line) return {};
        return Json::parse(line, nullptr, false);
    }

    Result<void> read_head() {
        const Json object = next();
        std::string entry;
        std::int64_t form = 0;
        if (object.is_object()) {
            Members in{object, nonsense_};
            in.text("entry", entry, most_name);
            in.number("schema", form);
        }
        if (entry != "run") return Error::invalid("it is no history");
        if (form != schema)
            return Error::invalid("the history has form " + std::to_string(form) +
                                  ", this program reads form " + std::to_string(schema));
        Members in{object, nonsense_};
        Head& head = found_.routers.head;
        in.text("version", head.version, most_name);
        const bool placed = in.named("end", found_.head.end) &&
                            in.text("boot", found_.head.boot, most_name) && is_boot_id(found_.head.boot) &&
                            in.number("saved_ms", found_.head.saved_ms, 0, latest_ms) &&
                            in.time("taken_ns", head.taken) && in.span("taken_wall_ns", head.taken_wall);
        if (!placed) return Error::invalid("its first line is damaged");
        in.text("node", head.node, most_name);
        in.text("configuration", head.configuration, most_text);
        in.time("started_ns", head.started);
        return {};
    }

    void read_entry() {
        const Json object = next();
        std::string entry;
        if (!object.is_object()) {
            ++nonsense_;
            return;
        }
        Members in{object, nonsense_};
        in.text("entry", entry, most_name);
        if (entry == "instance") read_unit(in, found_.routers.instances);
        if (entry == "group") read_unit(in, found_.routers.groups);
        if (entry == "removed") read_unit(in, found_.routers.departed);
        ended_ = entry == "end";
    }

    template <class Unit>
    void read_unit(Members& in, std::vector<Unit>& units) {
        Unit one{};
        const std::size_t before = nonsense_;
        const std::size_t room = most_recorded_transitions - transitions_;
        if (units_ >= most_recorded_units || !read(in, one, std::min(most_entries, room))) {
            nonsense_ = std::max(nonsense_, before + 1);
            return;
        }
        ++units_;
        transitions_ += one.transitions.size();
        units.push_back(std::move(one));
    }

    std::string left_out() const {
        std::string text;
        if (nonsense_ > 0)
            text = std::to_string(nonsense_) +
                   (nonsense_ == 1 ? " value that this program does not understand, "
                                   : " values that this program does not understand, ") +
                   "written by Holdfast " + found_.routers.head.version;
        if (!ended_) text += (text.empty() ? "" : "; ") + std::string{"what stood behind its sudden end"};
        return text;
    }

    std::string_view rest_;
    Recording found_;
    std::size_t nonsense_ = 0;
    std::size_t units_ = 0;
    std::size_t transitions_ = 0;
    bool ended_ = false;
};

}  // namespace

std::optional<std::string> encode(const RecordingHead& head, const RoutersSnapshot& routers,
                                  std::size_t most_bytes) {
    for (const std::size_t transitions : transitions_tried)
        if (std::string file = encode_with(head, routers, transitions, most_bytes); !file.empty())
            return file;
    return std::nullopt;
}

Result<Recording> decode_recording(std::string_view file) {
    if (file.size() > most_recording_bytes) return Error::invalid("it is too long");
    return RecordingReader{file}.read_all();
}

std::string recording_name(std::uint32_t number) {
    char name[32];
    std::snprintf(name, sizeof name, "%08u", number);
    return name + std::string{recording_ending};
}

std::optional<std::uint32_t> recording_number(std::string_view name) {
    if (name.size() < digits + recording_ending.size() || !name.ends_with(recording_ending))
        return std::nullopt;
    name.remove_suffix(recording_ending.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_number = error == std::errc{} && end == name.data() + name.size();
    return is_number && recording_name(number).size() == name.size() + recording_ending.size()
               ? std::optional{number}
               : std::nullopt;
}

}  // namespace holdfast::status
