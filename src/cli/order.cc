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

int order(os::Request request, const char* what_it_does, const std::vector<std::string>& arguments,
          Terminal& terminal) {
    const std::string name{name_of(request)};
    std::string directory;
    options::options_description known{"Options"};
    known.add_options()("help,h", "this text")(
        "runtime-dir",
        options::value(&directory)->default_value(default_directory(), "/run/holdfast")->value_name("DIR"),
        "where the daemon has its files: what it was given as --runtime-dir");
    options::variables_map given;
    try {
        options::store(options::command_line_parser(arguments).options(known).positional({}).run(), given);
        options::notify(given);
    } catch (const options::error& error) {
        terminal.err << "holdfast " << name << ": " << error.what() << "\n";
        return not_understood;
    }
    if (given.contains("help")) {
        terminal.out << "Usage: holdfast " << name << " [OPTION...]\n\n" << what_it_does << "\n\n" << known;
        return 0;
    }
    const auto answer = os::ask(directory, request);
    if (!answer) {
        terminal.err << "holdfast " << name << ": " << answer.error().text()
                     << "\nIs holdfastd running, with this runtime directory, and are you root?\n";
        return not_running;
    }
    (answer->done ? terminal.out : terminal.err) << answer->text << "\n";
    return answer->done ? 0 : refused;
}

}  // namespace

std::string default_directory() {
    const char* given = std::getenv("RUNTIME_DIRECTORY");
    return given != nullptr && given[0] == '/' ? given : "/run/holdfast";
}

int reload(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        os::Request::reload,
        "Reads the configuration file again. What did not change in it goes on undisturbed; a file with\n"
        "errors that would stop a start changes nothing. Waits until it is done and says how it ended.",
        arguments, terminal);
}

int upgrade(const std::vector<std::string>& arguments, Terminal& terminal) {
    return order(
        os::Request::upgrade,
        "Goes on with the programs that are installed now, without a failover: every virtual router\n"
        "keeps its state and its addresses. Waits until it is done and says how it ended.",
        arguments, terminal);
}

}  // namespace holdfast::cli
