#include "cli/command_line.h"

#include <boost/program_options.hpp>
#include <cstdlib>
#include <ostream>
#include <utility>

namespace holdfast::cli {

namespace {

namespace options = boost::program_options;

}  // namespace

CommandLine::CommandLine(std::string name, std::string usage, std::string what_it_does)
    : name_{std::move(name)}, usage_{std::move(usage)}, what_it_does_{std::move(what_it_does)} {
    known_.add_options()("help,h", "this text");
}

CommandLine& CommandLine::flag(const char* name, bool& into, const char* meaning) {
    known_.add_options()(name, options::bool_switch(&into), meaning);
    return *this;
}

CommandLine& CommandLine::value(const char* name, std::string& into, const char* value_name,
                                const char* meaning) {
    known_.add_options()(name, options::value(&into)->value_name(value_name), meaning);
    return *this;
}

CommandLine& CommandLine::values(const char* name, std::vector<std::string>& into, const char* value_name,
                                 const char* meaning) {
    known_.add_options()(name, options::value(&into)->value_name(value_name), meaning);
    return *this;
}

CommandLine& CommandLine::json(bool& into, const char* meaning) {
    return flag("json", into, meaning);
}

// The service manager names the directory to those it starts; the help shows what holds for everybody.
CommandLine& CommandLine::directory(const char* name, std::string& into, const char* variable,
                                    const char* otherwise, const std::string& meaning) {
    const char* named = std::getenv(variable);
    const std::string usual = named != nullptr && named[0] == '/' ? named : otherwise;
    known_.add_options()(name, options::value(&into)->default_value(usual, otherwise)->value_name("DIR"),
                         meaning.c_str());
    return *this;
}

CommandLine& CommandLine::runtime_directory(std::string& into) {
    return directory("runtime-dir", into, "RUNTIME_DIRECTORY", "/run/holdfast",
                     "where the daemon has its files: what it was given as --runtime-dir");
}

CommandLine& CommandLine::state_directory(std::string& into, const std::string& what) {
    return directory("state-dir", into, "STATE_DIRECTORY", "/var/lib/holdfast",
                     "where the daemon keeps its " + what + ": what it was given as --state-dir");
}

CommandLine& CommandLine::words(std::vector<std::string>& into) {
    words_ = &into;
    return *this;
}

std::optional<int> CommandLine::read(const std::vector<std::string>& arguments, Terminal& terminal) const {
    std::vector<std::string> words;
    try {
        const auto parsed = options::command_line_parser(arguments).options(known_).run();
        for (const auto& one : parsed.options)
            if (one.string_key.empty()) words.insert(words.end(), one.value.begin(), one.value.end());
        options::variables_map given;
        options::store(parsed, given);
        if (given.contains("help")) {
            terminal.out << "Usage: holdfast " << name_ << " " << usage_ << "\n\n"
                         << what_it_does_ << "\n\n"
                         << known_;
            return 0;
        }
        if (words_ == nullptr && !words.empty())
            return refuse("'" + words.front() + "' is no option, and nothing else is asked for", terminal);
        options::notify(given);
    } catch (const options::error& error) {
        return refuse(error.what(), terminal);
    }
    if (words_ != nullptr) *words_ = std::move(words);
    return std::nullopt;
}

int CommandLine::refuse(const std::string& why, Terminal& terminal) const {
    terminal.err << "holdfast " << name_ << ": " << why << "\n`holdfast " << name_
                 << " --help` lists its options.\n";
    return not_understood;
}

}  // namespace holdfast::cli
