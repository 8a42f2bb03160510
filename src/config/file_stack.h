// The files of a configuration: one includes another, and their physical lines come out in the order of
// reading, cleaned of line ends and comments. Private to the lexical half of config.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/source.h"
#include "config/text.h"

namespace holdfast::config {

class FileStack {
public:
    FileStack(Files& files, Diagnostics& diagnostics) : files_{files}, diagnostics_{diagnostics} {}

    // The file that all begins with, or several when path is a pattern.
    void open_main(const std::string& path, IncludeCheck check);
    // What the pattern names is read next; word_check: what the include word asks for, beside the file's own
    // check.
    void include(const std::string& pattern, const Place& place, IncludeCheck word_check);

    struct PhysicalLine {
        Text text;          // without indentation and comment
        bool blank = true;  // there was not even a comment
    };
    // The next line that can be used; files that have ended are closed. Nothing: all have ended, or so many
    // that the number of open ones is `depth` again and something else goes on there.
    std::optional<PhysicalLine> next_line(std::size_t depth);
    // The next one of the innermost file only.
    std::optional<PhysicalLine> next_line_of_this_file();

    // How many files are open, one inside the other.
    std::size_t depth() const { return open_.size(); }
    // An included file waits to be opened.
    bool has_waiting() const { return !open_.empty() && !open_.back().waiting.empty(); }
    // Of the innermost file; the current directory when none is open.
    std::string directory() const;
    IncludeCheck check() const { return open_.empty() ? IncludeCheck{} : open_.back().check; }
    void set_check(IncludeCheck check);
    // Where the last line came from.
    const Place& here() const { return here_; }
    void close_all();

private:
    struct Waiting {
        std::string path;
        Place from;
        bool must_be_readable = false;
    };
    struct OpenFile {
        std::uint32_t number = 0;  // in Diagnostics
        std::string shown_name;
        std::string path;
        std::string directory;
        std::string text;
        std::size_t at = 0;
        std::uint32_t line = 0;
        IncludeCheck check;
        std::deque<Waiting> waiting;  // what it includes here, next first
    };

    void open(const Waiting& file, std::optional<std::uint32_t> number, IncludeCheck check);
    bool may_open(const std::string& path, const Waiting& file);
    std::optional<std::string> read(const std::string& path, const Waiting& file);
    void report_missing(const std::string& pattern, const std::vector<std::string>& alternatives,
                        const Place& place, IncludeCheck check);
    bool is_usable(std::string_view line);
    void report(std::uint16_t number, Class rank, Consequence consequence, Place place, std::string message,
                std::string expected = {}, std::uint32_t length = 1);

    Files& files_;
    Diagnostics& diagnostics_;
    std::vector<OpenFile> open_;
    std::deque<Waiting> main_files_;
    IncludeCheck main_check_;
    Place here_;
    std::size_t opened_ = 0;     // files ever
    std::size_t text_read_ = 0;  // bytes ever
};

// All that the braces of a pattern can mean: "a{b,c}d" as "abd" and "acd". Nothing: too many to be meant.
std::optional<std::vector<std::string>> brace_alternatives(const std::string& pattern);

}  // namespace holdfast::config
