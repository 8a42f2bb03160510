// A piece of configuration text in which every character still knows its column in the physical line, also
// after comments were taken out and definitions put in. Private to the lexical half of config.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace holdfast::config {

class Text {
public:
    Text() = default;
    // Columns count from that of the place.
    Text(std::string_view characters, Place first);

    const std::string& str() const { return characters_; }
    std::size_t size() const { return characters_.size(); }
    bool empty() const { return characters_.empty(); }
    char operator[](std::size_t at) const { return characters_[at]; }
    // Of the place behind the last character when at is the size.
    std::uint32_t column(std::size_t at) const;
    Place place(std::size_t at) const;

    Text part(std::size_t from, std::size_t count = std::string::npos) const;
    void append(char character, std::uint32_t column);
    void append(std::string_view characters, std::uint32_t column);
    // Takes blanks from both ends.
    void trim();

private:
    std::string characters_;
    std::vector<std::uint32_t> columns_;
    Place line_;  // its column counts only while there are no characters
};

inline bool is_blank(char character) {
    return character == ' ' || character == '\t';
}
// What separates words: space, tab, form feed, newline, carriage return, vertical tab.
inline bool is_space(char character) {
    return is_blank(character) || character == '\f' || character == '\n' || character == '\r' ||
           character == '\v';
}

// Without what a comment says: the first # or ! outside double quotes ends the line, \# and \! stand for
// themselves. Trailing blanks go, too, also those before a final backslash.
Text without_comment(const Text& line);

// Where the double quote stands that no other one closes; npos when all are closed.
std::size_t open_quote(std::string_view text);

}  // namespace holdfast::config
