// What the outside may know as one JSON document. Its form has a number, and is described in holdfast(1):
// within a number things are added, never changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "status/recording.h"
#include "status/snapshot.h"

namespace holdfast::status {

constexpr int document_schema = 1;

// What could be had; a process that does not run has published nothing.
struct Published {
    std::optional<RoutersSnapshot> routers;
    std::optional<ChecksSnapshot> checks;
    std::optional<RecordingHead> kept;  // the daemon does not run: this is how it was left
};

// Which parts of the document are wanted; the head is always there.
struct Parts {
    bool instances = false;  // with their addresses and adjustments
    bool transitions = false;
    bool peers = false;
    bool counters = false;
    bool groups = false;
    bool trackers = false;
    bool checks = false;
};

class JsonWriter;

// Members of evidence, from "factors" to "guard": what told for a transition.
void write_judgements(JsonWriter& json, const Evidence& evidence);
// Its members from "from" to "evidence".
void write_step(JsonWriter& json, const Head& head, const Transition& transition);

// names: of the instances, groups and checks that are wanted; none: all.
std::string to_json(const Published& published, const Parts& parts, const std::vector<std::string>& names,
                    Instant now);

// Whether an entry of that name is meant. A check is also meant by its name without its kind.
bool is_meant(std::string_view name, const std::vector<std::string>& names);

// When that was, in milliseconds since 1970, and how long ago. Whatever numbers a snapshot has.
std::int64_t wall_ms(const Head& head, Instant then);
std::int64_t age_ms(Instant now, Instant then);
std::int64_t milliseconds(Duration span);
// "2026-11-21T07:51:28.123Z"
std::string utc(std::int64_t wall_ms);

}  // namespace holdfast::status
