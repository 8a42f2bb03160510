#include "config/expand.h"

#include <algorithm>
#include <charconv>

#include "config/words.h"

namespace holdfast::config {

namespace {

// Bounds against definitions that blow up: a line of this many characters, replaced this many times.
constexpr std::size_t longest_expansion = 16384;
constexpr int most_replacements = 2000;
constexpr std::size_t work_of_a_replacement = 16;  // beside that for its value
constexpr std::size_t most_rounds = 100'000;       // of one loop

std::vector<std::string> blank_separated(std::string_view text) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while (at < text.size()) {
        while (at < text.size() && is_space(text[at]))
            ++at;
        const std::size_t begin = at;
        while (at < text.size() && !is_space(text[at]))
            ++at;
        if (at > begin) words.emplace_back(text.substr(begin, at - begin));
    }
    return words;
}

std::string trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return std::string{text};
}

// Comma separated, but not inside braces.
std::vector<std::string> arguments_of(std::string_view text) {
    std::vector<std::string> all{""};
    int depth = 0;
    for (const char character : text) {
        if (character == '{') ++depth;
        if (character == '}') --depth;
        if (character == ',' && depth == 0)
            all.emplace_back();
        else
            all.back() += character;
    }
    for (std::string& argument : all)
        argument = trimmed(argument);
    return all;
}

std::vector<std::string> braced_list(const std::string& text) {
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') return {text};
    return arguments_of(std::string_view{text}.substr(1, text.size() - 2));
}

// Decimal, 0x or octal, with a sign.
std::optional<std::int64_t> number(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
    int base = 10;
    if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text[0] == '0') {
        base = 8;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return negative ? -value : value;
}

std::string formatted(std::int64_t value, bool hexadecimal) {
    if (!hexadecimal || value < 0) return std::to_string(value);
    char text[24];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value, 16);
    return std::string{text, end};
}

Loop failed(std::string error) {
    Loop loop;
    loop.error = std::move(error);
    return loop;
}

Loop parse_sequence(const std::vector<std::string>& arguments, bool hexadecimal) {
    if (arguments.size() < 2 || arguments.size() > 4)
        return failed("~SEQ takes a variable and one to three numbers");
    std::vector<std::int64_t> numbers;
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const auto value = number(arguments[at]);
        if (!value) return failed("'" + arguments[at] + "' is not a number");
        numbers.push_back(*value);
    }
    const std::int64_t last = numbers.back();
    const std::int64_t first = numbers.size() > 1 ? numbers[0] : last < 0 ? -1 : 1;
    const std::int64_t step = numbers.size() == 3 ? numbers[1] : first <= last ? 1 : -1;
    if (step == 0 || (first != last && (last > first) != (step > 0)))
        return failed("the step never reaches the end");
    if (hexadecimal && (first < 0 || last < 0)) return failed("~SEQx takes no negative numbers");
    Loop loop;
    for (std::int64_t value = first;;) {
        if (loop.rounds.size() == most_rounds)
            return failed("more than " + std::to_string(most_rounds) + " rounds");
        loop.rounds.push_back({{arguments[0], formatted(value, hexadecimal)}});
        // Also at the ends of what 64 bits hold.
        if (__builtin_add_overflow(value, step, &value) || (step > 0 ? value > last : value < last)) break;
    }
    return loop;
}

Loop parse_list(const std::vector<std::string>& arguments) {
    if (arguments.size() < 2) return failed("~LST takes a variable and its values");
    const std::vector<std::string> names = braced_list(arguments[0]);
    Loop loop;
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const std::vector<std::string> values = arguments[0].starts_with('{')
                                                    ? braced_list(arguments[at])
                                                    : std::vector<std::string>{arguments[at]};
        if (values.size() > names.size()) return failed("more values than variables: " + arguments[at]);
        Loop::Round round;
        for (std::size_t name = 0; name < names.size(); ++name)
            round.emplace_back(names[name], name < values.size() ? values[name] : "");
        loop.rounds.push_back(std::move(round));
    }
    return loop;
}

}  // namespace

// The part of a line that is not read yet, last character first, so that a reference is replaced at the cost
// of its value.
class Definitions::Unread {
public:
    explicit Unread(const Text& line) {
        for (std::size_t at = line.size(); at-- > 0;) {
            characters_ += line[at];
            columns_.push_back(line.column(at));
        }
    }
    bool empty() const { return characters_.empty(); }
    std::size_t size() const { return characters_.size(); }
    char front() const { return characters_.back(); }
    std::uint32_t column() const { return columns_.back(); }

    // The characters from `at` on for as long as a reference may go on, and one more.
    std::string ahead() const {
        std::string text;
        for (std::size_t at = size(); at-- > 0;) {
            const char character = characters_[at];
            text += character;
            const bool goes_on = is_blank(character) || (character == '$' && text.size() == 1) ||
                                 (character == '{' && text.size() == 2) || is_name(character);
            if (!goes_on) break;
        }
        return text;
    }
    void drop(std::size_t count) {
        characters_.resize(size() - count);
        columns_.resize(characters_.size());
    }
    void put_in_front(std::string_view text, std::uint32_t column) {
        characters_.append(text.rbegin(), text.rend());
        columns_.insert(columns_.end(), text.size(), column);
    }

private:
    std::string characters_;
    std::vector<std::uint32_t> columns_;
};

namespace {

struct Reference {
    std::size_t length = 0;  // 0: there is none
    std::string name;
    std::vector<std::string> parameters;
};

// "$NAME" in front of a blank, a comma, a closing parenthesis or the end; "${NAME}" anywhere.
Reference reference_at_front(std::string_view text) {
    if (const std::size_t length = braced_reference_length(text, 0)) {
        const std::size_t name = name_length(text, 2);
        return {.length = length,
                .name = std::string{text.substr(2, name)},
                .parameters = blank_separated(text.substr(2 + name, length - name - 3))};
    }
    const std::size_t name = name_length(text, 1);
    const bool ends =
        name + 1 == text.size() || is_blank(text[name + 1]) || text[name + 1] == ',' || text[name + 1] == ')';
    if (name == 0 || !ends) return {};
    return {.length = name + 1, .name = std::string{text.substr(1, name)}, .parameters = {}};
}

}  // namespace

std::optional<std::string> Definitions::value_of(const std::string& name,
                                                 const std::vector<std::string>& parameters, bool at_end,
                                                 Expanded& result) const {
    const auto defined = all_.find(name);
    if (defined == all_.end() || !parameters.empty()) return predefined_(name, parameters);
    const Definition& definition = *defined->second;
    if (definition.multi_line() && !at_end) return std::nullopt;  // several lines fit only at the end of one
    if (definition.multi_line()) result.rests.push_back(defined->second);
    return definition.lines.front().str();
}

std::size_t Definitions::replace_front(Unread& unread, Expanded& result) const {
    if (unread.front() != '$') return 1;
    const Reference reference = reference_at_front(unread.ahead());
    if (reference.length == 0) return 1;
    const bool at_end = reference.length == unread.size();
    const auto value = value_of(reference.name, reference.parameters, at_end, result);
    if (!value) return reference.length;  // unknown names stay as they are
    const std::uint32_t column = unread.column();
    unread.drop(reference.length);
    unread.put_in_front(*value, column);
    result.changed = true;
    result.work += value->size() + work_of_a_replacement;
    return 0;
}

Definitions::Expanded Definitions::expand(const Text& line) const {
    Expanded result;
    result.line = line;
    if (line.str().find('$') == std::string::npos) return result;
    Text done = line.part(0, 0);
    Unread unread{line};
    for (int replacements = 0; !unread.empty();) {
        // A loop's own turn comes before what stands behind it is replaced.
        const bool loop_first = unread.front() == '~' && done.empty() && result.changed;
        const std::size_t kept = loop_first ? unread.size() : replace_front(unread, result);
        for (std::size_t count = 0; count < kept; ++count, unread.drop(1))
            done.append(unread.front(), unread.column());
        if (kept > 0) continue;
        if (++replacements > most_replacements || done.size() + unread.size() > longest_expansion) {
            result.rests.clear();
            result.changed = false;
            result.too_long = true;
            return result;
        }
    }
    result.line = std::move(done);
    return result;
}

std::optional<DefinitionHead> definition_head(const Text& line) {
    const std::string& text = line.str();
    if (text.empty() || text[0] != '$') return std::nullopt;
    const std::size_t end = 1 + name_length(text, 1);
    if (end == 1 || end >= text.size() || text[end] != '=') return std::nullopt;
    std::size_t value = end + 1;
    while (value < text.size() && is_blank(text[value]))
        ++value;
    return DefinitionHead{.name = text.substr(1, end - 1), .value = value};
}

std::optional<Condition> condition_head(const Text& line) {
    const std::string& text = line.str();
    if (text.empty() || text[0] != '@') return std::nullopt;
    Condition condition;
    std::size_t at = 1;
    if (at < text.size() && text[at] == '^') {
        condition.negated = true;
        ++at;
    }
    const std::size_t begin = at;
    while (at < text.size() && !is_blank(text[at]))
        ++at;
    condition.id = text.substr(begin, at - begin);
    while (at < text.size() && is_blank(text[at]))
        ++at;
    condition.text = at;
    return condition;
}

bool starts_loop(const Text& line) {
    return line.str().starts_with("~SEQ(") || line.str().starts_with("~SEQx(") ||
           line.str().starts_with("~LST(");
}

std::size_t loop_head_end(const Text& line) {
    const std::size_t close = line.str().find(')');
    return close == std::string::npos ? close : close + 1;
}

Loop parse_loop(std::string_view head, std::size_t text) {
    const std::size_t open = head.find('(');
    const std::string_view inside = head.substr(open + 1, head.size() - open - 2);
    const std::string_view kind = head.substr(0, open);
    Loop loop = kind == "~LST" ? parse_list(arguments_of(inside))
                               : parse_sequence(arguments_of(inside), kind == "~SEQx");
    loop.text = text;
    for (const auto& round : loop.rounds)
        for (const auto& [name, value] : round)
            if (name.empty() || name_length(name, 0) != name.size())
                return failed("'" + name + "' cannot be the name of a variable");
    return loop;
}

}  // namespace holdfast::config
