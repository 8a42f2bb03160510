#include "config/words.h"

#include <algorithm>

namespace holdfast::config {

namespace {

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

}  // namespace

std::size_t name_length(std::string_view text, std::size_t at) {
    if (at >= text.size() || is_digit(text[at])) return 0;
    std::size_t end = at;
    while (end < text.size() && is_name(text[end]))
        ++end;
    return end - at;
}

std::size_t braced_reference_length(std::string_view text, std::size_t at) {
    if (text.substr(at, 2) != "${") return 0;
    const std::size_t name = name_length(text, at + 2);
    if (name == 0) return 0;
    std::size_t end = at + 2 + name;
    while (end < text.size() && (is_blank(text[end]) || is_name(text[end])))
        ++end;
    return end < text.size() && text[end] == '}' ? end + 1 - at : 0;
}

std::vector<Word> words_of(const Text& text) {
    std::vector<Word> words;
    const std::string& characters = text.str();
    for (std::size_t at = 0; at < text.size();) {
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        const std::size_t begin = at;
        if (text[at] == '"') {
            const std::size_t close = characters.find('"', at + 1);
            if (close == std::string::npos) break;
            words.push_back({.text = characters.substr(begin + 1, close - begin - 1),
                             .column = text.column(begin),
                             .quoted = true});
            at = close + 1;
            continue;
        }
        while (at < text.size() && !is_space(text[at]) && text[at] != '"')
            ++at;
        words.push_back(
            {.text = characters.substr(begin, at - begin), .column = text.column(begin), .quoted = false});
    }
    return words;
}

// --- Script words

namespace {

enum class Escapes : bool { kept, interpreted };

int hex_value(char character) {
    if (is_digit(character)) return character - '0';
    const char lower = static_cast<char>(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// At most `most` digits of a number in base 8 or 16 from `at` on, which moves behind them.
char number_escape(std::string_view text, std::size_t& at, int base, std::size_t most) {
    int value = 0;
    const std::size_t end = std::min(text.size(), at + most);
    for (; at < end; ++at) {
        const int digit = hex_value(text[at]);
        if (digit < 0 || digit >= base) break;
        value = value * base + digit;
    }
    return static_cast<char>(value);
}

// What the escape stands for that begins behind a backslash, at `at`; `at` moves behind it.
char escape(std::string_view text, std::size_t& at) {
    constexpr std::string_view letters = "abEfnrtv";
    constexpr std::string_view meanings = "\a\b\x1b\f\n\r\t\v";
    const char letter = text[at];
    if (letter >= '0' && letter <= '7') return number_escape(text, at, 8, 3);
    ++at;
    if (const std::size_t found = letters.find(letter); found != std::string_view::npos)
        return meanings[found];
    if (letter == 'x' && at < text.size() && hex_value(text[at]) >= 0) return number_escape(text, at, 16, 2);
    if (letter == 'c' && at < text.size()) return static_cast<char>(text[at++] & 0x1f);
    return letter;
}

std::optional<std::vector<std::string>> split(std::string_view text, Escapes escapes) {
    std::vector<std::string> words;
    bool inside = false;
    char quote = '\0';
    for (std::size_t at = 0; at < text.size();) {
        const char character = text[at++];
        if (quote == '\0' && is_space(character)) {
            inside = false;
            continue;
        }
        if (!inside) words.emplace_back();
        inside = true;
        std::string& word = words.back();
        if (quote != '\0' && character == quote) {
            quote = '\0';
        } else if (quote == '\0' && (character == '"' || character == '\'')) {
            quote = character;
        } else if (character != '\\') {
            word += character;
        } else if (at == text.size()) {
            // Alone at the end it means itself; as a pair it still does when something stands behind it.
            word += escapes == Escapes::kept ? "\\\\" : "\\";
        } else if (escapes == Escapes::interpreted) {
            word += escape(text, at);
        } else {
            word += character;
            word += text[at++];
        }
    }
    if (quote != '\0') return std::nullopt;
    return words;
}

}  // namespace

std::optional<std::vector<std::string>> split_script_words(std::string_view text) {
    return split(text, Escapes::kept);
}

std::optional<std::vector<std::string>> split_command(std::string_view command_line) {
    return split(command_line, Escapes::interpreted);
}

}  // namespace holdfast::config
