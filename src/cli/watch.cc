#include "cli/watch.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <ostream>
#include <string_view>

#include "cli/ask_status.h"
#include "cli/command_line.h"
#include "cli/evidence.h"
#include "cli/kept_runs.h"
#include "cli/screen.h"
#include "cli/status.h"
#include "os/event_loop.h"
#include "os/small_files.h"
#include "status/history.h"

namespace holdfast::cli {

namespace {

using namespace std::chrono_literals;
using status::Instance;
using status::RouterState;

// An edition is published about that often, too.
constexpr Duration between_looks = 1s;
constexpr std::size_t most_transitions_shown = 10;
constexpr std::size_t longest_name_shown = 40;

// The first characters of a text, as a person counts them.
std::string first_of(std::string_view text, std::size_t columns) {
    std::size_t at = 0;
    for (std::size_t shown = 0; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
        if (begins && shown++ == columns) break;
    }
    return std::string{text.substr(0, at)};
}

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width) {
    const std::size_t wide = width_of(text);
    return wide < width ? std::move(text) + std::string(width - wide, ' ') : text;
}

// The smaller, the sooner a person has to see it.
int rank_of(const Instance& one) {
    if (one.state == RouterState::fault) return 0;
    if (one.state == RouterState::initialize) return 1;
    const bool incomplete = one.state == RouterState::active && one.addresses_in_place < one.addresses_total;
    if (one.wants_active || incomplete) return 2;
    return one.priority != one.configured_priority ? 3 : 4;
}

std::string remark_on(const Instance& one) {
    if (one.wants_active) return "wants to be Active, its group does not agree";
    if (one.state == RouterState::active && one.addresses_in_place < one.addresses_total)
        return std::to_string(one.addresses_in_place) + " of " + std::to_string(one.addresses_total) +
               " addresses in place";
    return one.transitions.empty() ? "" : one.transitions.back().cause;
}

std::string counts_of(const std::vector<const Instance*>& meant) {
    std::string text = std::to_string(meant.size()) + (meant.size() == 1 ? " instance" : " instances");
    const char* gap = ": ";
    for (const auto& [state, name] : names_of(RouterState{})) {
        const auto count = std::count_if(meant.begin(), meant.end(), [wanted = state](const Instance* one) {
            return one->state == wanted;
        });
        if (count == 0) continue;
        text += gap + std::to_string(count) + " " + std::string{name};
        gap = ", ";
    }
    return text;
}

const char* colour_of(RouterState state) {
    return state == RouterState::active ? "\x1b[32m" : state == RouterState::fault ? "\x1b[31m" : "";
}

status::Run run_of(const status::RoutersSnapshot& routers) {
    return {.routers = routers, .boot = {}, .end = {}};
}

}  // namespace

std::vector<std::string> watch_lines(const status::Published& published,
                                     const std::vector<std::string>& names, Instant now, ScreenSize size,
                                     bool colour) {
    std::vector<std::string> lines;
    const auto add = [&](const std::string& text) { lines.push_back(first_of(text, size.columns)); };
    if (!published.routers) {
        add("No virtual router runs here.");
        return lines;
    }
    const status::RoutersSnapshot& routers = *published.routers;
    std::vector<const Instance*> meant;
    std::size_t name_width = 8;
    for (const Instance& one : routers.instances) {
        if (!status::is_meant(one.name, names) && (names.empty() || !status::is_meant(one.group, names)))
            continue;
        meant.push_back(&one);
        name_width = std::max(name_width, std::min(width_of(one.name), longest_name_shown));
    }
    std::stable_sort(meant.begin(), meant.end(), [](const Instance* one, const Instance* other) {
        return rank_of(*one) < rank_of(*other);
    });
    const std::int64_t wall = status::wall_ms(routers.head, now);
    add(routers.head.node + ", " + clock_text(wall) + ": " + counts_of(meant));
    if (size.lines < 4) return lines;
    add("");
    add(padded("INSTANCE", name_width) + "  " + padded("STATE", 10) + "  " + padded("FOR", 13) + "  " +
        padded("PRIORITY", 12) + "  LAST CAUSE");
    // One line is left for who is not shown.
    const std::size_t room = size.lines - lines.size();
    const std::size_t shown = meant.size() <= room ? meant.size() : room - 1;
    for (std::size_t at = 0; at < shown; ++at) {
        const Instance& one = *meant[at];
        const std::string name = padded(first_of(one.name, longest_name_shown), name_width) + "  ";
        std::string priority = std::to_string(one.priority);
        if (one.priority != one.configured_priority)
            priority += " (of " + std::to_string(one.configured_priority) + ")";
        const std::string state = padded(std::string{name_of(one.state)}, 10);
        const std::string rest = "  " + padded(span_text(status::age_ms(now, one.since)), 13) + "  " +
                                 padded(priority, 12) + "  " + remark_on(one);
        const std::size_t before = width_of(name) + width_of(state);
        if (!colour || before >= size.columns || *colour_of(one.state) == '\0')
            add(std::string{name}.append(state).append(rest));
        else
            lines.push_back(std::string{name}
                                .append(colour_of(one.state))
                                .append(state)
                                .append("\x1b[0m")
                                .append(first_of(rest, size.columns - before)));
    }
    if (shown < meant.size()) add("and " + std::to_string(meant.size() - shown) + " more");
    if (lines.size() + 3 > size.lines) return lines;
    const status::History history{{run_of(routers)}, names, {}};
    const std::size_t count =
        std::min({history.events().size(), most_transitions_shown, size.lines - lines.size() - 2});
    if (count == 0) return lines;
    add("");
    add("LAST TRANSITIONS");
    for (auto event = history.events().rbegin();
         event != history.events().rbegin() + static_cast<std::ptrdiff_t>(count); ++event)
        add(clock_text(event->wall_ms) + "  " + first_of(unit_text(*event), longest_name_shown) + "  " +
            step_text(*event->transition) + ": " + cause_text(*event->transition, event->is_group));
    return lines;
}

namespace {

// The alternate screen of a terminal, given back at the end whatever happens in between.
class LiveScreen {
public:
    explicit LiveScreen(std::ostream& out) : out_{out} { enter(); }
    ~LiveScreen() { leave(); }
    LiveScreen(const LiveScreen&) = delete;
    LiveScreen& operator=(const LiveScreen&) = delete;

    void enter() { out_ << "\x1b[?1049h\x1b[?25l" << std::flush; }
    void leave() { out_ << "\x1b[?25h\x1b[?1049l" << std::flush; }
    void draw(const std::vector<std::string>& lines) {
        std::string text = "\x1b[H";
        for (std::size_t at = 0; at < lines.size(); ++at)
            text += (at > 0 ? "\n" : "") + lines[at] + "\x1b[K";
        out_ << text << "\x1b[J" << std::flush;
    }
    static ScreenSize size() {
        winsize known{};
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &known) != 0 || known.ws_row == 0 || known.ws_col == 0)
            return {};
        return {.lines = known.ws_row, .columns = known.ws_col};
    }

private:
    std::ostream& out_;
};

class Watch {
public:
    struct Wish {
        std::string directory;
        std::vector<std::string> names;
        bool json = false;
    };
    Watch(os::EventLoop& loop, Wish wish, Terminal& terminal)
        : loop_{loop}, wish_{std::move(wish)}, terminal_{terminal} {
        const char* kind = std::getenv("TERM");
        if (terminal.interactive && !wish_.json && kind != nullptr && kind != std::string_view{"dumb"})
            screen_.emplace(terminal.out);
    }

    int run() {
        std::vector<os::Source> signals;
        const auto serve = [&](int number, std::function<void()> action) {
            if (auto source = loop_.signal(number, std::move(action))) signals.push_back(std::move(*source));
        };
        for (const int number : {SIGINT, SIGTERM, SIGHUP})
            serve(number, [this] { loop_.quit(0); });
        if (screen_) serve(SIGWINCH, [this] { draw(); });
        if (screen_) serve(SIGTSTP, [this] { pause(); });
        auto timer = loop_.timer(os::Urgency::control, [this] { look(); });
        if (!timer) return fail(timer.error());
        timer_ = std::move(*timer);
        timer_.arm(os::EventLoop::now());
        const auto status = loop_.run();
        screen_.reset();
        if (!status) return fail(status.error());
        if (refused_) return cannot_ask("watch", wish_.directory, *refused_, terminal_);
        if (*status == unknown_name)
            terminal_.err << "holdfast watch: there is no instance, group or check '" << unknown_ << "'\n";
        return *status;
    }

private:
    int fail(const Error& error) {
        terminal_.err << "holdfast watch: " << error.text() << "\n";
        return 1;
    }

    void look() {
        timer_.arm(os::EventLoop::now() + between_looks);
        auto published = ask_status(wish_.directory, Duration{0});
        if (!published && published.error().error_number() == EACCES) {
            refused_ = published.error();
            return loop_.quit(not_permitted);
        }
        const bool waited = !published_.has_value();
        if (!published) {
            if (!waited || !said_waiting_) tell_waiting(published.error());
            why_waiting_ = published.error();
            published_.reset();
        } else {
            published_ = std::move(*published);
            said_waiting_ = false;
            if (!answered_ && !knows_names(*published_)) return loop_.quit(unknown_name);
            answered_ = true;
        }
        if (screen_) return draw();
        if (published_ && published_->routers) tell_news(*published_->routers);
        if (!terminal_.out) loop_.quit(1);
    }

    bool knows_names(const status::Published& published) {
        for (const std::string& name : wish_.names)
            if (!is_known(name, published, false)) {
                unknown_ = name;
                return false;
            }
        return true;
    }

    void tell_waiting(const Error& why) {
        said_waiting_ = true;
        if (!screen_)
            terminal_.err << "holdfast watch: waiting for the daemon (" << why.text() << ")" << std::endl;
    }

    void draw() {
        if (!screen_) return;
        const ScreenSize size = LiveScreen::size();
        if (published_)
            return screen_->draw(
                watch_lines(*published_, wish_.names, os::EventLoop::now(), size, terminal_.colour));
        std::vector<std::string> lines{"waiting for the daemon"};
        if (why_waiting_) lines.push_back("(" + why_waiting_->text() + ")");
        for (std::string& line : lines)
            line = first_of(line, size.columns);
        screen_->draw(lines);
    }

    // Ctrl-Z: the shell gets its screen.
    void pause() {
        if (!screen_) return;
        screen_->leave();
        raise(SIGSTOP);
        screen_->enter();
        draw();
    }

    void tell_news(const status::RoutersSnapshot& routers) {
        const std::int64_t now_ms = wall_now_ms();
        const status::History history{{run_of(routers)}, wish_.names, {}};
        std::map<std::pair<bool, std::string>, const status::HistoryEvent*> newest;
        for (const status::HistoryEvent& event : history.events())
            newest[{event.is_group, std::string{event.unit}}] = &event;
        for (const status::HistoryEvent& event : history.events()) {
            const std::pair<bool, std::string> unit{event.is_group, event.unit};
            const auto known = told_.find(unit);
            // Of who is seen for the first time, how it is.
            const bool is_news =
                known == told_.end() ? newest[unit] == &event : event.transition->when > known->second;
            if (is_news) tell(history, event, now_ms);
        }
        for (const auto& [unit, event] : newest)
            told_[unit] = event->transition->when;
        terminal_.out << std::flush;
    }

    void tell(const status::History& history, const status::HistoryEvent& event, std::int64_t now_ms) {
        if (wish_.json) {
            terminal_.out << status::to_json(history, event, now_ms);
            return;
        }
        terminal_.out << local_time(event.wall_ms) << "  " << unit_text(event) << "  "
                      << step_text(*event.transition) << ": " << cause_text(*event.transition, event.is_group)
                      << "\n";
    }

    os::EventLoop& loop_;
    Wish wish_;
    Terminal& terminal_;
    std::optional<LiveScreen> screen_;
    os::Timer timer_;
    std::optional<status::Published> published_;
    std::optional<Error> why_waiting_;
    std::optional<Error> refused_;
    std::string unknown_;
    bool said_waiting_ = false;
    bool answered_ = false;
    std::map<std::pair<bool, std::string>, Instant> told_;
};

}  // namespace

int watch(const std::vector<std::string>& arguments, Terminal& terminal) {
    Watch::Wish wish;
    CommandLine line{"watch", "[OPTION...] [NAME...]",
                     "Who is Active, drawn anew each second on a terminal; else a line for each "
                     "transition.\nWhat is out of the ordinary comes first. Ends with Ctrl-C."};
    line.json(wish.json, "one JSON object a line for each transition, for programs")
        .runtime_directory(wish.directory)
        .words(wish.names);
    if (const auto status = line.read(arguments, terminal)) return *status;
    auto loop = os::EventLoop::create();
    if (!loop) {
        terminal.err << "holdfast watch: " << loop.error().text() << "\n";
        return 1;
    }
    return Watch{**loop, std::move(wish), terminal}.run();
}

}  // namespace holdfast::cli
