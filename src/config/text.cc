#include "config/text.h"

#include <algorithm>
#include <numeric>

namespace holdfast::config {

Text::Text(std::string_view characters, Place first)
    : characters_{characters}, columns_(characters.size()), line_{first} {
    std::iota(columns_.begin(), columns_.end(), first.column);
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
    piece.line_ = place(from);
    piece.characters_ = characters_.substr(from, count);
    const auto begin = columns_.begin() + static_cast<std::ptrdiff_t>(from);
    piece.columns_.assign(begin, begin + static_cast<std::ptrdiff_t>(piece.characters_.size()));
    return piece;
}

void Text::append(char character, std::uint32_t column) {
    characters_ += character;
    columns_.push_back(column);
}

void Text::append(std::string_view characters, std::uint32_t column) {
    characters_ += characters;
    columns_.insert(columns_.end(), characters.size(), column);
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
        const bool escaped = !quoted && line[at] == '\\' && at + 1 < line.size() &&
                             (line[at + 1] == '#' || line[at + 1] == '!');
        if (!quoted && (line[at] == '#' || line[at] == '!')) break;
        if (escaped) ++at;
        if (line[at] == '"') quoted = !quoted;
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

std::size_t open_quote(std::string_view text) {
    const bool odd = std::count(text.begin(), text.end(), '"') % 2 != 0;
    return odd ? text.rfind('"') : std::string_view::npos;
}

}  // namespace holdfast::config
