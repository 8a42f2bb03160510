#include "checker/tracked_process.h"

#include <dirent.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/names.h"
#include "os/log.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;
using namespace std::chrono_literals;

constexpr Duration look_interval = 1s;
constexpr std::size_t longest_name = 15;
constexpr std::size_t longest_command_line = 1 << 16;

std::string contents_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text(longest_command_line, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

// Nothing when it has gone, or is a zombie.
std::optional<ProcessFacts> facts_of(std::int32_t process) {
    const std::string folder = "/proc/" + std::to_string(process) + "/";
    const std::string stat = contents_of(folder + "stat");
    const std::size_t open = stat.find('(');
    const std::size_t close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 2 >= stat.size())
        return std::nullopt;
    const char state = stat[close + 2];
    if (state == 'Z' || state == 'X') return std::nullopt;
    ProcessFacts facts{.name = stat.substr(open + 1, close - open - 1), .arguments = {}};
    const std::string line = contents_of(folder + "cmdline");
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t end = std::min(line.find('\0', at), line.size());
        facts.arguments.push_back(line.substr(at, end - at));
        at = end + 1;
    }
    return facts;
}

std::vector<std::int32_t> all_processes() {
    std::vector<std::int32_t> all;
    DIR* folder = opendir("/proc");
    if (folder == nullptr) return all;
    while (const dirent* entry = readdir(folder)) {
        std::int32_t process = 0;
        const char* end = entry->d_name + std::strlen(entry->d_name);
        if (std::from_chars(entry->d_name, end, process).ptr == end && process > 0) all.push_back(process);
    }
    closedir(folder);
    return all;
}

bool fits(const std::vector<std::string>& wanted, const std::vector<std::string>& given,
          config::ParamMatch how) {
    if (given.size() < wanted.size()) return false;
    if (how == config::ParamMatch::exact && given.size() != wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        // The last one may be the beginning of a word.
        const bool whole = how != config::ParamMatch::partial || i + 1 < wanted.size();
        if (whole ? given[i] != wanted[i] : !given[i].starts_with(wanted[i])) return false;
    }
    return true;
}

}  // namespace

bool matches(const plan::ProcessPlan& wanted, const ProcessFacts& facts) {
    if (!wanted.full_command) return facts.name == wanted.name.substr(0, longest_name);
    if (facts.arguments.empty() || facts.arguments.front() != wanted.name) return false;
    const std::vector<std::string> given{facts.arguments.begin() + 1, facts.arguments.end()};
    // A full command without parameters to compare is one that may have any.
    if (wanted.parameters.empty() && wanted.match != config::ParamMatch::exact) return true;
    return fits(wanted.parameters, given, wanted.match);
}

Result<std::unique_ptr<TrackedProcess>> TrackedProcess::create(os::EventLoop& loop, const std::string& name,
                                                               const plan::ProcessPlan& plan, Judged judged) {
    std::unique_ptr<TrackedProcess> tracked{new TrackedProcess{name, plan, std::move(judged)}};
    auto delay = loop.timer(os::Urgency::control, [self = tracked.get()] { self->say(*self->pending_); });
    if (!delay) return std::move(delay).error();
    tracked->delay_ = std::move(*delay);
    return tracked;
}

void TrackedProcess::set(std::int32_t process, bool matches) {
    const bool changed = matches ? found_.insert(process).second : found_.erase(process) > 0;
    if (changed && begun_) look();
}

void TrackedProcess::replace(std::unordered_set<std::int32_t> all) {
    found_ = std::move(all);
    if (begun_) look();
}

// What runs now needs no delay.
void TrackedProcess::begin() {
    begun_ = true;
    decide(Duration{0}, Duration{0});
}

bool TrackedProcess::has_quorum() const {
    const auto count = static_cast<int>(found_.size());
    return count >= plan_.quorum && count <= plan_.quorum_max;
}

void TrackedProcess::decide(Duration fork_delay, Duration terminate_delay) {
    const bool quorum = has_quorum();
    if (quorum == pending_) return;
    pending_.reset();
    delay_.disarm();
    if (quorum == said_) return;
    const Duration delay = quorum ? fork_delay : terminate_delay;
    if (delay == Duration{0}) return say(quorum);
    pending_ = quorum;
    delay_.arm(os::EventLoop::now() + delay);
}

void TrackedProcess::say(bool quorum) {
    pending_.reset();
    said_ = quorum;
    const std::string count = std::to_string(found_.size());
    const bool limited = static_cast<int>(found_.size()) > plan_.quorum_max;
    if (quorum)
        os::log(Level::notice, labelled(Number::process_quorum, name_ + " has its quorum: " + count +
                                                                    " of '" + plan_.name + "' run"));
    else
        os::log(Level::warning,
                labelled(Number::process_no_quorum,
                         name_ + " has no quorum: " + count + " of '" + plan_.name + "' run, " +
                             (limited ? "at most " + std::to_string(plan_.quorum_max) + " may"
                                      : std::to_string(plan_.quorum) + " are needed")));
    judged_({.good = quorum});
}

void TrackedProcess::describe(status::Check& check) const {
    check.value = static_cast<std::int32_t>(found_.size());
    check.outcome = std::to_string(found_.size()) + " run, " + std::to_string(plan_.quorum) + " are needed";
}

Result<std::unique_ptr<ProcessTable>> ProcessTable::create(os::EventLoop& loop, os::UniqueFd events) {
    std::unique_ptr<ProcessTable> table{new ProcessTable};
    if (events) {
        auto listens =
            ProcessEvents::create(loop, std::move(events),
                                  [self = table.get()](const ProcessEvent& event) { self->on_event(event); });
        if (!listens) return std::move(listens).error();
        table->events_ = std::move(*listens);
        return table;
    }
    auto again = loop.timer(os::Urgency::control, [self = table.get()] { self->read_everything(); });
    if (!again) return std::move(again).error();
    table->again_ = std::move(*again);
    return table;
}

void ProcessTable::read_everything() {
    std::vector<std::unordered_set<std::int32_t>> found(tracked_.size());
    for (const std::int32_t process : all_processes()) {
        const auto facts = facts_of(process);
        for (std::size_t i = 0; facts && i < tracked_.size(); ++i)
            if (matches(tracked_[i]->plan(), *facts)) found[i].insert(process);
    }
    for (std::size_t i = 0; i < tracked_.size(); ++i)
        tracked_[i]->replace(std::move(found[i]));
    if (!events_) again_.arm(os::EventLoop::now() + look_interval);
}

void ProcessTable::look_at(std::int32_t process) {
    const auto facts = facts_of(process);
    for (TrackedProcess* tracked : tracked_)
        tracked->set(process, facts && matches(tracked->plan(), *facts));
}

void ProcessTable::on_event(const ProcessEvent& event) {
    std::visit(Overloaded{[this](const ProcessForked& forked) {
                              // A child is what its parent is, until it becomes something else.
                              for (TrackedProcess* tracked : tracked_)
                                  if (tracked->has(forked.parent)) tracked->set(forked.child, true);
                          },
                          [this](const ProcessExecuted& executed) { look_at(executed.process); },
                          [this](const ProcessRenamed& renamed) { look_at(renamed.process); },
                          [this](const ProcessEnded& ended) {
                              for (TrackedProcess* tracked : tracked_)
                                  tracked->set(ended.process, false);
                          },
                          [this](const EventsLost&) { read_everything(); }},
               event);
}

}  // namespace holdfast::checker
