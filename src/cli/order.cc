#include "cli/order.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string_view>

#include "cli/command_line.h"
#include "os/control.h"
#include "status/json.h"

namespace holdfast::cli {

namespace {

constexpr int refused = 1;
constexpr std::size_t most_names = 1000;

constexpr std::int64_t answer_schema = 1;

struct Command {
    os::Wish wish;
    const char* name;
    const char* usage;  // after the name
    const char* what_it_does;
    std::size_t most_words = 0;
    std::size_t least_words = 0;
    const char* no_word = "";  // what is said when there are too few
};

int status_of(os::Outcome outcome) {
    switch (outcome) {
        case os::Outcome::done:
            return 0;
        case os::Outcome::refused:
        case os::Outcome::busy:
            return refused;
        case os::Outcome::code_wrong:
            return 4;
        case os::Outcome::code_expired:
            return 5;
        case os::Outcome::code_used:
            return 6;
        case os::Outcome::incident_over:
            return 7;
        case os::Outcome::codes_blocked:
            return 8;
        case os::Outcome::nobody_took_over:
            return 9;
    }
    return refused;
}

// What was typed.
struct Given {
    std::string directory;
    std::vector<std::string> words;
    bool to_peer = false;
    bool json = false;
};

// Nothing: go on. Else the exit status.
std::optional<int> read(const Command& command, const std::vector<std::string>& arguments, Terminal& terminal,
                        Given& into) {
    CommandLine line{command.name, command.usage, command.what_it_does};
    line.json(into.json, "the answer as JSON").runtime_directory(into.directory);
    if (command.wish == os::Wish::failover)
        line.flag("to-peer", into.to_peer, "only away from this node; refused where this node is not Active");
    if (command.most_words > 0) line.words(into.words);
    if (const auto status = line.read(arguments, terminal)) return status;
    const std::size_t longest =
        command.wish == os::Wish::reply ? os::Request::longest_code : os::Request::longest_name;
    const bool too_long = std::any_of(into.words.begin(), into.words.end(), [&](const std::string& word) {
        return word.empty() || word.size() > longest;
    });
    if (into.words.size() >= command.least_words && into.words.size() <= command.most_words && !too_long)
        return std::nullopt;
    return line.refuse(command.no_word, terminal);
}

// The worst of several outcomes is the exit status; a refusal is worse than a failover to nobody.
int gravity(const os::Answer& answer) {
    return status_of(answer.outcome) == refused ? 2 : answer.done() ? 0 : 1;
}

void write_json(std::string_view outcome, std::string_view text, Terminal& terminal) {
    status::JsonWriter json;
    json.begin_object();
    json.number("schema", answer_schema);
    json.text("outcome", outcome);
    json.text("text", text);
    json.end_object();
    terminal.out << json.take();
}

int order(const Command& command, const std::vector<std::string>& arguments, Terminal& terminal) {
    Given given;
    if (const auto status = read(command, arguments, terminal, given)) return *status;
    // Each is ordered when the one before is settled.
    std::vector<std::string> words = given.words;
    if (words.empty()) words.emplace_back();
    os::Answer worst{.outcome = os::Outcome::done, .text = {}};
    std::string text;
    for (const std::string& word : words) {
        os::Request request{
            .wish = given.to_peer ? os::Wish::hand_over : command.wish, .code = {}, .name = {}};
        (command.wish == os::Wish::reply ? request.code : request.name) = word;
        const auto answer = os::ask(given.directory, request);
        if (!answer) {
            if (given.json) write_json("not-running", answer.error().text(), terminal);
            terminal.err << "holdfast " << command.name << ": " << answer.error().text()
                         << "\nIs holdfastd running, with this runtime directory, and are you root?\n";
            return not_running;
        }
        if (!given.json) (answer->done() ? terminal.out : terminal.err) << answer->text << "\n";
        text += (text.empty() ? "" : "; ") + answer->text;
        if (gravity(*answer) > gravity(worst)) worst = *answer;
    }
    if (given.json) write_json(name_of(worst.outcome), text, terminal);
    return status_of(worst.outcome);
}

}  // namespace

int reload(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::reload, "reload", "[OPTION...]",
         "Reads the configuration file again. What did not change in it goes on undisturbed; a file with\n"
         "errors that would stop a start changes nothing. Waits until it is done and says how it ended."},
        arguments, terminal);
}

int upgrade(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::upgrade, "upgrade", "[OPTION...]",
         "Goes on with the programs that are installed now, without a failover: every virtual router\n"
         "keeps its state and its addresses. Waits until it is done and says how it ended."},
        arguments, terminal);
}

int reply(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::reply, "incident reply", "[OPTION...] CODE",
         "Does what an alert offered, by the code that stands in it. Each code works once, for 15 minutes,\n"
         "on the node that sent the alert. Waits until it is done and says what was done.",
         1, 1, "which code? It stands in the alert"},
        arguments, terminal);
}

int failover(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::failover, "failover", "[OPTION...] NAME",
         "Moves an instance or a sync group; a member moves its whole group. Where this node is Active it\n"
         "hands over, and lets whoever takes over stay Active; where it is not it takes over, with priority\n"
         "254. Either holds until `holdfast resume NAME`, or until the one that is Active fails. Waits "
         "until\n"
         "it is settled and says who is Active.",
         1, 1, "one instance or sync group is to be named; `holdfast status` lists them"},
        arguments, terminal);
}

int drain(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::drain, "drain", "[OPTION...] [NAME...]",
         "Takes instances and sync groups out of service on this node, all of them where no name is\n"
         "given, until `holdfast resume`: whatever happens, they do not become Active here. Waits until\n"
         "another has taken over what was Active here, and says who.",
         most_names, 0, "too many names, or one that is too long"},
        arguments, terminal);
}

int resume(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::resume, "resume", "[OPTION...] [NAME...]",
         "Ends the orders `failover` and `drain` for instances and sync groups, for all of them where no\n"
         "name is given: the usual rules apply again, preemption among them.",
         most_names, 0, "too many names, or one that is too long"},
        arguments, terminal);
}

int log_level(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::log_level, "log-level", "[OPTION...] [LEVEL]",
         "Prints what is logged, or changes it: error, warning, notice, info or debug, and what is more\n"
         "severe. It holds for all processes, also after a reload or an upgrade, until the daemon is\n"
         "started again.",
         1, 0, "one level at a time: error, warning, notice, info, debug"},
        arguments, terminal);
}

}  // namespace holdfast::cli
