// From files to logical lines of words (keepalived's lexical grammar): comments, quotes, braces, the include
// family, $definitions, @conditions, ~SEQ and ~LST. Files are read through an interface, so that tests and
// fuzzers feed it memory. Every word knows the file, line and column it came from, also through an expansion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/diagnostic.h"

namespace holdfast::config {

// What the reader needs of the outside. Implemented over the real file system by the programs, over memory by
// tests.
class Files {
public:
    virtual ~Files() = default;
    enum class Kind : std::uint8_t { absent, regular, executable, directory, other, unreadable };
    virtual Kind kind(const std::string& path) = 0;
    virtual Result<std::string> read(const std::string& path) = 0;
    // glob(3) with brace expansion, sorted; pattern is absolute or relative to directory.
    virtual std::vector<std::string> glob(const std::string& pattern, const std::string& directory) = 0;
    virtual std::string current_directory() = 0;
    virtual std::optional<std::string> environment(const std::string& variable) = 0;
};

// Which include mistakes are errors (keywords includer, includem, includew, includeb, includea and
// include_check).
struct IncludeCheck {
    bool read = false;            // unreadable, a directory, executable
    bool match = false;           // no file for a plain name
    bool wildcard_match = false;  // no match for a wildcard
    bool brace_match = false;     // a brace alternative without match
    static constexpr IncludeCheck all() { return {true, true, true, true}; }
};

struct ReadOptions {
    std::string config_id;          // what @ID conditions compare with (-i, else the short host name)
    IncludeCheck include_check;     // -e sets all
    std::uint32_t random_seed = 0;  // for ${_RANDOM}
    std::size_t most_expanded_lines =
        4'000'000;  // that definitions and loops may make: a loop in a loop ends here
};

struct Word {
    std::string text;  // without quotes
    std::uint32_t column =
        0;  // 1-based, in the physical line; of the reference when it came out of a definition
    bool quoted = false;
};

// A piece of the configuration after all expansion: words, or a brace on its own.
struct Line {
    enum class Kind : std::uint8_t { words, open, close };
    Kind kind = Kind::words;
    Place place;       // of its first word or of the brace
    std::string text;  // the whole piece as expanded; script keywords split it again by their own rules
    std::vector<Word> words;  // kind words: at least one
};

// Reads FILE (which may be a glob) and everything it includes, one logical line at a time.
class Reader {
public:
    Reader(Files& files, const std::string& path, ReadOptions options, Diagnostics& diagnostics);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The next line, or nothing at the end of the last file.
    std::optional<Line> next();

    // include_check inside the file changes what follows in that file.
    IncludeCheck include_check() const;
    void set_include_check(IncludeCheck check);

    // All lines handed out so far as one text without includes, comments and definitions, with marks that
    // keep file and line: what the other processes are given. Reader::of_consolidated reads it back to the
    // same lines.
    const std::string& consolidated() const;
    static std::unique_ptr<Reader> of_consolidated(std::string text, Diagnostics& diagnostics);

private:
    struct Impl;
    struct FromFiles;
    struct FromCopy;
    explicit Reader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// A second splitting for script keywords. First pass over the text after the keyword: quotes " and ' join
// adjacent pieces, backslash pairs are kept: word 1 the command line, 2 the user, 3 the group. Nothing: a
// quote is missing.
std::optional<std::vector<std::string>> split_script_words(std::string_view text);
// Second pass over word 1, escapes interpreted: argv.
std::optional<std::vector<std::string>> split_command(std::string_view command_line);

}  // namespace holdfast::config
