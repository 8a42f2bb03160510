#include "engine/incident.h"

#include <algorithm>
#include <cstdio>

namespace holdfast::engine {
namespace {

// Operators know keepalived's word for the state.
std::string_view phrase(Verdict verdict, bool active) {
    switch (verdict) {
        case Verdict::promote:
            return "becomes MASTER";
        case Verdict::stay:
            return active ? "stays MASTER" : "stays BACKUP";
        case Verdict::ask_again:
            return "stays BACKUP and asks again";
        case Verdict::fence:
            return "stays BACKUP and fences";
        case Verdict::tell:
            return "stays MASTER and tells the other";
        case Verdict::withdraw:
            return "withdraws";
        case Verdict::hand_over:
            return "hands over";
        case Verdict::listen:
            return "withdraws and listens";
    }
    return "decides";
}

}  // namespace

std::string IncidentId::text() const {
    char text[64];
    std::snprintf(text, sizeof text, "%04llx-%llx-%u", static_cast<unsigned long long>(unit & 0xffff),
                  static_cast<unsigned long long>(incarnation), number);
    return text;
}

std::vector<IncidentEntry> Incident::entries() const {
    const auto head = static_cast<std::size_t>(std::min<std::uint64_t>(count_, first_entries));
    std::vector<IncidentEntry> all{first_.begin(), first_.begin() + static_cast<std::ptrdiff_t>(head)};
    for (std::uint64_t at = head + left_out(); at < count_; ++at)
        all.push_back(last_[static_cast<std::size_t>((at - first_entries) % last_entries)]);
    return all;
}

std::uint64_t Incident::left_out() const {
    return count_ > first_entries + last_entries ? count_ - first_entries - last_entries : 0;
}

bool Incident::grow(IncidentKind kind) {
    if (kind <= kind_) return false;
    kind_ = kind;
    return true;
}

void Incident::add(const IncidentEntry& entry) {
    if (count_ < first_entries)
        first_[static_cast<std::size_t>(count_)] = entry;
    else
        last_[static_cast<std::size_t>((count_ - first_entries) % last_entries)] = entry;
    ++count_;
}

IncidentKind kind_of(Situation situation) {
    switch (situation) {
        case Situation::isolated:
        case Situation::cut_off_withdraws:
        case Situation::cut_off_keeps:
        case Situation::reference_gone_here:
        case Situation::reference_gone:
            return IncidentKind::isolation;
        case Situation::fenced:
        case Situation::fencing:
        case Situation::fence_failed:
        case Situation::fence_failed_promotes:
            return IncidentKind::fencing;
        case Situation::adverts_pass:
        case Situation::adverts_blocked:
        case Situation::other_is_deaf:
        case Situation::ours_lower:
        case Situation::ours_higher:
        case Situation::other_unyielding:
            return IncidentKind::both_active;
        default:
            return IncidentKind::suspected;
    }
}

std::vector<Choice> choices(const Incident& incident, GuardPolicy policy, bool active) {
    std::vector<Choice> allowed;
    if (!incident.is_open()) return allowed;
    allowed.push_back(active ? Choice::withdraw : Choice::take_over);
    if (!active && policy == GuardPolicy::fence) allowed.push_back(Choice::fence);
    allowed.push_back(Choice::close);
    return allowed;
}

std::string describe(const IncidentEntry& entry, const Settings& settings) {
    const Row* const row = row_of(entry.situation);
    return std::string{phrase(entry.verdict, row != nullptr && row->active)} + ": " +
           describe(entry.cause, settings, std::nullopt);
}

}  // namespace holdfast::engine
