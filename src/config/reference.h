// The schema as text: the keyword reference of the manual page, and plain lists for completion and tests.
#pragma once

#include <string>
#include <vector>

namespace holdfast::config {

// Sections of mdoc(7), one for each block: keyword, arguments, default, what it does, whether it has an
// effect in this build and whether a reload changes it.
std::string reference_mdoc();

struct ReferenceEntry {
    std::string block;
    std::string keyword;
    std::string arguments;
    std::string fallback;
    std::string doc;
    bool effective = false;
    bool reloadable = true;
};

// Every keyword and option once, blocks in the order of the manual.
std::vector<ReferenceEntry> reference_entries();

// "BLOCK KEYWORD" lines, for shell completion.
std::string completion_list();

}  // namespace holdfast::config
