// $definitions, ~SEQ, ~LST and @conditions: text that makes text. Private to the lexical half of config.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/text.h"

namespace holdfast::config {

// What a definition stands for: one line, or several of which the first joins the line that refers to it.
struct Definition {
    std::vector<Text> lines;  // never empty
    bool multi_line() const { return lines.size() > 1; }
};
// Shared by the name and by every place that is still reading the lines: one of them may define the name
// anew.
using SharedDefinition = std::shared_ptr<const Definition>;

class Definitions {
public:
    // predefined: value of _NAME with its parameters; nothing when there is no such name.
    using Predefined = std::function<std::optional<std::string>(std::string_view name,
                                                                const std::vector<std::string>& parameters)>;
    explicit Definitions(Predefined predefined) : predefined_{std::move(predefined)} {}

    void set(const std::string& name, Definition definition) {
        all_[name] = std::make_shared<const Definition>(std::move(definition));
    }

    struct Expanded {
        Text line;
        // Multi-line definitions that end the line, the outer ones first: their other lines follow, those of
        // the last one first.
        std::vector<SharedDefinition> rests;
        bool too_long = false;  // left as it is
        bool changed = false;
        std::size_t work = 0;  // characters put in and looked at again, for a bound on the sum
    };
    // Replaces all references, again and again, from left to right, in time linear in what comes out.
    Expanded expand(const Text& line) const;

private:
    class Unread;
    // How many characters at the front stay as they are; 0: there was a reference, and it is replaced.
    std::size_t replace_front(Unread& unread, Expanded& result) const;
    std::optional<std::string> value_of(const std::string& name, const std::vector<std::string>& parameters,
                                        bool at_end, Expanded& result) const;

    Predefined predefined_;
    std::map<std::string, SharedDefinition, std::less<>> all_;
};

// "$NAME=VALUE": the name and where the value begins.
struct DefinitionHead {
    std::string name;
    std::size_t value = 0;
};
std::optional<DefinitionHead> definition_head(const Text& line);

// "@ID TEXT" or "@^ID TEXT".
struct Condition {
    std::string id;
    bool negated = false;
    std::size_t text = 0;  // where it begins; the size of the line when nothing follows
};
std::optional<Condition> condition_head(const Text& line);

// "~SEQ(...) TEXT" or "~LST(...) TEXT": the assignments of one round each, and where the text begins.
struct Loop {
    using Round = std::vector<std::pair<std::string, std::string>>;  // name, value
    std::vector<Round> rounds;
    std::size_t text = 0;
    std::string error;  // not empty: it cannot be understood
};
bool starts_loop(const Text& line);
// The end of the parenthesis of a loop, one behind it; npos when it is missing.
std::size_t loop_head_end(const Text& line);
// head: up to the closing parenthesis, with all references in it replaced.
Loop parse_loop(std::string_view head, std::size_t text);

}  // namespace holdfast::config
