// The expanded configuration as one text for the other processes: no includes, comments or definitions left,
// but every word with its place. What is written reads back to the same lines. Private to the lexical half
// of config.
//
//   F LENGTH:NAME                          a file; they are numbered in this order
//   W FILE LINE LENGTH COLUMN...:TEXT      words; one column: those of the others follow from it
//   O FILE LINE COLUMN:                    {
//   C FILE LINE COLUMN:                    }
// Each ends with a newline; texts are counted, so they may hold any byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostic.h"
#include "config/source.h"

namespace holdfast::config {

class CopyWriter {
public:
    void add(const Line& line, const Diagnostics& names);
    const std::string& text() const { return text_; }

private:
    std::string text_;
    std::uint32_t files_ = 0;
};

class CopyReader {
public:
    explicit CopyReader(std::string text) : text_{std::move(text)}, rest_{text_} {}
    CopyReader(const CopyReader&) = delete;
    CopyReader& operator=(const CopyReader&) = delete;

    const std::string& text() const { return text_; }

    // The next line; nothing at the end and where the text is broken, which is reported.
    std::optional<Line> next(Diagnostics& diagnostics);

private:
    struct Mark {
        char kind = '\0';
        std::vector<std::uint32_t> numbers;
    };
    std::optional<Mark> next_mark();
    std::optional<std::string_view> counted(std::uint32_t length);
    bool read_file(const Mark& mark, Diagnostics& diagnostics);
    std::optional<Line> read_line(const Mark& mark);

    std::string text_;
    std::string_view rest_;
    std::vector<std::uint32_t> files_;  // numbers of ours in Diagnostics
};

}  // namespace holdfast::config
