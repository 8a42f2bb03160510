#include "status/document.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "status/json.h"

namespace holdfast::status {

namespace {

void write_evidence(JsonWriter& json, const Head& head, const Evidence& evidence) {
    const auto moment = [&](std::string_view name, Instant then) {
        json.text(name, utc(wall_ms(head, then)));
    };
    json.begin_object("evidence");
    json.number("priority", evidence.priority);
    if (evidence.priority_moved) {
        json.number("former_priority", evidence.former_priority);
        moment("priority_moved", *evidence.priority_moved);
    } else {
        json.nothing("former_priority");
        json.nothing("priority_moved");
    }
    if (evidence.heard) {
        json.begin_object("heard_last");
        json.text("address", evidence.heard->address.text());
        json.number("priority", evidence.heard->priority);
        moment("when", evidence.heard->when);
        json.end_object();
    } else {
        json.nothing("heard_last");
    }
    json.seconds("active_interval_seconds", milliseconds(evidence.active_interval));
    json.seconds("down_interval_seconds", milliseconds(evidence.down_interval));
    write_judgements(json, evidence);
    json.end_object();
}

class Document {
public:
    Document(const Parts& parts, const std::vector<std::string>& names, Instant now)
        : parts_{parts}, names_{names}, now_{now} {}

    std::string write(const Published& published) {
        json_.begin_object();
        json_.number("schema", document_schema);
        head(published);
        if (published.routers) routers(*published.routers);
        if (published.checks && parts_.checks) checks(*published.checks);
        json_.end_object();
        return json_.take();
    }

private:
    void moment(std::string_view name, const Head& head, Instant then) {
        json_.text(name, utc(wall_ms(head, then)));
    }

    void text_or_nothing(std::string_view name, const std::string& value) {
        if (value.empty())
            json_.nothing(name);
        else
            json_.text(name, value);
    }

    void head(const Published& published) {
        const Head* known = published.routers  ? &published.routers->head
                            : published.checks ? &published.checks->head
                                               : nullptr;
        json_.begin_object("daemon");
        if (known != nullptr) {
            json_.text("version", known->version);
            json_.text("node", known->node);
            json_.text("configuration", known->configuration);
            moment("taken", *known, known->taken);
        }
        if (published.kept) {
            json_.begin_object("kept");
            json_.text("state", name_of(published.kept->end));
            json_.text("ended", utc(published.kept->saved_ms));
            json_.end_object();
        }
        for (const auto& [name, head] :
             {std::pair{"vrrp", published.routers ? &published.routers->head : nullptr},
              std::pair{"checker", published.checks ? &published.checks->head : nullptr}}) {
            if (head == nullptr) {
                json_.nothing(name);
                continue;
            }
            json_.begin_object(name);
            moment("started", *head, head->started);
            json_.seconds("taken_seconds_ago", age_ms(now_, head->taken));
            json_.end_object();
        }
        json_.end_object();
    }

    void routers(const RoutersSnapshot& routers) {
        head_ = &routers.head;
        json_.begin_list("instances");
        for (const Instance& one : routers.instances)
            if (is_meant(one.name, names_)) instance(one);
        json_.end_list();
        if (parts_.groups) {
            json_.begin_list("groups");
            for (const Group& one : routers.groups)
                if (is_meant(one.name, names_)) group(one);
            json_.end_list();
        }
        if (parts_.trackers) {
            json_.begin_list("trackers");
            for (const TrackerVerdict& one : routers.trackers) {
                json_.begin_object();
                json_.text("name", one.name);
                json_.text("verdict", name_of(one.verdict));
                json_.number("value", one.value);
                json_.end_object();
            }
            json_.end_list();
        }
    }

    void instance(const Instance& one) {
        json_.begin_object();
        json_.text("name", one.name);
        json_.number("vrid", one.vrid);
        json_.text("family", name_of(one.family));
        json_.number("version", one.version);
        text_or_nothing("interface", one.link);
        text_or_nothing("group", one.group);
        json_.text("state", name_of(one.state));
        moment("since", *head_, one.since);
        json_.seconds("for_seconds", age_ms(now_, one.since));
        if (parts_.instances) details(one);
        if (parts_.transitions && !parts_.instances) times(one);
        if (parts_.transitions) transitions(one.transitions);
        if (parts_.peers) peers(one);
        if (parts_.counters) {
            json_.begin_object("counters");
            for (const Counter& counter : one.counters)
                json_.count(counter.name, counter.value);
            json_.end_object();
        }
        json_.end_object();
    }

    void order(const Instance& one) {
        if (one.order == Order::none) return json_.nothing("order");
        json_.begin_object("order");
        json_.text("kind", name_of(one.order));
        moment("since", *head_, one.ordered);
        json_.seconds("for_seconds", age_ms(now_, one.ordered));
        json_.end_object();
    }

    void details(const Instance& one) {
        order(one);
        json_.flag("wants_active", one.wants_active);
        text_or_nothing("cause", one.transitions.empty() ? "" : one.transitions.back().cause);
        text_or_nothing("fault", one.fault);
        json_.number("priority", one.priority);
        json_.number("configured_priority", one.configured_priority);
        json_.begin_list("adjustments");
        for (const Adjustment& adjustment : one.adjustments) {
            json_.begin_object();
            json_.text("name", adjustment.name);
            json_.number("amount", adjustment.amount);
            json_.end_object();
        }
        json_.end_list();
        text_or_nothing("source", one.source ? one.source->text() : "");
        times(one);
        const auto followed = std::find_if(one.peers.begin(), one.peers.end(),
                                           [](const Peer& peer) { return peer.is_followed; });
        if (followed == one.peers.end())
            json_.nothing("active_router");
        else
            peer(*followed, "active_router");
        json_.count("addresses_total", one.addresses_total);
        json_.count("addresses_in_place", one.addresses_in_place);
        json_.begin_list("addresses");
        for (const VirtualAddress& address : one.addresses) {
            json_.begin_object();
            json_.text("address", address.prefix.text());
            json_.text("interface", address.link);
            json_.flag("in_place", address.in_place);
            json_.end_object();
        }
        json_.end_list();
    }

    void times(const Instance& one) {
        json_.seconds("advert_interval_seconds", milliseconds(one.advert_interval));
        json_.seconds("active_interval_seconds", milliseconds(one.active_interval));
        json_.seconds("down_interval_seconds", milliseconds(one.down_interval));
    }

    void transitions(const std::vector<Transition>& all) {
        json_.begin_list("transitions");
        for (const Transition& transition : all) {
            json_.begin_object();
            moment("when", *head_, transition.when);
            json_.seconds("seconds_ago", age_ms(now_, transition.when));
            write_step(json_, *head_, transition);
            json_.end_object();
        }
        json_.end_list();
    }

    void peers(const Instance& one) {
        json_.begin_list("peers");
        for (const Peer& each : one.peers)
            peer(each);
        json_.end_list();
    }

    void peer(const Peer& peer, std::string_view name = {}) {
        json_.begin_object(name);
        json_.text("address", peer.address.text());
        json_.number("priority", peer.priority);
        if (peer.heard) {
            moment("heard", *head_, *peer.heard);
            json_.seconds("heard_seconds_ago", age_ms(now_, *peer.heard));
        } else {
            json_.nothing("heard");
            json_.nothing("heard_seconds_ago");
        }
        json_.count("adverts", peer.adverts);
        json_.flag("is_followed", peer.is_followed);
        json_.flag("is_configured", peer.is_configured);
        json_.end_object();
    }

    void group(const Group& one) {
        json_.begin_object();
        json_.text("name", one.name);
        json_.text("state", name_of(one.state));
        json_.begin_list("members");
        for (const std::string& member : one.members)
            json_.text({}, member);
        json_.end_list();
        if (parts_.transitions) transitions(one.transitions);
        json_.end_object();
    }

    void checks(const ChecksSnapshot& checks) {
        head_ = &checks.head;
        json_.begin_list("checks");
        for (const Check& one : checks.checks)
            if (is_meant(one.name, names_)) check(one);
        json_.end_list();
    }

    void check(const Check& one) {
        json_.begin_object();
        json_.text("name", one.name);
        json_.text("kind", one.kind);
        json_.text("target", one.target);
        json_.text("verdict", name_of(one.verdict));
        if (one.verdict == Verdict::unknown)
            json_.nothing("since");
        else
            moment("since", *head_, one.since);
        if (one.value)
            json_.number("value", *one.value);
        else
            json_.nothing("value");
        if (one.interval > Duration{0}) schedule(one);
        json_.text("outcome", one.outcome);
        json_.text("output", one.output);
        json_.end_object();
    }

    void schedule(const Check& one) {
        json_.seconds("interval_seconds", milliseconds(one.interval));
        json_.seconds("timeout_seconds", milliseconds(one.timeout));
        json_.number("rise", one.rise);
        json_.number("fall", one.fall);
        json_.count("runs", one.runs);
        json_.count("failures", one.failures);
        json_.text("last", name_of(one.last));
        if (one.last_end)
            moment("last_end", *head_, *one.last_end);
        else
            json_.nothing("last_end");
        json_.seconds("last_duration_seconds", milliseconds(one.last_duration));
    }

    const Parts& parts_;
    const std::vector<std::string>& names_;
    Instant now_;
    JsonWriter json_;
    const Head* head_ = nullptr;  // whose clock counts
};

}  // namespace

void write_judgements(JsonWriter& json, const Evidence& evidence) {
    json.begin_list("factors");
    for (const Factor& factor : evidence.factors) {
        json.begin_object();
        json.text("name", factor.name);
        json.text("verdict", name_of(factor.verdict));
        json.flag("is_fault", factor.is_fault);
        json.number("amount", factor.amount);
        json.end_object();
    }
    json.end_list();
    json.count("factors_total", evidence.factors_total);
    if (evidence.guard_row != 0) {
        json.begin_object("guard");
        json.number("row", evidence.guard_row);
        json.text("found", evidence.guard_found);
        json.text("verdict", evidence.guard_verdict);
        json.end_object();
    } else {
        json.nothing("guard");
    }
}

void write_step(JsonWriter& json, const Head& head, const Transition& transition) {
    json.text("from", name_of(transition.from));
    json.text("to", name_of(transition.to));
    json.text("kind", transition.kind);
    json.text("cause", transition.cause);
    if (transition.member.empty())
        json.nothing("member");
    else
        json.text("member", transition.member);
    if (transition.evidence)
        write_evidence(json, head, *transition.evidence);
    else
        json.nothing("evidence");
}

std::string to_json(const Published& published, const Parts& parts, const std::vector<std::string>& names,
                    Instant now) {
    return Document{parts, names, now}.write(published);
}

bool is_meant(std::string_view name, const std::vector<std::string>& names) {
    return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& wanted) {
               const std::size_t space = name.find(' ');
               return name == wanted || (space != std::string_view::npos && name.substr(space + 1) == wanted);
           });
}

std::int64_t milliseconds(Duration span) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

std::int64_t age_ms(Instant now, Instant then) {
    return milliseconds(now.time_since_epoch()) - milliseconds(then.time_since_epoch());
}

std::int64_t wall_ms(const Head& head, Instant then) {
    return milliseconds(head.taken_wall) - age_ms(head.taken, then);
}

std::string utc(std::int64_t wall_ms) {
    const std::int64_t fraction = ((wall_ms % 1000) + 1000) % 1000;
    const auto date = static_cast<std::time_t>((wall_ms - fraction) / 1000);
    tm broken{};
    char text[64];
    if (gmtime_r(&date, &broken) == nullptr || std::strftime(text, sizeof text, "%FT%T", &broken) == 0)
        return "?";
    char digits[16];
    std::snprintf(digits, sizeof digits, ".%03dZ", static_cast<int>(fraction));
    return std::string{text} + digits;
}

}  // namespace holdfast::status
