#include "cli/order.h"

#include <boost/program_options.hpp>

#include <cstdlib>
#include <ostream>

#include "os/control.h"

namespace holdfast::cli {

namespace {

namespace options = boost::program_options;

constexpr int refused = 1;
constexpr int not_running = 3;

struct Command {
    os::Wish wish;
    const char* name;
    const char* usage;  // after the name
    const char* what_it_does;
};

int status_of(os::Outcome outcome) {
    switch (outcome) {
        case os::Outcome::done:
            return 0;
        case os::Outcome::refused:
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
    }
    return refused;
}

int order(const Command& command, const std::vector<std::string>& arguments, Terminal& terminal) {
    const std::string name = command.name;
    os::Request request{.wish = command.wish, .code = {}};
    std::string directory;
    options::options_description known{"Options"};
    known.add_options()("help,h", "this text")(
        "runtime-dir",
        options::value(&directory)->default_value(default_directory(), "/run/holdfast")->value_name("DIR"),
        "where the daemon has its files: what it was given as --runtime-dir");
    options::options_description all;
    all.add(known).add_options()("code", options::value(&request.code));
    options::positional_options_description positions;
    if (command.wish == os::Wish::reply) positions.add("code", 1);
    options::variables_map given;
    try {
        options::store(options::command_line_parser(arguments)
                           .options(command.wish == os::Wish::reply ? all : known)
                           .positional(positions)
                           .run(),
                       given);
        options::notify(given);
    } catch (const options::error& error) {
        terminal.err << "holdfast " << name << ": " << error.what() << "\n";
        return not_understood;
    }
    if (given.contains("help")) {
        terminal.out << "Usage: holdfast " << name << command.usage << "\n\n"
                     << command.what_it_does << "\n\n"
                     << known;
        return 0;
    }
    if (command.wish == os::Wish::reply &&
        (request.code.empty() || request.code.size() > os::Request::longest_code)) {
        terminal.err << "holdfast " << name << ": which code? It stands in the alert\n";
        return not_understood;
    }
    const auto answer = os::ask(directory, request);
    if (!answer) {
        terminal.err << "holdfast " << name << ": " << answer.error().text()
                     << "\nIs holdfastd running, with this runtime directory, and are you root?\n";
        return not_running;
    }
    (answer->done() ? terminal.out : terminal.err) << answer->text << "\n";
    return status_of(answer->outcome);
}

}  // namespace

std::string default_directory() {
    const char* given = std::getenv("RUNTIME_DIRECTORY");
    return given != nullptr && given[0] == '/' ? given : "/run/holdfast";
}

std::string default_state_directory() {
    const char* given = std::getenv("STATE_DIRECTORY");
    return given != nullptr && given[0] == '/' ? given : "/var/lib/holdfast";
}

int reload(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::reload, "reload", " [OPTION...]",
         "Reads the configuration file again. What did not change in it goes on undisturbed; a file with\n"
         "errors that would stop a start changes nothing. Waits until it is done and says how it ended."},
        arguments, terminal);
}

int upgrade(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::upgrade, "upgrade", " [OPTION...]",
         "Goes on with the programs that are installed now, without a failover: every virtual router\n"
         "keeps its state and its addresses. Waits until it is done and says how it ended."},
        arguments, terminal);
}

int reply(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        {os::Wish::reply, "incident reply", " [OPTION...] CODE",
         "Does what an alert offered, by the code that stands in it. Each code works once, for 15 minutes,\n"
         "on the node that sent the alert. Waits until it is done and says what was done."},
        arguments, terminal);
}

}  // namespace holdfast::cli
