// What the MIBs' notifications tell: every state change that has been published, once, and errors in adverts,
// at most one of a kind for each edition.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "snmp/facts.h"
#include "snmp/rows.h"

namespace holdfast::snmp {

struct Notification {
    Oid name;
    std::vector<std::pair<Oid, Value>> variables;
    // With it, everything told before that has been sent; nothing: it is no state change.
    std::optional<Instant> settles;
};

// State changes told later than `since` that are news (status/snapshot.h), in that order; those of instances
// that a reload removed, too.
std::vector<Notification> state_changes(const Facts& facts, Instant since);

// Errors in adverts since the last call; the first one only takes note.
class ErrorNotifications {
public:
    std::vector<Notification> next(const Facts& facts);

private:
    struct Known {
        std::uint64_t bad_auth_type = 0;
        std::uint64_t other_auth_type = 0;
        std::uint64_t bad_password = 0;
        std::uint64_t protocol = 0;
    };
    std::unordered_map<std::string, Known> known_;
};

}  // namespace holdfast::snmp
