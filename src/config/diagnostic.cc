#include "config/diagnostic.h"

#include <algorithm>
#include <array>

namespace holdfast::config {

namespace {

// Random bytes make a finding in every line; nobody reads more than this of one kind.
constexpr std::size_t most_of_a_class = 1000;
constexpr std::size_t longest_shown = 100;  // characters of a line; a window around the caret
constexpr std::uint16_t more_of_this_class = 1000;

std::string_view severity(const Diagnostic& diagnostic) {
    if (diagnostic.rank == Class::notice) return "notice";
    if (diagnostic.rank == Class::warning || diagnostic.rank == Class::deprecated ||
        diagnostic.rank == Class::security)
        return "warning";
    return "error";
}

std::string_view outcome(Consequence consequence) {
    switch (consequence) {
        case Consequence::ignored:
            return "left out";
        case Consequence::defaulted:
            return "another value is used";
        case Consequence::stops:
            return "the daemon does not start with it";
        case Consequence::none:
            break;
    }
    return "";
}

std::string position(const std::string& file, const Place& place) {
    std::string text = file;
    if (place.line > 0) text += ":" + std::to_string(place.line);
    if (place.line > 0 && place.column > 0) text += ":" + std::to_string(place.column);
    return text;
}

// Bytes that a terminal would take for orders.
std::string printable(std::string_view text) {
    std::string out;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte == '\t' || byte >= 0x80 || (byte >= 0x20 && byte != 0x7f)) {
            out += character;
        } else {
            constexpr std::string_view digits = "0123456789abcdef";
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

// The line and, under it, a caret with tildes; blanks before the caret are those of the line, so that tabs
// fit.
std::string shown_line(std::string_view line, const Place& place, std::uint32_t length) {
    std::size_t column = std::min<std::size_t>(place.column > 0 ? place.column - 1 : 0, line.size());
    if (line.size() > longest_shown) {
        const std::size_t begin = column > longest_shown / 2 ? column - longest_shown / 2 : 0;
        line = line.substr(begin, longest_shown);
        column -= begin;
    }
    std::string before;
    for (const char character : printable(line.substr(0, column)))
        before += character == '\t' ? '\t' : ' ';
    const std::size_t marks = std::clamp<std::size_t>(
        length, 1, std::max<std::size_t>(line.size() - std::min(column, line.size()), 1));
    return "    " + printable(line) + "\n    " + before + "^" + std::string(marks - 1, '~') + "\n";
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
    Tally& tally = tallies_[static_cast<std::size_t>(diagnostic.rank)];
    ++tally.count;
    stops_ = stops_ || diagnostic.consequence == Consequence::stops;
    if (tally.count == most_of_a_class + 1) {
        diagnostic.number = more_of_this_class;
        diagnostic.message = "more findings of this kind follow; they are counted, not shown";
        diagnostic.expected.clear();
        diagnostic.suggestion.clear();
    }
    if (tally.count <= most_of_a_class + 1) all_.push_back(std::move(diagnostic));
}

std::uint32_t Diagnostics::add_file(std::string name) {
    files_.push_back(std::move(name));
    lines_.emplace_back();
    return static_cast<std::uint32_t>(files_.size() - 1);
}

const std::string& Diagnostics::file_name(std::uint32_t file) const {
    static const std::string unknown = "configuration";
    return file < files_.size() ? files_[file] : unknown;
}

void Diagnostics::add_line(Place place, std::string_view physical_line) {
    if (place.file >= lines_.size()) return;
    auto& lines = lines_[place.file];
    if (lines.size() < place.line) lines.resize(place.line);
    lines[place.line - 1] = physical_line;
}

std::size_t Diagnostics::count() const {
    std::size_t sum = 0;
    for (std::size_t rank = 0; rank < class_count; ++rank)
        if (rank != static_cast<std::size_t>(Class::notice)) sum += tallies_[rank].count;
    return sum;
}

bool Diagnostics::stops() const {
    return stops_;
}

int Diagnostics::test_status() const {
    // keepalived ends at the first missing word, whatever else there is.
    if (tallies_[static_cast<std::size_t>(Class::missing_parameter)].count > 0) return 2;
    for (std::size_t rank = class_count - 1; rank > 0; --rank) {
        if (tallies_[rank].count == 0) continue;
        if (rank == static_cast<std::size_t>(Class::security)) return 6;
        return rank <= static_cast<std::size_t>(Class::fatal) ? 4 : 5;
    }
    return 0;
}

std::string Diagnostics::render(const Diagnostic& diagnostic) const {
    std::string text = render_short(diagnostic) + "\n";
    const Place& place = diagnostic.place;
    const bool has_line =
        place.line > 0 && place.file < lines_.size() && place.line <= lines_[place.file].size();
    if (has_line) text += shown_line(lines_[place.file][place.line - 1], place, diagnostic.length);
    if (!diagnostic.expected.empty()) text += "    expected: " + printable(diagnostic.expected) + "\n";
    if (!diagnostic.suggestion.empty())
        text += "    did you mean '" + printable(diagnostic.suggestion) + "'?\n";
    return text;
}

std::string Diagnostics::render_short(const Diagnostic& diagnostic) const {
    std::string text = position(file_name(diagnostic.place.file), diagnostic.place);
    text += ": ";
    text += severity(diagnostic);
    text += ": " + printable(diagnostic.message);
    const std::string_view then = outcome(diagnostic.consequence);
    if (!then.empty() && diagnostic.rank != Class::notice) text += " (" + std::string{then} + ")";
    if (diagnostic.number > 0) text += " [HF" + std::to_string(diagnostic.number) + "]";
    return text;
}

namespace {

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours; more than limit is
// limit + 1.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
    std::vector<std::size_t> two_back(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        std::size_t least = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], two_back[j - 2] + 1);
            least = std::min(least, row[j]);
        }
        if (least > limit) return limit + 1;
        two_back.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
    std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
    std::string_view best;
    for (const std::string_view candidate : known) {
        const std::size_t far = distance(word, candidate, limit);
        if (far > limit || (far == limit && !best.empty())) continue;
        best = candidate;
        limit = far;
    }
    return best;
}

}  // namespace holdfast::config
