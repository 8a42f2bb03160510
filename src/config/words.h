// From a line to its words: white space separates, double quotes hold together. Private to the lexical half
// of config.
#pragma once

#include <cstddef>
#include <vector>

#include "config/source.h"
#include "config/text.h"

namespace holdfast::config {

// The words before a quote that is never closed are kept, the rest is lost; the caller reports it.
std::vector<Word> words_of(const Text& text);

// The length of "${NAME}" or "${NAME PARAMETERS}" that begins at `at`; 0 when none does. Such a reference
// that means nothing stays in its word, braces and all.
std::size_t braced_reference_length(std::string_view text, std::size_t at);

// May it stand in the name of a definition?
inline bool is_name(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_';
}

// Length of the name of a definition that begins at `at`: a letter or _, then letters, digits and _.
std::size_t name_length(std::string_view text, std::size_t at);

}  // namespace holdfast::config
