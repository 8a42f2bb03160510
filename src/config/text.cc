#include "config/text.h"

#include <algorithm>

namespace holdfast::config {

Text::Text(std::string_view characters, Place line, std::uint32_t first_column)
    : characters_{characters}, line_{line} {
    columns_.resize(characters.size());
    for (std::size_t at = 0; at < columns_.size(); ++at)
        columns_[at] = first_column + static_cast<std::uint32_t>(at);
}

std::uint32_t Text::column(std::size_t at) const {
    if (columns_.empty()) return line_.column;
    return at < columns_.size() ? columns_[at] : columns_.back() + 1;
}

Place Text::place(std::size_t at) const {
    Place place = line_;
    place.column = column(at);
    return place;
}

Text Text::part(std::size_t from, std::size_t count) const {
    Text piece;
    piece.line_ = line_;
    piece.line_.column = column(from);
    piece.characters_ = characters_.substr(from, count);
    piece.columns_.assign(columns_.begin() + static_cast<std::ptrdiff_t>(from),
                          columns_.begin() + static_cast<std::ptrdiff_t>(from + piece.characters_.size()));
    return piece;
}

void Text::append(const Text& other) {
    if (empty()) line_ = other.line_;
    characters_ += other.characters_;
    columns_.insert(columns_.end(), other.columns_.begin(), other.columns_.end());
}

void Text::append(char character, std::uint32_t column) {
    characters_ += character;
    columns_.push_back(column);
}

void Text::replace(std::size_t from, std::size_t count, std::string_view by) {
    const std::uint32_t at = column(from);
    characters_.replace(from, count, by);
    const auto begin = columns_.begin() + static_cast<std::ptrdiff_t>(from);
    columns_.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    columns_.insert(columns_.begin() + static_cast<std::ptrdiff_t>(from), by.size(), at);
}

void Text::trim() {
    std::size_t end = size();
    while (end > 0 && is_space(characters_[end - 1]))
        --end;
    std::size_t begin = 0;
    while (begin < end && is_space(characters_[begin]))
        ++begin;
    if (begin == 0 && end == size()) return;
    *this = part(begin, end - begin);
}

Text without_comment(const Text& line) {
    Text kept = line.part(0, 0);
    bool quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char character = line[at];
        const bool starts_comment = character == '#' || character == '!';
        if (!quoted && starts_comment) break;
        const bool escaped = !quoted && character == '\\' && at + 1 < line.size() &&
                             (line[at + 1] == '#' || line[at + 1] == '!');
        if (escaped) ++at;
        if (character == '"') quoted = !quoted;
        kept.append(line[at], line.column(at));
    }
    std::size_t end = kept.size();
    while (end > 0 && is_blank(kept[end - 1]))
        --end;
    if (end == 0 || kept[end - 1] != '\\') return kept.part(0, end);
    std::size_t before = end - 1;
    while (before > 0 && is_blank(kept[before - 1]))
        --before;
    Text joined = kept.part(0, before);
    joined.append('\\', kept.column(end - 1));
    return joined;
}

bool has_open_quote(const Text& line) {
    return std::count(line.str().begin(), line.str().end(), '"') % 2 != 0;
}

}  // namespace holdfast::config
