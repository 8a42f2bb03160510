// $definitions, ~SEQ, ~LST and @conditions: text that makes text. Private to the lexical half of config.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/text.h"

namespace holdfast::config {

// What a definition stands for: one line, or several of which the first joins the line that refers to it.
struct Definition {
    std::vector<Text> lines;
    bool multi_line() const { return lines.size() > 1; }
};

class Definitions {
public:
    // predefined: value of _NAME with its parameters; nothing when there is no such name.
    using Predefined = std::function<std::optional<std::string>(std::string_view name,
                                                                const std::vector<std::string>& parameters)>;
    explicit Definitions(Predefined predefined) : predefined_{std::move(predefined)} {}

    void set(const std::string& name, Definition definition) { all_[name] = std::move(definition); }

    struct Expanded {
        Text line;
        const Definition* rest =
            nullptr;            // a multi-line definition at the end of the line: its other lines follow
        bool too_long = false;  // left as it is
        bool changed = false;
    };
    // Replaces all references, again and again, from left to right.
    Expanded expand(Text line) const;

private:
    struct Reference {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::string name;
        std::vector<std::string> parameters;
    };
    static std::optional<Reference> next_reference(const Text& line, std::size_t from);
    static std::optional<Reference> braced_reference(const Text& line, std::size_t at);

    Predefined predefined_;
    std::map<std::string, Definition, std::less<>> all_;
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
// head: with all references in it replaced.
Loop parse_loop(std::string_view head, std::size_t text);

}  // namespace holdfast::config
