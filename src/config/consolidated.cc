#include "config/consolidated.h"

#include <charconv>

#include "config/lexical_numbers.h"
#include "config/words.h"

namespace holdfast::config {

namespace {

constexpr char file_mark = 'F';
constexpr char words_mark = 'W';
constexpr char open_mark = 'O';
constexpr char close_mark = 'C';

void append_number(std::string& text, std::size_t number) {
    char digits[20];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    text += ' ';
    text.append(digits, end);
}

// Do the columns of the words follow from where they stand in the text?
bool columns_follow(const Line& line, const std::vector<Word>& plain) {
    for (std::size_t at = 0; at < plain.size(); ++at)
        if (plain[at].column != line.words[at].column) return false;
    return true;
}

}  // namespace

void CopyWriter::add(const Line& line, const Diagnostics& names) {
    for (; files_ <= line.place.file; ++files_) {
        const std::string& name = names.file_name(files_);
        text_ += file_mark;
        append_number(text_, name.size());
        text_ += ":" + name + "\n";
    }
    const bool has_words = line.kind == Line::Kind::words;
    text_ += has_words ? words_mark : line.kind == Line::Kind::open ? open_mark : close_mark;
    append_number(text_, line.place.file);
    append_number(text_, line.place.line);
    if (has_words) append_number(text_, line.text.size());
    append_number(text_, line.place.column);
    if (has_words && !columns_follow(line, words_of(Text{line.text, line.place})))
        for (const Word& word : line.words)
            append_number(text_, word.column);
    text_ += ':';
    text_ += line.text;
    text_ += '\n';
}

std::optional<CopyReader::Mark> CopyReader::next_mark() {
    Mark mark{.kind = rest_.front(), .numbers = {}};
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() == ' ') {
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(rest_.data() + 1, rest_.data() + rest_.size(), value);
        if (error != std::errc{}) return std::nullopt;
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        mark.numbers.push_back(value);
    }
    if (rest_.empty() || rest_.front() != ':') return std::nullopt;
    rest_.remove_prefix(1);
    return mark;
}

std::optional<std::string_view> CopyReader::counted(std::uint32_t length) {
    if (rest_.size() <= length || rest_[length] != '\n') return std::nullopt;
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(std::size_t{length} + 1);
    return text;
}

bool CopyReader::read_file(const Mark& mark, Diagnostics& diagnostics) {
    if (mark.numbers.size() != 1) return false;
    const auto name = counted(mark.numbers[0]);
    if (name) files_.push_back(diagnostics.add_file(std::string{*name}));
    return name.has_value();
}

std::optional<Line> CopyReader::read_line(const Mark& mark) {
    const bool has_words = mark.kind == words_mark;
    const std::size_t fixed = has_words ? 4 : 3;
    if (!has_words && mark.kind != open_mark && mark.kind != close_mark) return std::nullopt;
    if (mark.numbers.size() < fixed || mark.numbers[0] >= files_.size()) return std::nullopt;
    const auto text = counted(has_words ? mark.numbers[2] : 0);
    if (!text) return std::nullopt;
    Line line;
    line.kind = has_words ? Line::Kind::words : mark.kind == open_mark ? Line::Kind::open : Line::Kind::close;
    line.place = {
        .file = files_[mark.numbers[0]], .line = mark.numbers[1], .column = mark.numbers[fixed - 1]};
    line.text = *text;
    if (has_words) line.words = words_of(Text{*text, line.place});
    const std::size_t columns = mark.numbers.size() - fixed;
    if (has_words && (line.words.empty() || (columns != 0 && columns != line.words.size())))
        return std::nullopt;
    for (std::size_t at = 0; has_words && at < columns; ++at)
        line.words[at].column = mark.numbers[fixed + at];
    return line;
}

std::optional<Line> CopyReader::next(Diagnostics& diagnostics) {
    while (!rest_.empty()) {
        const auto mark = next_mark();
        if (mark && mark->kind == file_mark && read_file(*mark, diagnostics)) continue;
        auto line = mark ? read_line(*mark) : std::nullopt;
        if (line) return line;
        rest_ = {};
        diagnostics.add({.number = lexical::broken_copy,
                         .rank = Class::fatal,
                         .consequence = Consequence::stops,
                         .place = {},
                         .length = 1,
                         .message = "the copy of the configuration is broken",
                         .expected = {},
                         .suggestion = {}});
    }
    return std::nullopt;
}

}  // namespace holdfast::config
