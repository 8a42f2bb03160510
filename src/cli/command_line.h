// What stands behind the name of a command: its options and words, said once by the command and read here,
// so that all commands answer --help and mistakes alike.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace holdfast::cli {

// Values are stored where the command said, when all of them are understood; until then nothing is.
class CommandLine {
public:
    // usage: what stands behind the name, as in "[OPTION...] [NAME...]".
    CommandLine(std::string name, std::string usage, std::string what_it_does);

    // Options; with a comma and a letter behind the name there is a short one.
    CommandLine& flag(const char* name, bool& into, const char* meaning);
    CommandLine& value(const char* name, std::string& into, const char* value_name, const char* meaning);
    CommandLine& values(const char* name, std::vector<std::string>& into, const char* value_name,
                        const char* meaning);
    CommandLine& json(bool& into, const char* meaning = "one JSON object, for programs");
    CommandLine& runtime_directory(std::string& into);
    // what: "history", "incidents".
    CommandLine& state_directory(std::string& into, const std::string& what);
    // Words that are no options; without this, one is an error.
    CommandLine& words(std::vector<std::string>& into);

    // Nothing: go on. Else all has been said, and this is the exit status.
    std::optional<int> read(const std::vector<std::string>& arguments, Terminal& terminal) const;
    // Says what is wrong with them; not_understood.
    int refuse(const std::string& why, Terminal& terminal) const;

private:
    CommandLine& directory(const char* name, std::string& into, const char* variable, const char* otherwise,
                           const std::string& meaning);

    std::string name_;
    std::string usage_;
    std::string what_it_does_;
    boost::program_options::options_description known_{"Options"};
    std::vector<std::string>* words_ = nullptr;
};

}  // namespace holdfast::cli
