#include "config/expand.h"

#include <algorithm>
#include <charconv>

namespace holdfast::config {

namespace {

// Bounds against definitions that blow up: a line of this many characters, replaced this many times.
constexpr std::size_t longest_expansion = 16384;
constexpr int most_replacements = 2000;
constexpr std::size_t most_rounds = 100'000;

bool is_name_start(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           character == '_';
}
bool is_name(char character) {
    return is_name_start(character) || (character >= '0' && character <= '9');
}

std::size_t name_end(const std::string& text, std::size_t from) {
    if (from >= text.size() || !is_name_start(text[from])) return from;
    while (from < text.size() && is_name(text[from]))
        ++from;
    return from;
}

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
    for (std::int64_t value = first; step > 0 ? value <= last : value >= last; value += step) {
        if (loop.rounds.size() == most_rounds) return failed("more than 100000 rounds");
        loop.rounds.push_back({{arguments[0], formatted(value, hexadecimal)}});
    }
    return loop;
}

Loop parse_list(const std::vector<std::string>& arguments) {
    if (arguments.size() < 2) return failed("~LST takes a variable and its values");
    const std::vector<std::string> names = braced_list(arguments[0]);
    Loop loop;
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const std::vector<std::string> values = names.size() > 1 || arguments[0].front() == '{'
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

std::optional<Definitions::Reference> Definitions::braced_reference(const Text& line, std::size_t at) {
    const std::string& text = line.str();
    const std::size_t close = text.find('}', at + 2);
    if (close == std::string::npos) return std::nullopt;
    const std::size_t end = name_end(text, at + 2);
    if (end == at + 2) return std::nullopt;
    Reference reference{
        .begin = at, .end = close + 1, .name = text.substr(at + 2, end - at - 2), .parameters = {}};
    if (end == close) return reference;
    if (!is_space(text[end])) return std::nullopt;
    reference.parameters = blank_separated(std::string_view{text}.substr(end, close - end));
    return reference;
}

std::optional<Definitions::Reference> Definitions::next_reference(const Text& line, std::size_t from) {
    const std::string& text = line.str();
    for (std::size_t at = text.find('$', from); at != std::string::npos; at = text.find('$', at + 1)) {
        if (at + 1 < text.size() && text[at + 1] == '{') {
            if (auto reference = braced_reference(line, at)) return reference;
            continue;
        }
        const std::size_t end = name_end(text, at + 1);
        if (end == at + 1) continue;
        const bool ends = end == text.size() || is_blank(text[end]) || text[end] == ',' || text[end] == ')';
        if (ends)
            return Reference{
                .begin = at, .end = end, .name = text.substr(at + 1, end - at - 1), .parameters = {}};
    }
    return std::nullopt;
}

Definitions::Expanded Definitions::expand(Text line) const {
    Expanded result;
    const Text before = line;
    std::size_t from = 0;
    for (int replacements = 0;; ++replacements) {
        const auto reference = next_reference(line, from);
        if (!reference) break;
        if (replacements == most_replacements || line.size() > longest_expansion) {
            result.too_long = true;
            result.line = before;
            return result;
        }
        const auto defined = all_.find(reference->name);
        const std::size_t count = reference->end - reference->begin;
        if (defined != all_.end() && reference->parameters.empty()) {
            const Definition& definition = defined->second;
            if (definition.multi_line() && reference->end != line.size()) {
                from = reference->end;  // several lines fit only at the end of one
                continue;
            }
            line.replace(reference->begin, count, definition.lines.front().str());
            if (definition.multi_line()) result.rest = &definition;
        } else if (const auto value = predefined_(reference->name, reference->parameters)) {
            line.replace(reference->begin, count, *value);
        } else {
            from = reference->end;  // unknown names stay as they are
            continue;
        }
        result.changed = true;
        if (line.size() > reference->begin && line[reference->begin] == '~')
            break;  // the loop's own turn comes first
        from = reference->begin;
    }
    result.line = std::move(line);
    return result;
}

std::optional<DefinitionHead> definition_head(const Text& line) {
    const std::string& text = line.str();
    if (text.empty() || text[0] != '$') return std::nullopt;
    const std::size_t end = name_end(text, 1);
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
            if (name.empty() || name_end(name, 0) != name.size())
                return failed("'" + name + "' cannot be the name of a variable");
    return loop;
}

}  // namespace holdfast::config
