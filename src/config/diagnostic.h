// What is wrong in a configuration, where, and what to do: place, the line with a caret, what was expected,
// the nearest known word, and a lasting number. Classes and their rank are keepalived's, because its test
// mode's exit status is.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::config {

// Position in a configuration file; line and column count from 1, 0 means unknown.
struct Place {
    std::uint32_t file = 0;  // index into Diagnostics::files
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

// In increasing rank: the run's result is the highest rank seen. `notice` is ours: it never changes a
// verdict.
enum class Class : std::uint8_t {
    notice,  // has no effect here, or is decided otherwise than keepalived does
    file_not_found,
    bad_interface,
    fatal,
    multiple_files,
    unknown_keyword,
    unexpected_open,
    missing_open,
    unexpected_close,
    missing_close,
    unmatched_quote,
    missing_parameter,
    invalid_number,
    general_error,
    warning,
    deprecated,
    security,
};

// What happens because of a finding.
enum class Consequence : std::uint8_t {
    none,       // said, nothing changes
    ignored,    // the word, line or block is left out
    defaulted,  // another value is used instead
    stops,      // the daemon does not start with it; a reload is refused
};

struct Diagnostic {
    std::uint16_t number = 0;  // lasting: HF1xxx, see the catalogue in diagnostic.cc
    Class rank = Class::general_error;
    Consequence consequence = Consequence::ignored;
    Place place;
    std::uint32_t length = 1;  // of the underlined text, characters
    std::string message;       // what is wrong, in words
    std::string expected;      // what would be right; may be empty
    std::string suggestion;    // nearest known word; may be empty
};

// Everything found in one run over a configuration, in the order of the files, and the lines for showing it.
// Of each kind (class and consequence) the first thousand are kept and all are counted; one more says how
// many are not shown.
class Diagnostics {
public:
    void add(Diagnostic diagnostic);
    const std::vector<Diagnostic>& all() const { return all_; }

    // Names and texts of the files, for showing the line under the caret.
    std::uint32_t add_file(std::string name);
    const std::string& file_name(std::uint32_t file) const;
    void add_line(Place place, std::string_view physical_line);

    // Findings that count: everything but notices.
    std::size_t count() const;
    bool stops() const;
    // keepalived's exit status of -t: 0, 2, 4, 5 or 6 (grammar of compatibility: section "Test mode").
    int test_status() const;

    // "FILE:LINE:COLUMN: error: MESSAGE [HF1001]" with the line, a caret, what was expected and the
    // suggestion.
    std::string render(const Diagnostic& diagnostic) const;
    // The same on one line, for the log.
    std::string render_short(const Diagnostic& diagnostic) const;
    // "FILE:LINE:COLUMN: note: REMARK" with the line and a caret: another place that a finding is about.
    std::string quote(const Place& place, std::string_view remark) const;
    // Length of the word that begins there; 1 if none does.
    std::uint32_t word_length(const Place& place) const;

private:
    static constexpr std::size_t class_count = static_cast<std::size_t>(Class::security) + 1;
    static constexpr std::size_t consequence_count = static_cast<std::size_t>(Consequence::stops) + 1;
    struct Tally {
        std::size_t count = 0;  // also of those that are not kept
        std::size_t more = 0;   // index in all_ of the finding that says how many those are
    };
    std::size_t count_of(Class rank) const;
    const std::string* line_at(const Place& place) const;

    std::vector<Diagnostic> all_;
    std::array<std::array<Tally, consequence_count>, class_count> tallies_{};
    bool stops_ = false;
    std::vector<std::string> files_;
    std::vector<std::vector<std::string>> lines_;
};

// The word of `known` that is nearest to `word` by edit distance, if it is near enough to be meant; else
// empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace holdfast::config
