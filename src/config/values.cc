// Numbers, words and names; the other grammars are in values_network.cc and values_script.cc. A number with
// something behind it is an error; where keepalived would go on with its leading part in normal operation, so
// do we, except for decimals, where that part would be taken for microseconds.
#include "config/values.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "config/values_private.h"

namespace holdfast::config {

void report(Diagnostics& diagnostics, Report report) {
    diagnostics.add({.number = static_cast<std::uint16_t>(report.number),
                     .rank = report.rank,
                     .consequence = report.consequence,
                     .place = report.place,
                     .length = report.length,
                     .message = std::move(report.message),
                     .expected = std::move(report.expected),
                     .suggestion = std::move(report.suggestion)});
}

Place Words::place(std::size_t position) const {
    Place place = line_->place;
    if (position < line_->words.size()) {
        place.column = line_->words[position].column;
    } else if (!line_->words.empty()) {
        const Word& last = line_->words.back();
        place.column = last.column + static_cast<std::uint32_t>(last.text.size());
    }
    return place;
}

std::uint32_t Words::length(std::size_t position) const {
    if (position >= line_->words.size()) return 1;
    return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(line_->words[position].text.size()));
}

std::string_view Words::text_behind_keyword() const {
    std::string_view text = line_->text;
    constexpr std::string_view blanks = " \t\f\v\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const bool quoted = !text.empty() && text.front() == '"';
    const std::size_t end = quoted ? text.find('"', 1) : text.find_first_of(" \t\f\v\r\n\"");
    if (end == std::string_view::npos) return {};
    text.remove_prefix(quoted ? end + 1 : end);
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text;
}

void report_value(Reading& reading, const Words& words, std::size_t position, Report what) {
    what.place = words.place(position);
    what.length = words.length(position);
    report(reading.diagnostics, std::move(what));
}

std::string named(const Reading& reading, std::string_view text) {
    std::string message{reading.keyword};
    message += ": ";
    message += text;
    return message;
}

namespace {

constexpr std::int64_t micro = 1'000'000;

// "A..B", with "clamped " in front or " (0 becomes 1)" behind.
struct Range {
    std::int64_t low = std::numeric_limits<std::int64_t>::min();
    std::int64_t high = std::numeric_limits<std::int64_t>::max();
    bool clamped = false;
    std::optional<std::int64_t> changed_from;  // or its negative, where the range has one
    std::int64_t changed_to = 0;
};

// scale: units of one whole. The bounds in a table are right, or the schema's own test fails.
std::int64_t bound(std::string_view text, std::int64_t scale) {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    HF_ASSERT(error == std::errc{});
    std::int64_t value = whole * scale;
    std::string_view rest{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    if (!rest.empty() && rest.front() == '.') {
        rest.remove_prefix(1);
        std::int64_t unit = scale;
        for (const char digit : rest) {
            unit /= 10;
            value += (digit - '0') * unit;
        }
    }
    return negative ? -value : value;
}

Range range_of(std::string_view text, std::int64_t scale) {
    Range range;
    if (text.empty()) return range;
    constexpr std::string_view clamped = "clamped ";
    if (text.substr(0, clamped.size()) == clamped) {
        range.clamped = true;
        text.remove_prefix(clamped.size());
    }
    if (const auto note = text.find(" ("); note != std::string_view::npos) {
        const auto number_at = [&](std::size_t at) {
            return bound(text.substr(at, text.find_first_not_of("0123456789", at) - at), scale);
        };
        range.changed_from = number_at(note + 2);
        range.changed_to = number_at(text.rfind(' ') + 1);
        text = text.substr(0, note);
    }
    const auto dots = text.find("..");
    HF_ASSERT(dots != std::string_view::npos);
    range.low = bound(text.substr(0, dots), scale);
    range.high = bound(text.substr(dots + 2), scale);
    return range;
}

enum class NumberFault : std::uint8_t { none, no_digits, garbage, too_large, extra_places };

struct Number {
    std::int64_t value = 0;
    NumberFault fault = NumberFault::none;
};

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
        text.remove_prefix(1);
    return text;
}

// Takes the sign; true: negative.
bool take_sign(std::string_view& text) {
    if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
    const bool negative = text.front() == '-';
    text.remove_prefix(1);
    return negative;
}

Number parse_integer(std::string_view text, int base) {
    text = without_blanks(text);
    const bool negative = take_sign(text);
    if (base == 0) {
        base = 10;
        if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
            base = 16;
            text.remove_prefix(2);
        } else if (text.size() > 1 && text[0] == '0') {
            base = 8;
        }
    }
    Number number;
    if (text.empty() || text.front() == '-') return {0, NumberFault::no_digits};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number.value, base);
    if (error == std::errc::invalid_argument) return {0, NumberFault::no_digits};
    if (error == std::errc::result_out_of_range) return {0, NumberFault::too_large};
    if (negative) number.value = -number.value;
    if (end != text.data() + text.size()) number.fault = NumberFault::garbage;
    return number;
}

// Decimal with at most `places` digits behind the point, as a count of the smallest unit; half up.
Number parse_decimal(std::string_view text, int places) {
    text = without_blanks(text);
    const bool negative = take_sign(text);
    Number number;
    int seen = -1;  // digits behind the point; -1: no point yet
    bool digits = false;
    bool extra = false;
    bool round_up = false;
    for (const char c : text) {
        if (c == '.' && seen < 0) {
            seen = 0;
            continue;
        }
        if (c < '0' || c > '9') {
            number.fault = digits ? NumberFault::garbage : NumberFault::no_digits;
            break;
        }
        digits = true;
        if (seen >= places) {
            if (!extra) round_up = c >= '5';
            extra = true;
            continue;
        }
        if (seen >= 0) ++seen;
        if (number.value > std::numeric_limits<std::int64_t>::max() / (20 * micro))
            return {0, NumberFault::too_large};
        number.value = number.value * 10 + (c - '0');
    }
    if (!digits) return {0, NumberFault::no_digits};
    for (int place = std::max(seen, 0); place < places; ++place) {
        if (number.value > std::numeric_limits<std::int64_t>::max() / 20) return {0, NumberFault::too_large};
        number.value *= 10;
    }
    if (round_up) ++number.value;
    if (negative) number.value = -number.value;
    if (number.fault == NumberFault::none && extra) number.fault = NumberFault::extra_places;
    return number;
}

std::string plain_range(std::string_view range) {
    if (const auto note = range.find(" ("); note != std::string_view::npos) range = range.substr(0, note);
    if (range.substr(0, 8) == "clamped ") range.remove_prefix(8);
    return range.empty() ? std::string{"a number"} : "a number in " + std::string{range};
}

// Judges a number against its range. Says what is wrong; nothing: not to be used.
std::optional<std::int64_t> judge(const Number& number, const Argument& argument, std::int64_t scale,
                                  const Words& words, std::size_t position, Reading& reading,
                                  bool leading_part_counts) {
    const std::string& text = words.line().words[position].text;
    const auto refuse = [&](Finding finding, const std::string& why, Consequence consequence) {
        report_value(reading, words, position,
                     {.number = finding,
                      .rank = Class::invalid_number,
                      .consequence = consequence,
                      .message = named(reading, "'" + text + "' " + why),
                      .expected = plain_range(argument.range)});
    };
    if (number.fault == NumberFault::no_digits) {
        refuse(Finding::bad_number, "is no number", Consequence::ignored);
        return std::nullopt;
    }
    const Range range = range_of(argument.range, scale);
    std::int64_t value = number.value;
    const bool inside = number.fault != NumberFault::too_large && value >= range.low && value <= range.high;
    if (number.fault == NumberFault::garbage) {
        const bool kept = leading_part_counts && inside;
        refuse(Finding::bad_number, kept ? "has something behind the number" : "is no number",
               kept ? Consequence::defaulted : Consequence::ignored);
        return kept ? std::optional{value} : std::nullopt;
    }
    if (number.fault == NumberFault::extra_places)
        refuse(Finding::changed_number, "has too many decimal places and is rounded", Consequence::defaulted);
    const bool changed = range.changed_from && std::abs(value) == *range.changed_from;
    if (changed && (value >= 0 || range.low < 0)) {
        value = value < 0 ? -range.changed_to : range.changed_to;
        refuse(Finding::changed_number, "becomes " + std::to_string(value / scale), Consequence::defaulted);
        return value;
    }
    if (inside) return value;
    if (range.clamped && number.fault != NumberFault::too_large) {
        value = std::clamp(value, range.low, range.high);
        refuse(Finding::out_of_range, "is out of range, " + std::to_string(value / scale) + " is used",
               Consequence::defaulted);
        return value;
    }
    refuse(Finding::out_of_range, "is out of range", Consequence::ignored);
    return std::nullopt;
}

std::optional<Value> read_integer(const Argument& argument, Words& words, Reading& reading, int base) {
    const std::size_t position = words.position();
    const auto value =
        judge(parse_integer(words.take().text, base), argument, 1, words, position, reading, true);
    if (!value) return std::nullopt;
    return Value{*value};
}

std::optional<Value> read_duration(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    if (argument.kind == Kind::seconds) {
        const auto value = judge(parse_integer(text, 10), argument, 1, words, position, reading, true);
        if (!value) return std::nullopt;
        return Value{Duration{std::chrono::seconds{*value}}};
    }
    if (argument.kind == Kind::decimal) {
        const auto value = judge(parse_decimal(text, 6), argument, micro, words, position, reading, false);
        if (!value) return std::nullopt;
        return Value{Duration{std::chrono::microseconds{*value}}};
    }
    const auto value = judge(parse_decimal(text, 3), argument, 1000, words, position, reading, false);
    if (!value) return std::nullopt;
    if (argument.kind == Kind::ms_decimal) return Value{Duration{std::chrono::microseconds{*value}}};
    return Value{Duration{std::chrono::milliseconds{*value}}};
}

std::optional<Value> read_boolean(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    if (const auto value = boolean_named(text)) return Value{*value};
    report_value(reading, words, position,
                 {.number = Finding::bad_word,
                  .message = named(reading, "'" + text + "' is neither on nor off"),
                  .expected = "on, true, yes, off, false or no"});
    // An instance's skip_check_adv_addr and the like are refused whole, as keepalived does.
    static_cast<void>(argument);
    return std::nullopt;
}

std::optional<Value> read_choice(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    const auto same = [&](std::string_view choice) {
        if (argument.kind == Kind::choice) return choice == text;
        return std::equal(choice.begin(), choice.end(), text.begin(), text.end(), [](char a, char b) {
            return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
        });
    };
    const auto choices = split_range(argument.range);
    for (std::size_t i = 0; i < choices.size(); ++i)
        if (same(choices[i])) return Value{static_cast<std::int64_t>(i)};
    std::string expected;
    for (const auto choice : choices)
        expected += (expected.empty() ? "" : ", ") + std::string{choice};
    report_value(reading, words, position,
                 {.number = Finding::bad_word,
                  .message = named(reading, "'" + text + "' is not known here"),
                  .expected = "one of " + expected,
                  .suggestion = std::string{nearest(text, choices)}});
    return std::nullopt;
}

std::optional<Value> read_word(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    std::string text = words.take().text;
    std::size_t longest = text.size();
    if (!argument.range.empty())
        std::from_chars(argument.range.data(), argument.range.data() + argument.range.size(), longest);
    if (text.size() <= longest) return Value{std::move(text)};
    if (argument.kind == Kind::short_word) {
        report_value(reading, words, position,
                     {.number = Finding::name_too_long,
                      .message = named(reading, "'" + text + "' is too long"),
                      .expected = "at most " + std::string{argument.range} + " characters"});
        return std::nullopt;
    }
    text.resize(longest);
    report_value(
        reading, words, position,
        {.number = Finding::word_cut,
         .consequence = Consequence::defaulted,
         .message = named(reading, "only the first " + std::string{argument.range} + " characters are used"),
         .expected = "at most " + std::string{argument.range} + " characters"});
    return Value{std::move(text)};
}

std::optional<Value> read_email(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    std::string text = words.take().text;
    if (parse_mailbox(text)) return Value{std::move(text)};
    report_value(reading, words, position,
                 {.number = Finding::bad_value,
                  .message = named(reading, "'" + text + "' is no mail address"),
                  .expected = "ops@example.org, or \"Name <ops@example.org>\""});
    return std::nullopt;
}

std::optional<Value> read_rest(Words& words) {
    std::vector<std::string> texts;
    while (!words.empty())
        texts.push_back(words.take().text);
    return Value{std::move(texts)};
}

std::optional<Value> read_definition(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    std::string name = words.take().text;
    const auto kinds = split_range(argument.range);  // kind of thing, longest name
    std::size_t longest = name.size();
    if (kinds.size() > 1) std::from_chars(kinds[1].data(), kinds[1].data() + kinds[1].size(), longest);
    if (name.size() > longest) {
        report_value(reading, words, position,
                     {.number = Finding::name_too_long,
                      .message = named(reading, "name '" + name + "' is too long"),
                      .expected = "at most " + std::string{kinds[1]} + " characters"});
        return std::nullopt;
    }
    if (!reading.names[std::string{kinds[0]}].insert(name).second) {
        report_value(reading, words, position,
                     {.number = Finding::duplicate_name,
                      .message = named(reading, "'" + name + "' is defined twice"),
                      .expected = "a name of its own"});
        return std::nullopt;
    }
    return Value{std::move(name)};
}

std::optional<Value> read_reference(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& name = words.take().text;
    const auto& known = reading.names[std::string{argument.range}];
    if (known.count(name) != 0) return Value{name};
    constexpr std::size_t most_candidates = 200;  // looking for a near name must stay cheap
    std::vector<std::string_view> candidates;
    for (const auto& candidate : known) {
        if (candidates.size() == most_candidates) break;
        candidates.push_back(candidate);
    }
    std::sort(candidates.begin(), candidates.end());
    report_value(
        reading, words, position,
        {.number = Finding::undefined_name,
         .message = named(reading, std::string{argument.range} + " '" + name + "' is not defined above"),
         .expected = "the name of a " + std::string{argument.range} + " that stands before this line",
         .suggestion = std::string{nearest(name, candidates)}});
    return std::nullopt;
}

std::optional<Value> read_cpus(Words& words, Reading& reading) {
    std::vector<std::uint32_t> processors;
    while (!words.empty()) {
        const std::size_t position = words.position();
        const std::string& text = words.take().text;
        const Number number = parse_integer(text, 10);
        if (number.fault != NumberFault::none || number.value < 0 ||
            number.value >= static_cast<std::int64_t>(reading.host.processors())) {
            report_value(reading, words, position,
                         {.number = Finding::out_of_range,
                          .rank = Class::invalid_number,
                          .message = named(reading, "'" + text + "' is no processor of this host"),
                          .expected = "0.." + std::to_string(reading.host.processors() - 1)});
            continue;
        }
        processors.push_back(static_cast<std::uint32_t>(number.value));
    }
    if (processors.empty()) return std::nullopt;
    return Value{std::move(processors)};
}

std::optional<Value> read_mode_bits(Words& words, Reading& reading) {
    static constexpr std::pair<std::string_view, std::int64_t> bits[] = {
        {"IRUSR", 0400}, {"IWUSR", 0200}, {"IXUSR", 0100}, {"IRGRP", 040},  {"IWGRP", 020}, {"IXGRP", 010},
        {"IROTH", 04},   {"IWOTH", 02},   {"IXOTH", 01},   {"IRWXU", 0700}, {"IRWXG", 070}, {"IRWXO", 07}};
    const std::size_t position = words.position();
    std::string text;
    while (!words.empty())
        text += words.take().text;
    if (const Number number = parse_integer(text, 0); number.fault == NumberFault::none) {
        if (number.value >= 0 && number.value <= 0777) return Value{number.value};
    } else {
        std::int64_t mask = 0;
        bool known = !text.empty();
        for (std::string_view rest = text; known && !rest.empty();) {
            const std::string_view name = rest.substr(0, rest.find('|'));
            rest.remove_prefix(std::min(rest.size(), name.size() + 1));
            const auto* found = std::find_if(std::begin(bits), std::end(bits),
                                             [&](const auto& bit) { return bit.first == name; });
            known = found != std::end(bits);
            if (known) mask |= found->second;
        }
        if (known) return Value{mask};
    }
    report_value(reading, words, position,
                 {.number = Finding::bad_value,
                  .message = named(reading, "'" + text + "' is no file mode"),
                  .expected = "a number up to 0777, or IRUSR|IWGRP|..."});
    return std::nullopt;
}

std::optional<Value> read_rx_policy(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    std::string lower;
    for (const char c : text)
        lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    if (lower == "mtu") return Value{ReceiveBuffers{ReceiveBuffers::Policy::mtu}};
    if (lower == "advert") return Value{ReceiveBuffers{ReceiveBuffers::Policy::advert}};
    const Argument size{.kind = Kind::integer, .range = "0..4294967295"};
    const auto bytes = judge(parse_integer(text, 10), size, 1, words, position, reading, true);
    if (!bytes) return std::nullopt;
    return Value{ReceiveBuffers{ReceiveBuffers::Policy::bytes, static_cast<std::uint32_t>(*bytes)}};
}

std::optional<Value> read_include_checks(Words& words, Reading& reading) {
    const std::vector<std::string_view> known{"read", "match", "wildcard_match", "brace_match"};
    std::vector<std::string> checks;
    while (!words.empty()) {
        const std::size_t position = words.position();
        const std::string& text = words.take().text;
        std::string_view name = text;
        if (!name.empty() && (name.front() == '+' || name.front() == '-')) name.remove_prefix(1);
        if (std::find(known.begin(), known.end(), name) != known.end()) {
            checks.push_back(text);
            continue;
        }
        report_value(reading, words, position,
                     {.number = Finding::bad_word,
                      .message = named(reading, "'" + text + "' is no check of includes"),
                      .expected = "read, match, wildcard_match or brace_match, with + or - in front",
                      .suggestion = std::string{nearest(name, known)}});
    }
    return Value{std::move(checks)};
}

std::optional<Value> read_status_codes(const Argument& argument, Words& words, Reading& reading) {
    std::vector<std::string> codes;
    while (!words.empty()) {
        const std::size_t position = words.position();
        const std::string& text = words.take().text;
        const Range range = range_of(argument.range, 1);
        const auto dash = text.find('-');
        const Number first = parse_integer(std::string_view{text}.substr(0, dash), 10);
        const Number last =
            dash == std::string::npos ? first : parse_integer(std::string_view{text}.substr(dash + 1), 10);
        if (first.fault != NumberFault::none || last.fault != NumberFault::none || first.value < range.low ||
            last.value > range.high || last.value < first.value) {
            report_value(reading, words, position,
                         {.number = Finding::bad_number,
                          .rank = Class::invalid_number,
                          .message = named(reading, "'" + text + "' is no status code"),
                          .expected = "N or N-M in " + std::string{argument.range}});
            continue;
        }
        codes.push_back(text);
    }
    return Value{std::move(codes)};
}

std::optional<Value> read_hex(const Argument& argument, Words& words, Reading& reading) {
    const bool wildcards = argument.range == "mask";
    std::vector<std::string> octets;
    while (!words.empty()) {
        const std::size_t position = words.position();
        const std::string& text = words.take().text;
        const bool good = std::all_of(text.begin(), text.end(), [&](char c) {
            return std::isxdigit(static_cast<unsigned char>(c)) != 0 || (wildcards && (c == 'x' || c == 'X'));
        });
        if (!good || text.empty()) {
            report_value(reading, words, position,
                         {.number = Finding::bad_value,
                          .message = named(reading, "'" + text + "' is not hexadecimal"),
                          .expected = "octets of one or two hexadecimal digits"});
            return std::nullopt;
        }
        octets.push_back(text);
    }
    return Value{std::move(octets)};
}

std::optional<Value> read_hmac_key(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    const std::string_view view = text;
    bool good = false;
    if (view.substr(0, 5) == "file:") {
        good = view.size() > 5;
    } else if (view.substr(0, 4) == "hex:") {
        const auto digits = view.substr(4);
        good = digits.size() % 2 == 0 && digits.size() >= 64 && digits.size() <= 128 &&
               std::all_of(digits.begin(), digits.end(),
                           [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
    } else {
        good = view.size() >= 32 && view.size() <= 64;
    }
    if (good) return Value{text};
    report_value(reading, words, position,
                 {.number = Finding::bad_value,
                  .message = named(reading, "this is no key"),
                  .expected = "hex:DIGITS, file:PATH or text, 32 to 64 bytes"});
    return std::nullopt;
}

}  // namespace

std::vector<std::string_view> split_range(std::string_view text) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return parts;
}

std::optional<bool> boolean_named(std::string_view text) {
    if (text == "on" || text == "true" || text == "yes") return true;
    if (text == "off" || text == "false" || text == "no") return false;
    return std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text, int base) {
    const Number number = parse_integer(text, base);
    if (number.fault != NumberFault::none) return std::nullopt;
    return number.value;
}

std::optional<std::int64_t> number_in_range(const Argument& argument, const Words& words,
                                            std::size_t position, Reading& reading) {
    return judge(parse_integer(words.line().words[position].text, 0), argument, 1, words, position, reading,
                 true);
}

bool is_choice(const Argument& argument, std::string_view word) {
    const auto choices = split_range(argument.range);
    return std::find(choices.begin(), choices.end(), word) != choices.end();
}

std::optional<Value> read_value(const Argument& argument, Words& words, Reading& reading) {
    if (argument.kind == Kind::constant) return Value{argument.number};
    switch (argument.kind) {
        case Kind::boolean:
            return read_boolean(argument, words, reading);
        case Kind::integer:
            return read_integer(argument, words, reading, 10);
        case Kind::number:
            return read_integer(argument, words, reading, 0);
        case Kind::seconds:
        case Kind::decimal:
        case Kind::milli_decimal:
        case Kind::ms_decimal:
            return read_duration(argument, words, reading);
        case Kind::word:
        case Kind::short_word:
            return read_word(argument, words, reading);
        case Kind::email:
            return read_email(words, reading);
        case Kind::rest:
        case Kind::process:
            return read_rest(words);
        case Kind::choice:
        case Kind::any_case_choice:
            return read_choice(argument, words, reading);
        case Kind::defines:
            return read_definition(argument, words, reading);
        case Kind::refers:
            return read_reference(argument, words, reading);
        case Kind::cpus:
            return read_cpus(words, reading);
        case Kind::mode_bits:
            return read_mode_bits(words, reading);
        case Kind::rx_policy:
            return read_rx_policy(words, reading);
        case Kind::include_checks:
            return read_include_checks(words, reading);
        case Kind::status_codes:
            return read_status_codes(argument, words, reading);
        case Kind::hex:
            return read_hex(argument, words, reading);
        case Kind::hmac_key:
            return read_hmac_key(words, reading);
        case Kind::script:
        case Kind::command:
        case Kind::user:
        case Kind::group:
        case Kind::fifo:
            return read_script_value(argument, words, reading);
        default:
            return read_network_value(argument, words, reading);
    }
}

std::string seconds_text(Duration duration) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    std::string text = std::to_string(micros / micro);
    std::int64_t fraction = micros % micro;
    if (fraction == 0) return text;
    std::string digits = std::to_string(micro + fraction).substr(1);
    while (digits.back() == '0')
        digits.pop_back();
    return text + "." + digits;
}

}  // namespace holdfast::config
