// A configuration written out again: one setting a line, in the order of the schema, without comments,
// definitions and includes. Reading it gives an equal Config.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace holdfast::config {

std::string dump(const Config& config);

// The same as lines, for whoever shows it.
struct DumpLine {
    enum class Source : std::uint8_t {
        file,
        preset,    // nothing was written; this holds
        described  // the same, and text is `KEYWORD: words for people`
    };
    std::size_t depth = 0;
    std::string text;  // without its brace
    bool opens = false;
    bool closes = false;
    Source source = Source::file;
    std::string in_force;  // where that is another value than what was written
};
struct DumpManner {
    bool hides_secrets = false;
    bool fills_in = false;  // what holds where nothing was written, of keywords with an effect
    // What holds in an instance, as it is written; nothing: what was written, or else what the schema says.
    std::function<std::optional<std::string>(const Instance&, std::string_view keyword)> in_force;
};
std::vector<DumpLine> dump_lines(const Config& config, const DumpManner& manner);

// A word that is a secret, as it may be shown.
std::string hidden(const std::string& word);
// A URL without the user and the password in it; any other text as it is.
std::string without_credentials(const std::string& word);

}  // namespace holdfast::config
