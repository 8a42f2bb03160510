#include "cli/evidence.h"

#include "cli/screen.h"

namespace holdfast::cli {

namespace {

std::string before(Instant then, Instant when) {
    return span_text(status::age_ms(when, then)) + " before";
}

std::string heard_text(const status::Evidence& evidence, Instant when) {
    if (!evidence.heard) return "nobody";
    const std::string priority =
        evidence.heard->priority == 0 ? "resigned" : "priority " + std::to_string(evidence.heard->priority);
    return evidence.heard->address.text() + " (" + priority + "), " + before(evidence.heard->when, when);
}

std::string factors_text(const status::Evidence& evidence) {
    std::string text;
    for (const status::Factor& factor : evidence.factors) {
        text += (text.empty() ? "" : ", ") + factor.name + " " + std::string{name_of(factor.verdict)};
        if (factor.is_fault)
            text += " (fault)";
        else
            text += " (" + std::string{factor.amount > 0 ? "+" : ""} + std::to_string(factor.amount) + ")";
    }
    if (evidence.factors_total > evidence.factors.size())
        text += " and " + std::to_string(evidence.factors_total - evidence.factors.size()) + " more";
    return text;
}

}  // namespace

std::string unit_text(const status::HistoryEvent& event) {
    return (event.is_group ? "group " : "") + std::string{event.unit};
}

std::string step_text(const status::Transition& transition) {
    return (transition.from == transition.to ? "" : std::string{name_of(transition.from)} + " -> ") +
           std::string{name_of(transition.to)};
}

std::string cause_text(const status::Transition& transition, bool is_group) {
    if (!is_group || transition.member.empty()) return transition.cause;
    return transition.cause + " (member " + transition.member + ")";
}

std::vector<std::string> evidence_lines(const status::Transition& transition, bool is_group) {
    if (!transition.evidence) return {};
    const status::Evidence& evidence = *transition.evidence;
    std::vector<std::string> lines{
        (is_group && !transition.member.empty() ? transition.member + " " : "") +
        "heard last: " + heard_text(evidence, transition.when) +
        "; times in force: " + seconds_text(status::milliseconds(evidence.active_interval)) +
        " between adverts, death after " + seconds_text(status::milliseconds(evidence.down_interval))};
    std::string priority = "priority " + std::to_string(evidence.priority);
    if (evidence.priority_moved)
        priority += " (" + std::to_string(evidence.former_priority) + " until " +
                    before(*evidence.priority_moved, transition.when) + ")";
    const std::string factors = factors_text(evidence);
    lines.push_back(priority + (factors.empty() ? "" : "; told: " + factors));
    if (evidence.guard_row != 0)
        lines.push_back("guard: row " + std::to_string(evidence.guard_row) + ", " + evidence.guard_found +
                        ": " + evidence.guard_verdict);
    return lines;
}

}  // namespace holdfast::cli
