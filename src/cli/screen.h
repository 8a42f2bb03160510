// The published status as text for a person: tables with a line for each instance, group or check, and below
// it what is out of the ordinary.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "status/document.h"

namespace holdfast::cli {

class Screen {
public:
    // names: whom to show; none: all.
    Screen(const status::Published& published, const std::vector<std::string>& names, Instant now,
           Terminal& terminal)
        : published_{published}, names_{names}, now_{now}, terminal_{terminal} {}

    void status();
    void why();
    void peers();
    void checks();
    void stats();

private:
    struct Table;
    std::vector<const status::Instance*> instances() const;
    std::string ago(Instant then) const;
    std::string clock(const status::Head& head, Instant then) const;
    std::string coloured(status::RouterState state, std::string text) const;
    std::string coloured(status::Verdict verdict, std::string text) const;
    void head();
    std::string order_text(const status::Instance& one) const;
    std::vector<std::string> details(const status::Instance& one, bool all) const;
    void transitions(const std::vector<status::Transition>& all, bool is_group);
    void groups();
    std::vector<const status::TrackerVerdict*> own_trackers() const;
    void check_table();

    const status::Published& published_;
    const std::vector<std::string>& names_;
    Instant now_;
    Terminal& terminal_;
};

// "0.4 s", "12 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
std::string span_text(std::int64_t milliseconds);
// "3.609 s".
std::string seconds_text(std::int64_t milliseconds);
// "100 - 10 (check web) = 90", with the limits where they count.
std::string priority_sum(const status::Instance& instance);

}  // namespace holdfast::cli
