// What the checker does with incidents of split brain: keeps them, and tells whoever is to know.
#include <algorithm>

#include "checker/process.h"

namespace holdfast::checker {

// At a start, what was open belongs to a daemon that is no more. After a reload it goes on, unless its unit
// has lost its guard.
void Process::open_incidents() {
    if (tracking_.first && plan_.guards.empty()) incidents_.reset();
    if (!incidents_) return;
    incidents_->load();
    if (tracking_.first)
        return incidents_->close_open("the daemon was started anew: how it went on is not known",
                                      [](const status::IncidentRecord&) { return true; });
    incidents_->close_open(
        "it is no longer guarded against split brain", [this](const status::IncidentRecord& incident) {
            return std::none_of(plan_.guards.begin(), plan_.guards.end(),
                                [&](const auto& guard) { return guard.unit == incident.unit; });
        });
}

void Process::tell_of(const os::IncidentNews& news) {
    if (incidents_) incidents_->tell(news);
    if (alerts_) alerts_->tell(news);
}

void Process::note_fencing(std::uint32_t guard, const std::string& text) {
    if (incidents_) incidents_->note(plan_.guards[guard].unit, text);
}

void Process::close_incidents() {
    if (incidents_)
        incidents_->close_open("the daemon was stopped", [](const status::IncidentRecord&) { return true; });
}

}  // namespace holdfast::checker
