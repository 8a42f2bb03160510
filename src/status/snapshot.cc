#include "status/snapshot.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace holdfast::status {

namespace {

enum class Tag : std::uint8_t {
    head = 1,
    instance,
    group,
    tracker,
    guard,
    statics,
    departed,
    check,
    guarded,
    end
};

// --- Writing
// ---------------------------------------------------------------------------------------------------

class Writer {
public:
    explicit Writer(ByteWriter& out) : out_{out} {}

    void operator()(std::string_view text, std::size_t most) {
        const std::string_view shown = cut(text, most);
        out_.be16(static_cast<std::uint16_t>(shown.size()));
        out_.copy({reinterpret_cast<const std::uint8_t*>(shown.data()), shown.size()});
    }
    void operator()(bool value) { out_.u8(value ? 1 : 0); }
    void operator()(std::uint8_t value) { out_.u8(value); }
    void operator()(std::uint32_t value) { out_.be32(value); }
    void operator()(std::int32_t value) { out_.be32(static_cast<std::uint32_t>(value)); }
    void operator()(std::uint64_t value) { out_.be64(value); }
    void operator()(Duration value) { out_.be64(static_cast<std::uint64_t>(value.count())); }
    void operator()(Instant value) { (*this)(value.time_since_epoch()); }
    void operator()(const IpAddress& value) {
        const ByteView bytes = value.bytes();
        out_.u8(static_cast<std::uint8_t>(bytes.size()));
        out_.copy(bytes);
    }
    void operator()(const Prefix& value) {
        (*this)(value.address);
        out_.u8(value.length);
    }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void operator()(Enum value) { out_.u8(static_cast<std::uint8_t>(value)); }
    template <class Value>
    void operator()(const std::optional<Value>& value) {
        (*this)(value.has_value());
        if (value) (*this)(*value);
    }
    template <class Entry, class Each>
    void list(const std::vector<Entry>& entries, std::size_t most, Each each) {
        const std::size_t count = std::min(entries.size(), most);
        out_.be16(static_cast<std::uint16_t>(count));
        for (std::size_t at = entries.size() - count; at < entries.size(); ++at)
            each(*this, entries[at]);
    }

    template <class Part, class Each>
    void part(const std::optional<Part>& part, Each each) {
        (*this)(part.has_value());
        if (part) each(*this, *part);
    }

    // Those behind the bound are left out.
    void marks(const std::vector<bool>& marks) {
        const std::size_t count = std::min(marks.size(), most_marks);
        out_.be16(static_cast<std::uint16_t>(count));
        std::uint8_t byte = 0;
        for (std::size_t at = 0; at < count; ++at) {
            byte = static_cast<std::uint8_t>(byte << 1 | (marks[at] ? 1 : 0));
            if (at % 8 == 7 || at + 1 == count) out_.u8(std::exchange(byte, 0));
        }
    }

private:
    ByteWriter& out_;
};

// --- Reading
// ---------------------------------------------------------------------------------------------------

// The mirror image. After the first thing that makes no sense nothing more is read.
class Reader {
public:
    explicit Reader(ByteView bytes) : in_{bytes} {}

    bool failed() const { return failed_; }
    bool at_end() const { return in_.left() == 0; }

    void operator()(std::string& text, std::size_t most) {
        const auto size = in_.be16();
        const auto bytes = size && *size <= most ? in_.take(*size) : std::nullopt;
        if (!bytes) return fail();
        text = printable({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    }
    void operator()(bool& value) {
        std::uint8_t byte = 0;
        (*this)(byte);
        if (byte > 1) return fail();
        value = byte == 1;
    }
    void operator()(std::uint8_t& value) { take(value, in_.u8()); }
    void operator()(std::uint32_t& value) { take(value, in_.be32()); }
    void operator()(std::int32_t& value) { take(value, in_.be32()); }
    void operator()(std::uint64_t& value) { take(value, in_.be64()); }
    void operator()(Duration& value) {
        const auto count = in_.be64();
        if (!count) return fail();
        value = Duration{static_cast<std::int64_t>(*count)};
    }
    void operator()(Instant& value) {
        Duration since{0};
        (*this)(since);
        value = Instant{since};
    }
    void operator()(IpAddress& value) {
        const auto size = in_.u8();
        const auto bytes = size && (*size == 4 || *size == 16) ? in_.take(*size) : std::nullopt;
        if (!bytes) return fail();
        value = *IpAddress::from_bytes(*bytes);
    }
    void operator()(Prefix& value) {
        (*this)(value.address);
        (*this)(value.length);
        if (value.length > host_prefix_length(value.address.family())) fail();
    }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void operator()(Enum& value) {
        std::uint8_t byte = 0;
        (*this)(byte);
        const auto found = static_cast<Enum>(byte);
        if (name_of(found) == "?") return fail();
        value = found;
    }
    template <class Value>
    void operator()(std::optional<Value>& value) {
        bool has = false;
        (*this)(has);
        if (failed_ || !has) return;
        Value inner{};
        (*this)(inner);
        value = inner;
    }
    template <class Entry, class Each>
    void list(std::vector<Entry>& entries, std::size_t most, Each each) {
        const auto count = in_.be16();
        if (!count || *count > most) return fail();
        for (std::uint16_t at = 0; at < *count && !failed_; ++at)
            each(*this, entries.emplace_back());
    }
    template <class Part, class Each>
    void part(std::optional<Part>& part, Each each) {
        bool has = false;
        (*this)(has);
        if (!failed_ && has) each(*this, part.emplace());
    }
    void marks(std::vector<bool>& marks) {
        const auto count = in_.be16();
        const auto bytes = count ? in_.take((*count + 7U) / 8U) : std::nullopt;
        if (!count || !bytes) return fail();
        marks.resize(*count);
        for (std::size_t at = 0; at < marks.size(); ++at) {
            const std::size_t in_byte = std::min<std::size_t>(8, marks.size() - at / 8 * 8);
            marks[at] = ((*bytes)[at / 8] >> (in_byte - 1 - at % 8) & 1) != 0;
        }
    }
    std::optional<Tag> tag() {
        const auto byte = in_.u8();
        if (!byte || *byte < static_cast<std::uint8_t>(Tag::head) ||
            *byte > static_cast<std::uint8_t>(Tag::end))
            return std::nullopt;
        return static_cast<Tag>(*byte);
    }
    std::uint16_t version() { return in_.be16().value_or(0); }

private:
    void fail() { failed_ = true; }
    template <class Value, class Found>
    void take(Value& value, const Found& found) {
        if (!found) return fail();
        value = static_cast<Value>(*found);
    }
    ByteReader in_;
    bool failed_ = false;
};

// --- Both: one list of fields for each kind of entry
// -----------------------------------------------------------

template <class Fields, class Entry>
void head_fields(Fields& at, Entry& head) {
    at(head.version, most_name);
    at(head.node, most_name);
    at(head.configuration, most_text);
    at(head.started);
    at(head.taken);
    at(head.taken_wall);
}

template <class Fields, class Entry>
void evidence_fields(Fields& at, Entry& evidence) {
    at(evidence.priority);
    at(evidence.former_priority);
    at(evidence.priority_moved);
    at.part(evidence.heard, [](auto& in, auto& heard) {
        in(heard.address);
        in(heard.priority);
        in(heard.when);
    });
    at(evidence.active_interval);
    at(evidence.down_interval);
    at.list(evidence.factors, most_factors, [](auto& in, auto& factor) {
        in(factor.name, most_name);
        in(factor.verdict);
        in(factor.is_fault);
        in(factor.amount);
    });
    at(evidence.factors_total);
    at(evidence.guard_row);
    at(evidence.guard_found, most_text);
    at(evidence.guard_verdict, most_name);
}

template <class Fields, class Entries>
void transition_fields(Fields& at, Entries& transitions) {
    at.list(transitions, most_entries, [](auto& in, auto& transition) {
        in(transition.when);
        in(transition.told);
        in(transition.from);
        in(transition.to);
        in(transition.kind, most_name);
        in(transition.member, most_name);
        in(transition.member_kind, most_name);
        in(transition.cause, most_text);
        in.part(transition.evidence, [](auto& part, auto& evidence) { evidence_fields(part, evidence); });
    });
}

template <class Fields, class Entry>
void held_fields(Fields& at, Entry& held) {
    at.marks(held.addresses);
    at.marks(held.routes);
    at.marks(held.rules);
}

template <class Fields, class Entry>
void instance_fields(Fields& at, Entry& instance) {
    at(instance.name, most_name);
    at(instance.vrid);
    at(instance.version);
    at(instance.family);
    at(instance.link, most_name);
    at(instance.group, most_name);
    at(instance.state);
    at(instance.wants_active);
    at(instance.has_fault);
    at(instance.since);
    at(instance.order);
    at(instance.ordered);
    at(instance.priority);
    at(instance.configured_priority);
    at(instance.source);
    at(instance.advert_interval);
    at(instance.active_interval);
    at(instance.down_interval);
    at(instance.fault, most_text);
    at(instance.addresses_total);
    at(instance.addresses_in_place);
    at.list(instance.addresses, most_addresses, [](auto& in, auto& address) {
        in(address.prefix);
        in(address.link, most_name);
        in(address.in_place);
        in(address.is_excluded);
    });
    at.list(instance.adjustments, most_entries, [](auto& in, auto& adjustment) {
        in(adjustment.name, most_name);
        in(adjustment.amount);
    });
    at.list(instance.peers, most_entries, [](auto& in, auto& peer) {
        in(peer.address);
        in(peer.priority);
        in(peer.heard);
        in(peer.adverts);
        in(peer.is_followed);
        in(peer.is_configured);
    });
    transition_fields(at, instance.transitions);
    at.list(instance.counters, most_entries, [](auto& in, auto& counter) {
        in(counter.name, most_name);
        in(counter.value);
    });
    at(instance.last_error);
    at(instance.error_source);
    held_fields(at, instance.held);
}

template <class Fields, class Entry>
void group_fields(Fields& at, Entry& group) {
    at(group.name, most_name);
    at(group.state);
    at.list(group.members, most_addresses, [](auto& in, auto& member) { in(member, most_name); });
    transition_fields(at, group.transitions);
}

template <class Fields, class Entry>
void departed_fields(Fields& at, Entry& departed) {
    at(departed.name, most_name);
    at(departed.vrid);
    at(departed.family);
    at(departed.link, most_name);
    at(departed.group, most_name);
    at(departed.begins_active);
    at(departed.word);
    transition_fields(at, departed.transitions);
}

template <class Fields, class Entry>
void tracker_fields(Fields& at, Entry& tracker) {
    at(tracker.name, most_name);
    at(tracker.verdict);
    at(tracker.value);
}

template <class Fields, class Entry>
void guard_fields(Fields& at, Entry& guard) {
    at(guard.unit, most_name);
    at(guard.situation);
    at(guard.verdict);
    at(guard.holds_back);
}

template <class Fields, class Entry>
void check_fields(Fields& at, Entry& check) {
    at(check.name, most_name);
    at(check.kind, most_name);
    at(check.target, most_text);
    at(check.verdict);
    at(check.since);
    at(check.value);
    at(check.last);
    at(check.outcome, most_text);
    at(check.output, most_output);
    at(check.last_end);
    at(check.last_duration);
    at(check.interval);
    at(check.timeout);
    at(check.rise);
    at(check.fall);
    at(check.runs);
    at(check.failures);
}

template <class Fields, class Entry>
void guarded_fields(Fields& at, Entry& guarded) {
    at(guarded.unit, most_name);
    at(guarded.has_incident);
    at(guarded.kind, most_name);
    at(guarded.opened_wall);
}

void begin(ByteWriter& out, Tag tag) {
    out.u8(static_cast<std::uint8_t>(tag));
}

Error damaged() {
    return Error::invalid("the status cannot be read: it is damaged");
}

// Entries until the end; take says whether it knows the tag.
template <class Take>
Result<void> read_all(ByteView bytes, Head& head, Take take) {
    Reader in{bytes};
    if (in.tag() != Tag::head) return damaged();
    if (const std::uint16_t version = in.version(); version != snapshot_version)
        return Error::invalid("the status has form " + std::to_string(version) +
                              ", this program reads form " + std::to_string(snapshot_version));
    head_fields(in, head);
    while (!in.failed()) {
        const auto tag = in.tag();
        if (tag == Tag::end && in.at_end()) return {};
        if (!tag || !take(in, *tag)) break;
    }
    return damaged();
}

// A character of UTF-8 that a terminal shows, as its length; 0: none.
std::size_t character_at(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t size = first >= 0xf0 && first < 0xf5   ? 4
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xc2 && first < 0xe0 ? 2
                                                             : 0;
    if (size == 0 || text.size() < size) return 0;
    std::uint32_t code = first & (0x7fU >> size);
    for (std::size_t at = 1; at < size; ++at) {
        if ((byte(at) & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte(at) & 0x3fU);
    }
    // Overlong forms, surrogates, and what a terminal obeys: C1 controls, line separators, changes of
    // direction.
    constexpr std::array<std::uint32_t, 5> first_of_size{0, 0, 0x80, 0x800, 0x10000};
    if (code < first_of_size[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return 0;
    if (code < 0xa0 || (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
        (code >= 0x2060 && code <= 0x206f) || code == 0xfeff)
        return 0;
    return size;
}

}  // namespace

std::size_t routers_capacity(std::size_t instances, std::size_t groups, std::size_t trackers) {
    // Memory that is never written costs nothing. most_entry_bytes is what one could have, not what many
    // have.
    constexpr std::size_t usual_instance = std::size_t{16} << 10;
    constexpr std::size_t usual_group = std::size_t{8} << 10;
    constexpr std::size_t usual_tracker = 512;
    constexpr std::size_t usual_departed = std::size_t{2} << 10;
    return 4 * most_entry_bytes + instances * usual_instance + groups * usual_group +
           trackers * usual_tracker + most_departed * usual_departed;
}

std::size_t checks_capacity(std::size_t trackers, std::size_t guarded) {
    constexpr std::size_t largest_check = std::size_t{2} << 10;
    constexpr std::size_t largest_guarded = std::size_t{1} << 10;
    return most_entry_bytes + trackers * largest_check + guarded * largest_guarded;
}

void write(ByteWriter& out, const Head& head) {
    begin(out, Tag::head);
    out.be16(snapshot_version);
    Writer at{out};
    head_fields(at, head);
}

void write(ByteWriter& out, const Instance& instance) {
    begin(out, Tag::instance);
    Writer at{out};
    instance_fields(at, instance);
}

void write(ByteWriter& out, const Group& group) {
    begin(out, Tag::group);
    Writer at{out};
    group_fields(at, group);
}

void write(ByteWriter& out, const TrackerVerdict& tracker) {
    begin(out, Tag::tracker);
    Writer at{out};
    tracker_fields(at, tracker);
}

void write(ByteWriter& out, const GuardState& guard) {
    begin(out, Tag::guard);
    Writer at{out};
    guard_fields(at, guard);
}

void write(ByteWriter& out, const Held& statics) {
    begin(out, Tag::statics);
    Writer at{out};
    held_fields(at, statics);
}

void write(ByteWriter& out, const Departed& departed) {
    begin(out, Tag::departed);
    Writer at{out};
    departed_fields(at, departed);
}

void write(ByteWriter& out, const Check& check) {
    begin(out, Tag::check);
    Writer at{out};
    check_fields(at, check);
}

void write(ByteWriter& out, const GuardedUnit& guarded) {
    begin(out, Tag::guarded);
    Writer at{out};
    guarded_fields(at, guarded);
}

void write_end(ByteWriter& out) {
    begin(out, Tag::end);
}

Result<RoutersSnapshot> read_routers(ByteView bytes) {
    RoutersSnapshot snapshot;
    const auto take = [&](Reader& in, Tag tag) {
        switch (tag) {
            case Tag::instance:
                instance_fields(in, snapshot.instances.emplace_back());
                return true;
            case Tag::group:
                group_fields(in, snapshot.groups.emplace_back());
                return true;
            case Tag::tracker:
                tracker_fields(in, snapshot.trackers.emplace_back());
                return true;
            case Tag::guard:
                guard_fields(in, snapshot.guards.emplace_back());
                return true;
            case Tag::statics:
                held_fields(in, snapshot.statics);
                return true;
            case Tag::departed:
                if (snapshot.departed.size() == most_departed) return false;
                departed_fields(in, snapshot.departed.emplace_back());
                return true;
            default:
                return false;
        }
    };
    if (auto read = read_all(bytes, snapshot.head, take); !read) return std::move(read).error();
    return snapshot;
}

Result<ChecksSnapshot> read_checks(ByteView bytes) {
    ChecksSnapshot snapshot;
    const auto take = [&](Reader& in, Tag tag) {
        if (tag == Tag::check) check_fields(in, snapshot.checks.emplace_back());
        if (tag == Tag::guarded) guarded_fields(in, snapshot.guarded.emplace_back());
        return tag == Tag::check || tag == Tag::guarded;
    };
    if (auto read = read_all(bytes, snapshot.head, take); !read) return std::move(read).error();
    return snapshot;
}

bool is_news(const Transition& transition, Instant since, const Head& head) {
    return transition.told > since && transition.told <= head.taken &&
           transition.told > head.taken - longest_news;
}

std::string_view cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
        --most;
    return text.substr(0, most);
}

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = character_at(text);
        if (size > 0)
            shown.append(text.substr(0, size));
        else
            shown += text[0] == '\n' || text[0] == '\t' ? ' ' : '?';
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return shown;
}

}  // namespace holdfast::status
