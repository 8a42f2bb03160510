#include "cli/timeline.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "cli/evidence.h"
#include "cli/kept_runs.h"
#include "cli/screen.h"

namespace holdfast::cli {

namespace {

using status::HistoryEvent;
using status::RouterState;

constexpr int margin = 10;
constexpr int names_width = 200;
constexpr int axis_width = 900;
constexpr int lane_height = 22;
constexpr int bar_height = 14;
constexpr int head_height = 70;
constexpr int ticks = 6;
constexpr std::size_t most_lanes = 2000;
constexpr std::size_t most_name_shown = 26;

// Told apart without the difference of red and green, too.
const char* colour_of(RouterState state) {
    switch (state) {
        case RouterState::active:
            return "#0a7d3c";
        case RouterState::backup:
            return "#8fb8de";
        case RouterState::fault:
            return "#c62828";
        case RouterState::initialize:
            return "#bdbdbd";
    }
    return "#bdbdbd";
}

struct Lane {
    std::string name;
    std::vector<const HistoryEvent*> events;
};

class Drawing {
public:
    Drawing(const status::History& history, std::int64_t now_ms) : history_{history} {
        end_ms_ = now_ms;
        if (!history.runs().empty() && history.runs().back().end) end_ms_ = history.runs().back().ended_ms;
        begin_ms_ = history.events().empty() ? end_ms_ - 1000 : history.events().front().wall_ms;
        for (const HistoryEvent& event : history.events())
            end_ms_ = std::max(end_ms_, event.wall_ms);
        if (end_ms_ <= begin_ms_) end_ms_ = begin_ms_ + 1;
        std::map<std::pair<bool, std::string_view>, Lane> lanes;  // groups below
        for (const HistoryEvent& event : history.events()) {
            Lane& lane = lanes[{event.is_group, event.unit}];
            lane.name = unit_text(event);
            lane.events.push_back(&event);
        }
        for (auto& [key, lane] : lanes)
            if (lanes_.size() < most_lanes)
                lanes_.push_back(std::move(lane));
            else
                ++left_out_;
    }

    std::string draw() {
        const int height = head_height + (static_cast<int>(lanes_.size()) + 1) * lane_height + margin;
        const int width = 2 * margin + names_width + axis_width;
        put("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" +
            number(height) + "\" viewBox=\"0 0 " + number(width) + " " + number(height) +
            "\" font-family=\"sans-serif\" font-size=\"12\">");
        put("<title>" + xml_escaped(title()) + "</title>");
        put("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
        text(margin, 20, title());
        legend();
        axis(height);
        for (std::size_t at = 0; at < lanes_.size(); ++at)
            lane(lanes_[at], head_height + static_cast<int>(at) * lane_height);
        if (left_out_ > 0) text(margin, height - margin, "and " + std::to_string(left_out_) + " more");
        put("</svg>");
        return std::move(out_);
    }

private:
    static std::string number(double value) {
        char text[32];
        std::snprintf(text, sizeof text, "%.2f", value);
        return text;
    }
    static std::string number(int value) { return std::to_string(value); }
    void put(const std::string& line) { out_ += line + "\n"; }
    void text(int x, int y, const std::string& words, const char* anchor = "start") {
        put("<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
            xml_escaped(words) + "</text>");
    }
    double place(std::int64_t wall_ms) const {
        const double part =
            static_cast<double>(wall_ms - begin_ms_) / static_cast<double>(end_ms_ - begin_ms_);
        return margin + names_width + std::clamp(part, 0.0, 1.0) * axis_width;
    }
    std::string title() const {
        const std::string node = history_.runs().empty() ? "" : history_.runs().back().routers.head.node;
        return node + " from " + local_time(begin_ms_) + " to " + local_time(end_ms_);
    }

    void legend() {
        int x = margin;
        for (const auto& [state, name] : names_of(RouterState{})) {
            put("<rect x=\"" + number(x) + "\" y=\"32\" width=\"14\" height=\"14\" fill=\"" +
                colour_of(state) + "\"/>");
            text(x + 20, 43, std::string{name});
            x += 100;
        }
    }

    void axis(int height) {
        for (int tick = 0; tick <= ticks; ++tick) {
            const std::int64_t when = begin_ms_ + (end_ms_ - begin_ms_) * tick / ticks;
            const double x = place(when);
            put("<line x1=\"" + number(x) + "\" y1=\"" + number(head_height - 4) + "\" x2=\"" + number(x) +
                "\" y2=\"" + number(height - lane_height) + "\" stroke=\"#dddddd\"/>");
            const bool days = end_ms_ - begin_ms_ > std::int64_t{20} * 3600 * 1000;
            const std::string shown = days ? local_time(when).substr(5, 11) : clock_text(when);
            text(static_cast<int>(x), head_height - 8, shown,
                 tick == 0       ? "start"
                 : tick == ticks ? "end"
                                 : "middle");
        }
    }

    // A state lasts until the next transition, at most until its run ended.
    std::int64_t end_of(const Lane& lane, std::size_t at) const {
        const HistoryEvent& event = *lane.events[at];
        std::int64_t end = end_ms_;
        if (at + 1 < lane.events.size()) end = lane.events[at + 1]->wall_ms;
        const status::Run& run = history_.runs()[event.run];
        const bool goes_on = at + 1 < lane.events.size() && lane.events[at + 1]->run != event.run &&
                             history_.runs()[lane.events[at + 1]->run].boot == run.boot &&
                             run.end == status::RunEnd::crashed;
        if (run.end && !goes_on) end = std::min(end, std::max(run.ended_ms, event.wall_ms));
        return end;
    }

    void lane(const Lane& lane, int y) {
        const bool is_long = lane.name.size() > most_name_shown;
        text(margin, y + 14, is_long ? status::printable(lane.name.substr(0, most_name_shown)) : lane.name);
        for (std::size_t at = 0; at < lane.events.size(); ++at) {
            const status::Transition& transition = *lane.events[at]->transition;
            const double from = place(lane.events[at]->wall_ms);
            const double width = std::max(place(end_of(lane, at)) - from, 1.0);
            put("<rect x=\"" + number(from) + "\" y=\"" + number(y + 3) + "\" width=\"" + number(width) +
                "\" height=\"" + number(bar_height) + "\" fill=\"" + colour_of(transition.to) + "\"><title>" +
                xml_escaped(words_of(lane, *lane.events[at])) + "</title></rect>");
        }
    }

    static std::string words_of(const Lane& lane, const HistoryEvent& event) {
        const status::Transition& transition = *event.transition;
        std::string words =
            lane.name + ", " + local_time(event.wall_ms) + ": " + std::string{name_of(transition.from)} +
            " to " + std::string{name_of(transition.to)} + ": " + cause_text(transition, event.is_group);
        for (const std::string& line : evidence_lines(transition, event.is_group))
            words += "\n" + line;
        return words;
    }

    const status::History& history_;
    std::int64_t begin_ms_ = 0;
    std::int64_t end_ms_ = 0;
    std::vector<Lane> lanes_;
    std::size_t left_out_ = 0;
    std::string out_;
};

}  // namespace

std::string timeline_svg(const status::History& history, std::int64_t now_ms) {
    return Drawing{history, now_ms}.draw();
}

std::string xml_escaped(std::string_view text) {
    std::string escaped;
    for (const char one : text) {
        switch (one) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped += one;
        }
    }
    return escaped;
}

}  // namespace holdfast::cli
