// How a physical line becomes logical lines, in this order: line ends and blanks, comment, conditions,
// definitions, loops, references, include, braces, words.
//
// Decisions where keepalived's behaviour is an accident:
//   - A line of more than 1023 bytes is dropped whole; keepalived drops its beginning and reads the rest as a
//   new line.
//   - The braces of an undefined ${NAME} stay part of their word; keepalived reads them as the braces of a
//   block.
//   - A condition may come out of a reference, as keepalived's manual says.
#include "config/source.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

#include "config/expand.h"
#include "config/text.h"

namespace holdfast::config {

namespace {

// Lasting numbers of findings about text.
constexpr std::uint16_t file_missing = 1001;
constexpr std::uint16_t include_refused = 1002;
constexpr std::uint16_t include_too_deep = 1003;
constexpr std::uint16_t several_files = 1004;
constexpr std::uint16_t line_too_long = 1005;
constexpr std::uint16_t zero_byte = 1006;
constexpr std::uint16_t open_quote = 1007;
constexpr std::uint16_t expansion_too_long = 1008;
constexpr std::uint16_t bad_loop = 1009;
constexpr std::uint16_t bad_random = 1010;
constexpr std::uint16_t broken_copy = 1011;

constexpr std::size_t longest_line = 1023;
constexpr std::size_t deepest_include = 32;
constexpr std::size_t deepest_expansion = 32;
constexpr std::size_t most_expanded_lines = 2'000'000;  // a loop in a loop in a loop ends here

// Of the consolidated copy.
constexpr char file_mark = 'F';
constexpr char words_mark = 'W';
constexpr char open_mark = 'O';
constexpr char close_mark = 'C';

struct IncludeWord {
    std::string_view name;
    IncludeCheck check;
};
constexpr IncludeWord include_words[]{
    {"include", {}},
    {"includer", {.read = true}},
    {"includem", {.read = true, .match = true}},
    {"includew", {.read = true, .match = true, .wildcard_match = true}},
    {"includeb", {.read = true, .brace_match = true}},
    {"includea", IncludeCheck::all()},
};

IncludeCheck both(IncludeCheck a, IncludeCheck b) {
    return {a.read || b.read, a.match || b.match, a.wildcard_match || b.wildcard_match,
            a.brace_match || b.brace_match};
}

std::string directory_of(const std::string& path, const std::string& current) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return current;
    const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
    return directory.front() == '/' ? directory : current + "/" + directory;
}

std::string joined(const std::string& directory, const std::string& path) {
    return path.empty() || path.front() == '/' ? path : directory + "/" + path;
}

// "a{b,c}d" as "abd" and "acd"; nested braces stay for glob to read.
std::vector<std::string> brace_alternatives(const std::string& pattern) {
    const std::size_t open = pattern.find('{');
    const std::size_t close = open == std::string::npos ? open : pattern.find('}', open);
    if (close == std::string::npos) return {pattern};
    std::vector<std::string> all;
    std::string inside = pattern.substr(open + 1, close - open - 1) + ",";
    for (std::size_t comma = inside.find(','); comma != std::string::npos; comma = inside.find(',')) {
        all.push_back(pattern.substr(0, open) + inside.substr(0, comma) + pattern.substr(close + 1));
        inside.erase(0, comma + 1);
    }
    return all;
}

struct OpenFile {
    std::uint32_t number = 0;  // in Diagnostics
    std::string path;
    std::string directory;
    std::string text;
    std::size_t at = 0;
    std::uint32_t line = 0;
    IncludeCheck check;
};

std::vector<Word> words_of(const Text& text, bool& unmatched) {
    std::vector<Word> words;
    std::size_t at = 0;
    while (at < text.size()) {
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        if (text[at] == '"') {
            const std::size_t close = text.str().find('"', at + 1);
            if (close == std::string::npos) {
                unmatched = true;
                break;
            }
            words.push_back({.text = text.str().substr(at + 1, close - at - 1),
                             .column = text.column(at),
                             .quoted = true});
            at = close + 1;
            continue;
        }
        const std::size_t begin = at;
        while (at < text.size() && !is_space(text[at]) && text[at] != '"')
            ++at;
        words.push_back(
            {.text = text.str().substr(begin, at - begin), .column = text.column(begin), .quoted = false});
    }
    return words;
}

std::string escaped(std::string_view name) {
    std::string out;
    for (const char character : name) {
        if (character == '\n')
            out += "\\n";
        else if (character == '\\')
            out += "\\\\";
        else
            out += character;
    }
    return out;
}

std::string unescaped(std::string_view name) {
    std::string out;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] == '\\' && at + 1 < name.size())
            out += name[++at] == 'n' ? '\n' : name[at];
        else
            out += name[at];
    }
    return out;
}

}  // namespace

struct Reader::Impl {
    Impl(Files* outside, ReadOptions given, Diagnostics& findings)
        : files{outside},
          options{std::move(given)},
          diagnostics{findings},
          definitions{[this](std::string_view name, const std::vector<std::string>& parameters) {
              return predefined(name, parameters);
          }},
          random{options.random_seed} {}
    virtual ~Impl() = default;

    void report(std::uint16_t number, Class rank, Consequence consequence, Place place, std::string message,
                std::string expected = {}, std::uint32_t length = 1) {
        diagnostics.add({.number = number,
                         .rank = rank,
                         .consequence = consequence,
                         .place = place,
                         .length = length,
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .suggestion = {}});
    }

    virtual bool read_more();
    void open_main(const std::string& path);
    bool open_file(const std::string& path, const Place& from, IncludeCheck check);
    bool next_physical_line(Text& line);
    void collect_definition(Text first, const DefinitionHead& head);
    void process(Text line, std::size_t depth);
    void run_loop(const Text& line, std::size_t depth);
    bool process_include(const Text& line);
    void include(const std::string& pattern, const Place& place, IncludeCheck check);
    void emit(const Text& line);
    void emit_words(Text piece);
    void emit_brace(const Text& line, std::size_t at);
    void hand_out(Line line);
    std::optional<std::string> predefined(std::string_view name, const std::vector<std::string>& parameters);
    std::string random_number(const std::vector<std::string>& parameters);

    Files* files;
    ReadOptions options;
    Diagnostics& diagnostics;
    Definitions definitions;
    std::uint32_t random;
    std::vector<OpenFile> open;
    std::vector<std::string> main_files;  // still to be read, last first
    std::deque<Line> ready;
    std::string copy;
    std::uint32_t copied_files = 0;
    std::size_t expanded_lines = 0;
    Place here;
};

// --- Files
// ----------------------------------------------------------------------------------------------------

void Reader::Impl::open_main(const std::string& path) {
    const std::string current = files->current_directory();
    std::vector<std::string> found = files->glob(path, current);
    const bool is_pattern = path.find_first_of("*?[{") != std::string::npos;
    if (found.empty() && !is_pattern && files->kind(joined(current, path)) != Files::Kind::absent)
        found.push_back(path);
    if (found.empty()) {
        const std::uint32_t number = diagnostics.add_file(path);
        return report(file_missing, Class::file_not_found, Consequence::stops, {.file = number},
                      "there is no configuration file " + path);
    }
    main_files.assign(found.rbegin(), found.rend());
    if (found.size() > 1) {
        const std::uint32_t number = diagnostics.add_file(path);
        report(several_files, Class::multiple_files, Consequence::none, {.file = number},
               "more than one configuration file matches " + path + "; all are read");
    }
}

bool Reader::Impl::open_file(const std::string& path, const Place& from, IncludeCheck check) {
    const std::string full = joined(open.empty() ? files->current_directory() : open.back().directory, path);
    const bool loops =
        std::any_of(open.begin(), open.end(), [&](const OpenFile& file) { return file.path == full; });
    if (loops || open.size() >= deepest_include) {
        report(include_too_deep, Class::general_error, Consequence::ignored, from,
               loops ? path + " includes itself" : "more than 32 files include one another");
        return false;
    }
    const Files::Kind kind = files->kind(full);
    auto text =
        kind == Files::Kind::regular ? files->read(full) : Result<std::string>{Error::invalid("skipped")};
    if (!text) {
        static constexpr const char* reasons[]{
            "does not exist", "cannot be read",     "is executable, and executable files are skipped",
            "is a directory", "is no regular file", "cannot be read"};
        const bool refused = check.read || open.empty();
        report(include_refused, refused ? Class::file_not_found : Class::notice,
               refused ? Consequence::stops : Consequence::none, from,
               full + " " + reasons[static_cast<std::size_t>(kind)] +
                   (kind == Files::Kind::regular ? ": " + text.error().text() : ""));
        return false;
    }
    OpenFile file;
    file.number = diagnostics.add_file(path);
    file.path = full;
    file.directory = directory_of(full, files->current_directory());
    file.text = std::move(*text);
    file.check = check;
    open.push_back(std::move(file));
    return true;
}

bool Reader::Impl::next_physical_line(Text& line) {
    while (!open.empty()) {
        OpenFile& file = open.back();
        if (file.at >= file.text.size()) {
            open.pop_back();
            continue;
        }
        const std::size_t end = std::min(file.text.find('\n', file.at), file.text.size());
        std::string_view text = std::string_view{file.text}.substr(file.at, end - file.at);
        file.at = end + 1;
        ++file.line;
        here = {.file = file.number, .line = file.line, .column = 1};
        while (!text.empty() && text.back() == '\r')
            text.remove_suffix(1);
        diagnostics.add_line(here, text.substr(0, longest_line));
        if (text.size() > longest_line) {
            report(line_too_long, Class::general_error, Consequence::ignored, here,
                   "this line has " + std::to_string(text.size()) +
                       " bytes; a line of more than 1023 is left out");
            continue;
        }
        if (text.find('\0') != std::string_view::npos) {
            report(zero_byte, Class::general_error, Consequence::ignored, here,
                   "this line holds a zero byte and is left out");
            continue;
        }
        std::size_t begin = 0;
        while (begin < text.size() && is_blank(text[begin]))
            ++begin;
        line = without_comment(Text{text.substr(begin), here, static_cast<std::uint32_t>(begin) + 1});
        return true;
    }
    return false;
}

bool Reader::Impl::read_more() {
    Text line;
    while (!next_physical_line(line)) {
        if (main_files.empty()) return false;
        const std::string path = main_files.back();
        main_files.pop_back();
        open_file(path, {.file = diagnostics.add_file(path)}, options.include_check);
    }
    process(std::move(line), 0);
    return true;
}

// --- Expansion
// ------------------------------------------------------------------------------------------------

// The lines that follow belong to the definition for as long as the one before ends with a backslash.
void Reader::Impl::collect_definition(Text first, const DefinitionHead& head) {
    Definition definition;
    const auto ends_with_backslash = [](const Text& text) {
        return !text.empty() && text[text.size() - 1] == '\\';
    };
    Text value = first.part(head.value);
    bool more = ends_with_backslash(value);
    const auto add = [&](const Text& text) {
        Text kept = ends_with_backslash(text) ? text.part(0, text.size() - 1) : text;
        kept.trim();
        definition.lines.push_back(std::move(kept));
    };
    if (more)
        add(value);
    else
        definition.lines.push_back(value);
    const std::size_t depth = open.size();
    while (more && open.size() == depth && open.back().at < open.back().text.size()) {
        Text line;
        if (!next_physical_line(line) || line.empty()) break;
        more = ends_with_backslash(line);
        add(line);
    }
    definitions.set(head.name, std::move(definition));
}

void Reader::Impl::process(Text line, std::size_t depth) {
    if (line.empty()) return;
    if (depth > deepest_expansion || expanded_lines > most_expanded_lines) {
        if (expanded_lines <= most_expanded_lines + 1)
            report(expansion_too_long, Class::general_error, Consequence::ignored, line.place(0),
                   "definitions and loops here make more text than can be meant");
        expanded_lines += expanded_lines > most_expanded_lines ? 1 : 0;
        return;
    }
    bool conditional = false;
    const auto apply_condition = [&] {
        const auto condition = condition_head(line);
        if (!condition || conditional) return true;
        conditional = true;
        if ((condition->id == options.config_id) == condition->negated) return false;
        line = line.part(condition->text);
        return !line.empty();
    };
    if (!apply_condition()) return;
    if (const auto head = definition_head(line)) return collect_definition(line, *head);
    if (starts_loop(line)) return run_loop(line, depth);

    Definitions::Expanded expanded = definitions.expand(line);
    if (expanded.too_long)
        report(expansion_too_long, Class::general_error, Consequence::ignored, line.place(0),
               "definitions here make more text than can be meant; the line is left as it is");
    line = std::move(expanded.line);
    if (expanded.changed) {
        line = without_comment(line);
        line.trim();
        if (!apply_condition()) line = line.part(0, 0);
        if (starts_loop(line)) {
            run_loop(line, depth + 1);
            line = line.part(0, 0);
        }
    }
    if (!process_include(line)) emit(line);
    if (expanded.rest == nullptr) return;
    const Definition body = *expanded.rest;  // a line of it may define the same name again
    for (std::size_t at = 1; at < body.lines.size(); ++at) {
        ++expanded_lines;
        process(body.lines[at], depth + 1);
    }
}

void Reader::Impl::run_loop(const Text& line, std::size_t depth) {
    const std::size_t end = loop_head_end(line);
    const Text head = definitions.expand(line.part(0, std::min(end, line.size()))).line;
    const Loop loop = end == std::string::npos ? Loop{.rounds = {}, .text = 0, .error = "its ) is missing"}
                                               : parse_loop(head.str(), end);
    if (!loop.error.empty())
        return report(bad_loop, Class::general_error, Consequence::ignored, line.place(0),
                      line.str().substr(0, 4) + " cannot be used: " + loop.error,
                      "~SEQ(VARIABLE, START, STEP, END) TEXT or ~LST(VARIABLE, VALUE, ...) TEXT",
                      static_cast<std::uint32_t>(line.size()));
    Text text = line.part(loop.text);
    text.trim();
    for (const Loop::Round& round : loop.rounds) {
        for (const auto& [name, value] : round)
            definitions.set(name, {.lines = {Text{value, line.place(0), line.column(0)}}});
        ++expanded_lines;
        process(text, depth + 1);
        if (expanded_lines > most_expanded_lines) return;
    }
}

std::optional<std::string> Reader::Impl::predefined(std::string_view name,
                                                    const std::vector<std::string>& parameters) {
    if (name == "_ENV" && parameters.size() == 1) return files->environment(parameters[0]).value_or("");
    if (name == "_RANDOM" && parameters.size() <= 2) return random_number(parameters);
    if (!parameters.empty()) return std::nullopt;
    if (name == "_HASH") return "#";
    if (name == "_BANG") return "!";
    if (name == "_INSTANCE") return options.config_id;
    if (name == "_PWD") return open.empty() ? files->current_directory() : open.back().directory;
    return std::nullopt;
}

std::string Reader::Impl::random_number(const std::vector<std::string>& parameters) {
    const auto value = [&](std::size_t at, unsigned long otherwise) {
        if (parameters.size() <= at) return otherwise;
        unsigned long number = 0;
        for (const char digit : parameters[at].substr(0, 9))
            if (digit >= '0' && digit <= '9') number = number * 10 + static_cast<unsigned long>(digit - '0');
        return number;
    };
    const unsigned long least = value(0, 0);
    const unsigned long most = value(1, 32767);
    if (least > most) {
        report(bad_random, Class::general_error, Consequence::defaulted, here,
               "_RANDOM's smallest number is above its largest; the smallest is used");
        return std::to_string(least);
    }
    random = random * 1664525u + 1013904223u;  // Numerical Recipes; nothing here needs better
    return std::to_string(least + (random >> 8) % (most - least + 1));
}

// --- Include
// --------------------------------------------------------------------------------------------------

bool Reader::Impl::process_include(const Text& line) {
    for (const IncludeWord& word : include_words) {
        const std::size_t length = word.name.size();
        if (!line.str().starts_with(word.name) || line.size() <= length || !is_space(line[length])) continue;
        Text pattern = line.part(length);
        pattern.trim();
        if (pattern.empty() || open.empty()) return false;
        include(pattern.str(), pattern.place(0), both(word.check, open.back().check));
        return true;
    }
    return false;
}

void Reader::Impl::include(const std::string& pattern, const Place& place, IncludeCheck check) {
    const std::string directory = open.back().directory;
    const bool has_wildcard = pattern.find_first_of("*?[") != std::string::npos;
    const bool has_brace = pattern.find('{') != std::string::npos;
    const std::vector<std::string> matches = files->glob(pattern, directory);
    bool missing = matches.empty();
    if (has_brace && !missing)
        for (const std::string& alternative : brace_alternatives(pattern))
            missing = missing || files->glob(alternative, directory).empty();
    if (missing) {
        const bool refused = has_wildcard ? check.wildcard_match
                             : has_brace  ? check.brace_match
                                          : check.match;
        report(file_missing, refused ? Class::file_not_found : Class::notice,
               refused ? Consequence::stops : Consequence::none, place, "no file matches " + pattern,
               refused ? "a file, or include without a check" : "",
               static_cast<std::uint32_t>(pattern.size()));
    }
    // The last one opened is read first. All stand beside one another, relative to the file that includes
    // them.
    std::vector<OpenFile> opened;
    for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
        if (!open_file(*match, place, check)) continue;
        opened.push_back(std::move(open.back()));
        open.pop_back();
    }
    std::move(opened.begin(), opened.end(), std::back_inserter(open));
}

// --- Words
// ----------------------------------------------------------------------------------------------------

void Reader::Impl::emit(const Text& line) {
    if (line.empty()) return;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '"') quoted = !quoted;
        if (quoted) continue;
        if (line[at] == '$' && at + 1 < line.size() && line[at + 1] == '{') {
            const std::size_t close = line.str().find('}', at);
            if (close != std::string::npos) at = close;
            continue;
        }
        if (line[at] != '{' && line[at] != '}') continue;
        emit_words(line.part(begin, at - begin));
        emit_brace(line, at);
        begin = at + 1;
    }
    emit_words(line.part(begin));
}

void Reader::Impl::emit_words(Text piece) {
    piece.trim();
    if (piece.empty()) return;
    bool unmatched = false;
    std::vector<Word> words = words_of(piece, unmatched);
    if (unmatched)
        report(open_quote, Class::unmatched_quote, Consequence::ignored, piece.place(piece.str().rfind('"')),
               "this quote is never closed; the rest of the line is left out", "\"");
    if (words.empty()) return;
    const Place place = piece.place(0);
    hand_out({.kind = Line::Kind::words, .place = place, .text = piece.str(), .words = std::move(words)});
}

void Reader::Impl::emit_brace(const Text& line, std::size_t at) {
    hand_out({.kind = line[at] == '{' ? Line::Kind::open : Line::Kind::close,
              .place = line.place(at),
              .text = {},
              .words = {}});
}

void Reader::Impl::hand_out(Line line) {
    for (; copied_files <= line.place.file; ++copied_files) {
        copy += file_mark;
        copy += escaped(diagnostics.file_name(copied_files));
        copy += '\n';
    }
    copy += line.kind == Line::Kind::words  ? words_mark
            : line.kind == Line::Kind::open ? open_mark
                                            : close_mark;
    copy += std::to_string(line.place.file) + " " + std::to_string(line.place.line) + " " +
            std::to_string(line.place.column);
    if (line.kind == Line::Kind::words) copy += ":" + line.text;
    copy += '\n';
    ready.push_back(std::move(line));
}

// --- The consolidated copy
// ------------------------------------------------------------------------------------

namespace {

// Reads back what hand_out wrote.
struct CopyReader {
    std::string_view rest;

    std::optional<std::string_view> line() {
        if (rest.empty()) return std::nullopt;
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view found = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return found;
    }
    static std::optional<std::uint32_t> number(std::string_view& text, char behind) {
        std::uint64_t value = 0;
        std::size_t digits = 0;
        while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 10)
            value = value * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
        const bool ended =
            behind == '\0' ? digits == text.size() : digits < text.size() && text[digits] == behind;
        if (digits == 0 || !ended || value > UINT32_MAX) return std::nullopt;
        text.remove_prefix(behind == '\0' ? digits : digits + 1);
        return static_cast<std::uint32_t>(value);
    }
    static std::optional<Place> place(std::string_view& text, char behind) {
        const auto file = number(text, ' ');
        const auto line = file ? number(text, ' ') : file;
        const auto column = line ? number(text, behind) : line;
        if (!column) return std::nullopt;
        return Place{.file = *file, .line = *line, .column = *column};
    }
};

}  // namespace

struct Reader::Copy : Reader::Impl {
    Copy(std::string given, Diagnostics& findings)
        : Impl{nullptr, {}, findings}, text{std::move(given)}, reader{text} {}

    bool read_more() override {
        const auto line = reader.line();
        if (!line || line->empty()) return line.has_value();
        std::string_view rest = line->substr(1);
        if (line->front() == file_mark) {
            diagnostics.add_file(unescaped(rest));
            ++files_known;
            return true;
        }
        const bool has_words = line->front() == words_mark;
        const auto place = CopyReader::place(rest, has_words ? ':' : '\0');
        const bool known_mark = has_words || line->front() == open_mark || line->front() == close_mark;
        if (!place || !known_mark || place->file >= files_known) {
            report(broken_copy, Class::fatal, Consequence::stops, {},
                   "the copy of the configuration is broken");
            reader.rest = {};
            return false;
        }
        if (has_words)
            emit_words(Text{rest, *place, place->column});
        else
            hand_out({.kind = line->front() == open_mark ? Line::Kind::open : Line::Kind::close,
                      .place = *place,
                      .text = {},
                      .words = {}});
        return true;
    }

    std::string text;
    CopyReader reader;
    std::uint32_t files_known = 0;
};

Reader::Reader(Files& files, const std::string& path, ReadOptions options, Diagnostics& diagnostics)
    : impl_{std::make_unique<Impl>(&files, std::move(options), diagnostics)} {
    impl_->open_main(path);
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Reader::~Reader() = default;

std::unique_ptr<Reader> Reader::of_consolidated(std::string text, Diagnostics& diagnostics) {
    return std::unique_ptr<Reader>{new Reader{std::make_unique<Copy>(std::move(text), diagnostics)}};
}

std::optional<Line> Reader::next() {
    while (impl_->ready.empty())
        if (!impl_->read_more()) return std::nullopt;
    Line line = std::move(impl_->ready.front());
    impl_->ready.pop_front();
    return line;
}

IncludeCheck Reader::include_check() const {
    return impl_->open.empty() ? IncludeCheck{} : impl_->open.back().check;
}

void Reader::set_include_check(IncludeCheck check) {
    if (!impl_->open.empty()) impl_->open.back().check = check;
}

const std::string& Reader::consolidated() const {
    return impl_->copy;
}

// --- Script words
// ---------------------------------------------------------------------------------------------

namespace {

enum class Escapes : bool { kept, interpreted };

bool is_hex(char character) {
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f') ||
           (character >= 'A' && character <= 'F');
}
int hex_value(char character) {
    return character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10;
}

// One escape behind the backslash at `at`, which is left on its last character.
char interpret(std::string_view text, std::size_t& at) {
    const char letter = text[++at];
    constexpr std::string_view letters = "abEfnrtv";
    constexpr std::string_view meanings = "\a\b\x1b\f\n\r\t\v";
    if (const std::size_t found = letters.find(letter); found != std::string_view::npos)
        return meanings[found];
    if (letter >= '0' && letter <= '7') {
        int value = 0;
        std::size_t digits = 0;
        while (digits < 3 && at + digits < text.size() && text[at + digits] >= '0' &&
               text[at + digits] <= '7')
            value = value * 8 + (text[at + digits++] - '0');
        at += digits - 1;
        return static_cast<char>(value);
    }
    if (letter == 'x' && at + 1 < text.size() && is_hex(text[at + 1])) {
        int value = hex_value(text[++at]);
        if (at + 1 < text.size() && is_hex(text[at + 1])) value = value * 16 + hex_value(text[++at]);
        return static_cast<char>(value);
    }
    if (letter == 'c' && at + 1 < text.size()) return static_cast<char>(text[++at] & 0x1f);
    return letter;
}

std::optional<std::vector<std::string>> split(std::string_view text, Escapes escapes) {
    std::vector<std::string> words;
    bool inside = false;
    char quote = '\0';
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char character = text[at];
        if (quote == '\0' && is_space(character)) {
            inside = false;
            continue;
        }
        if (!inside) words.emplace_back();
        inside = true;
        if (character == quote) {
            quote = '\0';
        } else if (quote == '\0' && (character == '"' || character == '\'')) {
            quote = character;
        } else if (character == '\\' && at + 1 < text.size()) {
            if (escapes == Escapes::interpreted) {
                words.back() += interpret(text, at);
            } else {
                words.back() += character;
                words.back() += text[++at];
            }
        } else {
            words.back() += character;
        }
    }
    if (quote != '\0') return std::nullopt;
    return words;
}

}  // namespace

std::optional<std::vector<std::string>> split_script_words(std::string_view text) {
    return split(text, Escapes::kept);
}
std::optional<std::vector<std::string>> split_command(std::string_view command_line) {
    return split(command_line, Escapes::interpreted);
}

}  // namespace holdfast::config
