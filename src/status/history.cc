#include "status/history.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "status/document.h"
#include "status/json.h"

namespace holdfast::status {

namespace {

// The same transition, in whichever run it is found.
using Key = std::tuple<std::string_view, std::string_view, bool, Instant, RouterState>;

// Of one that was not told the beginning is not known.
bool says_less(const Transition& one, const Transition& other) {
    return one.from == one.to && other.from != other.to;
}

void write(JsonWriter& json, const History& history, const HistoryEvent& event, std::int64_t now_ms) {
    const Transition& transition = *event.transition;
    json.begin_object();
    json.text("when", utc(event.wall_ms));
    json.seconds("seconds_ago", now_ms - event.wall_ms);
    json.text("name", event.unit);
    json.flag("is_group", event.is_group);
    json.count("run", event.run);
    write_step(json, history.runs()[event.run].routers.head, transition);
    json.end_object();
}

}  // namespace

History::History(std::vector<Run> runs, const std::vector<std::string>& names,
                 std::optional<std::int64_t> since_ms)
    : runs_{std::move(runs)} {
    std::map<Key, HistoryEvent> found;
    const auto take = [&](std::size_t run, const std::string& unit, bool is_group,
                          const std::vector<Transition>& transitions) {
        std::size_t taken = 0;
        for (const Transition& one : transitions) {
            const HistoryEvent event{run, wall_ms(runs_[run].routers.head, one.when), unit, is_group, &one};
            if (since_ms && event.wall_ms < *since_ms) continue;
            ++taken;
            const auto [place, is_new] =
                found.emplace(Key{runs_[run].boot, unit, is_group, one.when, one.to}, event);
            if (!is_new && !says_less(one, *place->second.transition)) place->second = event;
        }
        const bool is_known = std::find(cut_short_.begin(), cut_short_.end(), unit) != cut_short_.end();
        if (taken >= most_transitions && !is_known) cut_short_.push_back(unit);
    };
    for (std::size_t run = 0; run < runs_.size(); ++run) {
        for (const Instance& one : runs_[run].routers.instances)
            if (is_meant(one.name, names) || (!one.group.empty() && is_meant(one.group, names)))
                take(run, one.name, false, one.transitions);
        for (const Departed& one : runs_[run].routers.departed)
            if (is_meant(one.name, names) || (!one.group.empty() && is_meant(one.group, names)))
                take(run, one.name, false, one.transitions);
        for (const Group& one : runs_[run].routers.groups)
            if (is_meant(one.name, names)) take(run, one.name, true, one.transitions);
    }
    events_.reserve(found.size());
    for (const auto& [key, event] : found)
        events_.push_back(event);
    std::sort(events_.begin(), events_.end(), [](const HistoryEvent& one, const HistoryEvent& other) {
        return std::tuple{one.wall_ms, one.transition->told, one.unit} <
               std::tuple{other.wall_ms, other.transition->told, other.unit};
    });
}

bool History::knows(const std::string& name) const {
    const std::vector<std::string> wanted{name};
    const auto named = [&](const auto& one) { return is_meant(one.name, wanted); };
    return std::any_of(runs_.begin(), runs_.end(), [&](const Run& run) {
        return std::any_of(run.routers.instances.begin(), run.routers.instances.end(), named) ||
               std::any_of(run.routers.departed.begin(), run.routers.departed.end(), named) ||
               std::any_of(run.routers.groups.begin(), run.routers.groups.end(), named);
    });
}

std::string to_json(const History& history, std::int64_t now_ms) {
    JsonWriter json;
    json.begin_object();
    json.number("schema", document_schema);
    json.begin_list("runs");
    for (const Run& run : history.runs()) {
        const Head& head = run.routers.head;
        json.begin_object();
        json.text("node", head.node);
        json.text("version", head.version);
        json.text("configuration", head.configuration);
        json.text("started", utc(wall_ms(head, head.started)));
        json.text("state", run.end ? name_of(*run.end) : "running");
        if (run.end)
            json.text("ended", utc(run.ended_ms));
        else
            json.nothing("ended");
        json.end_object();
    }
    json.end_list();
    json.begin_list("events");
    for (const HistoryEvent& event : history.events()) {
        write(json, history, event, now_ms);
    }
    json.end_list();
    json.begin_list("cut_short");
    for (const std::string& unit : history.cut_short())
        json.text({}, unit);
    json.end_list();
    json.end_object();
    return json.take();
}

std::string to_json(const History& history, const HistoryEvent& event, std::int64_t now_ms) {
    JsonWriter json;
    write(json, history, event, now_ms);
    return json.take();
}

}  // namespace holdfast::status
