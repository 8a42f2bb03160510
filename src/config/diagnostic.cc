// How findings are counted and shown. The catalogue of their lasting numbers: HF1000 to HF1019 are about text
// (lexical_numbers.h), the others stand beside what reports them.
#include "config/diagnostic.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "config/lexical_numbers.h"

namespace holdfast::config {

namespace {

// Random bytes make a finding in every line; nobody reads more than this of one kind.
constexpr std::size_t most_of_a_kind = 1000;
constexpr std::size_t longest_shown = 100;  // bytes of a line; a window around the caret

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

bool continues(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// Bytes of the character at `at` if it can be shown as it is: printable ASCII, a tab, well-formed UTF-8 that
// is no control and no byte order mark; else 0.
std::size_t shown_as_is(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) return byte == '\t' || (byte >= 0x20 && byte != 0x7f) ? 1 : 0;
    const std::size_t length = byte >= 0xf5 ? 0 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
    if (length == 0) return 0;
    for (std::size_t next = 1; next < length; ++next)
        if (!continues(text, at + next)) return 0;
    const auto second = static_cast<unsigned char>(text[at + 1]);
    const bool control = byte == 0xc2 && second < 0xa0;
    const bool malformed = (byte == 0xe0 && second < 0xa0) || (byte == 0xed && second >= 0xa0) ||
                           (byte == 0xf0 && second < 0x90) || (byte == 0xf4 && second >= 0x90);
    return control || malformed || text.substr(at, length) == "\xef\xbb\xbf" ? 0 : length;
}

std::string escaped(char character) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(character);
    return {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
}

// Without the bytes that a terminal would take for orders.
std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = shown_as_is(text, at);
        out += length > 0 ? std::string{text.substr(at, length)} : escaped(text[at]);
        at += std::max<std::size_t>(length, 1);
    }
    return out;
}

// As wide as the text is when it is shown, made of the one character, but tabs stay tabs if it is a blank.
std::string of_same_width(std::string_view text, char character) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = shown_as_is(text, at);
        if (text[at] == '\t' && character == ' ')
            out += '\t';
        else
            out.append(length > 0 ? 1 : 4, character);
        at += std::max<std::size_t>(length, 1);
    }
    return out;
}

// The line and, under it, a caret with tildes.
std::string shown_line(std::string_view line, const Place& place, std::uint32_t length) {
    const std::size_t column = std::min<std::size_t>(place.column > 0 ? place.column - 1 : 0, line.size());
    std::size_t begin = 0;
    std::size_t end = line.size();
    if (line.size() > longest_shown) {
        begin = column > longest_shown / 2 ? column - longest_shown / 2 : 0;
        begin = std::min(begin, line.size() - longest_shown);
        end = begin + longest_shown;
        while (begin < column && continues(line, begin))
            ++begin;
        while (end > column && continues(line, end))
            --end;
    }
    const std::string_view marked = line.substr(column, std::min<std::size_t>(length, end - column));
    std::string marks = of_same_width(marked, '~');
    if (marks.empty()) marks = "~";
    marks.front() = '^';
    const std::string_view cut_before = begin > 0 ? "..." : "";
    const std::string_view cut_behind = end < line.size() ? "..." : "";
    return "    " + std::string{cut_before} + printable(line.substr(begin, end - begin)) +
           std::string{cut_behind} + "\n    " + std::string(cut_before.size(), ' ') +
           of_same_width(line.substr(begin, column - begin), ' ') + marks + "\n";
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
    Tally& tally =
        tallies_[static_cast<std::size_t>(diagnostic.rank)][static_cast<std::size_t>(diagnostic.consequence)];
    ++tally.count;
    stops_ = stops_ || diagnostic.consequence == Consequence::stops;
    if (tally.count <= most_of_a_kind) return all_.push_back(std::move(diagnostic));
    if (tally.count == most_of_a_kind + 1) {
        tally.more = all_.size();
        diagnostic.number = lexical::more_of_this_kind;
        diagnostic.expected.clear();
        diagnostic.suggestion.clear();
        all_.push_back(std::move(diagnostic));
    }
    all_[tally.more].message =
        std::to_string(tally.count - most_of_a_kind) + " more findings of this kind, here and further down";
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

std::size_t Diagnostics::count_of(Class rank) const {
    std::size_t sum = 0;
    for (const Tally& tally : tallies_[static_cast<std::size_t>(rank)])
        sum += tally.count;
    return sum;
}

std::size_t Diagnostics::count() const {
    std::size_t sum = 0;
    for (std::size_t rank = 0; rank < class_count; ++rank)
        if (static_cast<Class>(rank) != Class::notice) sum += count_of(static_cast<Class>(rank));
    return sum;
}

bool Diagnostics::stops() const {
    return stops_;
}

int Diagnostics::test_status() const {
    // keepalived ends at the first missing word, whatever else there is; we go on, but say the same.
    if (count_of(Class::missing_parameter) > 0) return 2;
    for (std::size_t rank = class_count - 1; rank > 0; --rank) {
        const auto highest = static_cast<Class>(rank);
        if (count_of(highest) == 0) continue;
        if (highest == Class::security) return 6;
        return highest <= Class::fatal ? 4 : 5;
    }
    return 0;
}

const std::string* Diagnostics::line_at(const Place& place) const {
    const bool kept = place.line > 0 && place.file < lines_.size() && place.line <= lines_[place.file].size();
    return kept ? &lines_[place.file][place.line - 1] : nullptr;
}

std::string Diagnostics::quote(const Place& place, std::string_view remark) const {
    std::string text = position(file_name(place.file), place) + ": note: " + printable(remark) + "\n";
    if (const std::string* line = line_at(place)) text += shown_line(*line, place, word_length(place));
    return text;
}

std::uint32_t Diagnostics::word_length(const Place& place) const {
    const std::string* line = line_at(place);
    if (line == nullptr || place.column == 0 || place.column > line->size()) return 1;
    const std::size_t begin = place.column - 1;
    const std::size_t end = std::min(line->find_first_of(" \t", begin), line->size());
    return static_cast<std::uint32_t>(std::max<std::size_t>(end - begin, 1));
}

std::string Diagnostics::render(const Diagnostic& diagnostic) const {
    std::string text = render_short(diagnostic) + "\n";
    const Place& place = diagnostic.place;
    if (const std::string* line = line_at(place)) text += shown_line(*line, place, diagnostic.length);
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

constexpr std::size_t longest_comparable = 64;  // no word that we know is longer
constexpr std::size_t farthest = 4;             // edits, also in a long word

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}

// Which characters there are, cheaply: an edit changes at most two of these bits.
std::uint64_t letters_of(std::string_view word) {
    std::uint64_t letters = 0;
    for (const char character : word)
        letters |= std::uint64_t{1} << (static_cast<unsigned char>(lower(character)) & 63u);
    return letters;
}

bool cannot_be_near(std::string_view a, std::uint64_t letters, std::string_view b, std::size_t limit) {
    const std::size_t difference = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
    return difference > limit || b.size() > longest_comparable ||
           static_cast<std::size_t>(std::popcount(letters ^ letters_of(b))) > 2 * limit;
}

// Optimal string alignment, blind for upper and lower case: insertions, deletions, substitutions and swaps of
// neighbours. More than limit is limit + 1. Both words are at most longest_comparable long.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
    using Row = std::array<std::size_t, longest_comparable + 1>;
    std::array<Row, 3> rows{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        Row& row = rows[i % 3];
        const Row& last = rows[(i + 2) % 3];
        const Row& two_back = rows[(i + 1) % 3];
        row[0] = i;
        std::size_t least = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
            least = std::min(least, row[j]);
        }
        if (least > limit) return limit + 1;
    }
    return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
    if (word.size() < 2 || word.size() > longest_comparable) return {};
    const std::uint64_t letters = letters_of(word);
    std::size_t limit = std::clamp<std::size_t>(word.size() / 3, 1, farthest);
    std::string_view best;
    for (const std::string_view candidate : known) {
        if (cannot_be_near(word, letters, candidate, limit)) continue;
        const std::size_t far = distance(word, candidate, limit);
        if (far > limit || (far == limit && !best.empty())) continue;
        best = candidate;
        limit = far;
    }
    return best;
}

}  // namespace holdfast::config
