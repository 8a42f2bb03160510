// How a physical line becomes logical lines, in this order: line ends and blanks, comment, condition,
// definition, loop, references, include, braces, words.
//
// Decisions where keepalived's behaviour is an accident:
//   - A line of more than 1023 bytes is left out whole; keepalived drops its beginning and reads the rest as
//     a new line.
//   - The braces of an undefined ${NAME} stay part of their word; keepalived reads them as those of a block.
//   - A condition may come out of a reference, as keepalived's manual says.
//   - A condition that does not hold leaves out all lines of a definition; keepalived reads those behind the
//     first one as if they stood alone.
//   - An expanded line may be 16384 bytes long; keepalived leaves one of more than 1023 unexpanded.
#include "config/source.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <variant>

#include "config/consolidated.h"
#include "config/expand.h"
#include "config/file_stack.h"
#include "config/lexical_numbers.h"
#include "config/text.h"
#include "config/words.h"

namespace holdfast::config {

namespace {

constexpr std::size_t deepest_expansion = 32;
constexpr std::size_t most_expanded_text = std::size_t{1} << 30;  // bytes in one run

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

// The lines of a multi-line definition behind the first.
struct Body {
    SharedDefinition definition;
    std::size_t next = 1;
};
// A loop that goes on.
struct Rounds {
    Loop loop;
    Text text;
    std::size_t next = 0;
};
// Lines that are still to come out of an expansion, before the file goes on that it stands in.
struct Expansion {
    std::size_t file_depth = 0;
    std::variant<Body, Rounds> lines;
};

bool ends_with_backslash(const Text& text) {
    return text.str().ends_with('\\');
}

// Bits that follow one another as if at random (splitmix64); nothing here needs better.
std::uint64_t next_random(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15u;
    std::uint64_t mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

}  // namespace

struct Reader::Impl {
    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    virtual ~Impl() = default;
    virtual std::optional<Line> next() = 0;
    virtual IncludeCheck include_check() const { return {}; }
    virtual void set_include_check(IncludeCheck) {}
    virtual const std::string& consolidated() const = 0;
};

struct Reader::FromCopy : Reader::Impl {
    FromCopy(std::string text, Diagnostics& findings) : reader{std::move(text)}, diagnostics{findings} {}

    std::optional<Line> next() override { return reader.next(diagnostics); }
    const std::string& consolidated() const override { return reader.text(); }

    CopyReader reader;
    Diagnostics& diagnostics;
};

struct Reader::FromFiles : Reader::Impl {
    FromFiles(Files& outside, ReadOptions given, Diagnostics& findings)
        : files{outside, findings},
          environment{outside},
          options{std::move(given)},
          diagnostics{findings},
          definitions{[this](std::string_view name, const std::vector<std::string>& parameters) {
              return predefined(name, parameters);
          }},
          random{options.random_seed} {}

    std::optional<Line> next() override;
    IncludeCheck include_check() const override { return files.check(); }
    void set_include_check(IncludeCheck check) override { files.set_check(check); }
    const std::string& consolidated() const override { return copy.text(); }

    bool expansion_is_next() const;
    Text next_expanded_line();
    bool read_physical_line();
    void process(Text line);
    bool is_settled(Text& line, bool& conditional);
    void collect_definition(const Text& first, const DefinitionHead& head);
    void skip_definition(const Text& first, std::size_t text);
    void report_comment_in_definition(const std::string& name);
    void start_loop(const Text& line);
    void push(const Text& line, std::variant<Body, Rounds> lines);
    void end_a_bomb();
    bool process_include(const Text& line);
    void emit(const Text& line);
    void emit_words(Text piece);
    void emit_brace(const Text& line, std::size_t at);
    void report_open_quote(const Text& line);
    std::optional<std::string> predefined(std::string_view name, const std::vector<std::string>& parameters);
    std::string random_number(const std::vector<std::string>& parameters);
    void report(std::uint16_t number, Place place, std::string message, std::string expected = {},
                std::size_t length = 1);

    CopyWriter copy;
    FileStack files;
    Files& environment;
    ReadOptions options;
    Diagnostics& diagnostics;
    Definitions definitions;
    std::uint64_t random;
    std::vector<Expansion> expansions;
    std::deque<Line> ready;
    std::size_t expanded_lines = 0;
    std::size_t expanded_text = 0;
    Place quote_reported;
};

void Reader::FromFiles::report(std::uint16_t number, Place place, std::string message, std::string expected,
                               std::size_t length) {
    diagnostics.add({.number = number,
                     .rank = Class::general_error,
                     .consequence = Consequence::ignored,
                     .place = place,
                     .length = static_cast<std::uint32_t>(std::max<std::size_t>(length, 1)),
                     .message = std::move(message),
                     .expected = std::move(expected),
                     .suggestion = {}});
}

// --- Where the next line comes from

std::optional<Line> Reader::FromFiles::next() {
    while (ready.empty()) {
        if (expansion_is_next())
            process(next_expanded_line());
        else if (!read_physical_line() && expansions.empty())
            return std::nullopt;
        if (files.depth() == 0) expansions.clear();
        end_a_bomb();
    }
    Line line = std::move(ready.front());
    ready.pop_front();
    copy.add(line, diagnostics);
    return line;
}

// Expansions that are used up go; an include inside one is read before the rest of it.
bool Reader::FromFiles::expansion_is_next() const {
    return !expansions.empty() && expansions.back().file_depth == files.depth() && !files.has_waiting();
}

// Empty when there is none left. The expansion stays on the stack until after its last line, so that one
// which refers to itself there grows the stack to its limit.
Text Reader::FromFiles::next_expanded_line() {
    auto& lines = expansions.back().lines;
    if (auto* body = std::get_if<Body>(&lines)) {
        if (body->next < body->definition->lines.size()) {
            ++expanded_lines;
            expanded_text += body->definition->lines[body->next].size();
            return body->definition->lines[body->next++];
        }
    } else if (auto* rounds = std::get_if<Rounds>(&lines); rounds->next < rounds->loop.rounds.size()) {
        ++expanded_lines;
        expanded_text += rounds->text.size();
        for (const auto& [name, value] : rounds->loop.rounds[rounds->next])
            definitions.set(name, {.lines = {Text{value, rounds->text.place(0)}}});
        ++rounds->next;
        return rounds->text;
    }
    expansions.pop_back();
    return {};
}

bool Reader::FromFiles::read_physical_line() {
    auto line = files.next_line(expansions.empty() ? 0 : expansions.back().file_depth);
    if (!line) return false;
    report_open_quote(line->text);
    process(std::move(line->text));
    return true;
}

void Reader::FromFiles::push(const Text& line, std::variant<Body, Rounds> lines) {
    if (expansions.size() >= deepest_expansion)
        return report(lexical::expansion_too_long, line.place(0),
                      "more than " + std::to_string(deepest_expansion) + " definitions and loops are nested",
                      {}, line.size());
    expansions.push_back({.file_depth = files.depth(), .lines = std::move(lines)});
}

void Reader::FromFiles::end_a_bomb() {
    if (expanded_lines <= options.most_expanded_lines && expanded_text <= most_expanded_text) return;
    diagnostics.add({.number = lexical::endless_text,
                     .rank = Class::general_error,
                     .consequence = Consequence::stops,
                     .place = files.here(),
                     .length = 1,
                     .message = "definitions and loops make more text than can be meant; reading ends here",
                     .expected = {},
                     .suggestion = {}});
    expansions.clear();
    files.close_all();
    expanded_lines = 0;
    expanded_text = 0;
}

// --- The order of work on a line

void Reader::FromFiles::process(Text line) {
    bool conditional = false;
    if (is_settled(line, conditional)) return;
    auto expanded = definitions.expand(line);
    expanded_text += expanded.work;
    if (expanded.too_long)
        report(lexical::expansion_too_long, line.place(0),
               "definitions here make more text than can be meant; the line stays as it is", {}, line.size());
    for (const SharedDefinition& rest : expanded.rests)
        push(line, Body{.definition = rest});
    line = std::move(expanded.line);
    if (expanded.changed) {
        line = without_comment(line);
        line.trim();
        if (is_settled(line, conditional)) return;
    }
    if (!process_include(line)) emit(line);
}

// Is the line used up by a condition, a definition or a loop? Only one condition of a line is interpreted.
bool Reader::FromFiles::is_settled(Text& line, bool& conditional) {
    if (const auto condition = conditional ? std::nullopt : condition_head(line)) {
        conditional = true;
        if ((condition->id == options.config_id) == condition->negated) {
            skip_definition(line, condition->text);
            return true;
        }
        line = line.part(condition->text);
    }
    if (line.empty()) return true;
    if (const auto head = definition_head(line)) {
        collect_definition(line, *head);
        return true;
    }
    if (!starts_loop(line)) return false;
    start_loop(line);
    return true;
}

// The lines that follow in the file belong to a definition for as long as the one before ends with a
// backslash. An empty line ends it, and so does one that is only a comment: keepalived 2.4.3 has it so (2.2.7
// went on), and since nobody expects that, it is said.
void Reader::FromFiles::collect_definition(const Text& first, const DefinitionHead& head) {
    Definition definition;
    const auto add = [&](const Text& text) {
        Text kept = text.part(0, text.size() - (ends_with_backslash(text) ? 1 : 0));
        kept.trim();
        definition.lines.push_back(std::move(kept));
    };
    const Text value = first.part(head.value);
    bool more = ends_with_backslash(value);
    more ? add(value) : definition.lines.push_back(value);
    while (more && !expansion_is_next()) {
        const auto line = files.next_line_of_this_file();
        if (!line || line->blank) break;
        if (line->text.empty()) {
            report_comment_in_definition(head.name);
            break;
        }
        report_open_quote(line->text);
        more = ends_with_backslash(line->text);
        add(line->text);
    }
    definitions.set(head.name, std::move(definition));
}

void Reader::FromFiles::report_comment_in_definition(const std::string& name) {
    diagnostics.add({.number = lexical::comment_in_definition,
                     .rank = Class::notice,
                     .consequence = Consequence::none,
                     .place = files.here(),
                     .length = 1,
                     .message = "a comment of its own line ends the definition of $" + name,
                     .expected = "a \\ in front of the comment",
                     .suggestion = {}});
}

void Reader::FromFiles::skip_definition(const Text& first, std::size_t text) {
    const Text line = first.part(text);
    if (!definition_head(line) || !ends_with_backslash(line)) return;
    while (!expansion_is_next()) {
        const auto next = files.next_line_of_this_file();
        if (!next || !ends_with_backslash(next->text)) return;
    }
}

void Reader::FromFiles::start_loop(const Text& line) {
    const std::size_t end = loop_head_end(line);
    Loop loop{.rounds = {}, .text = 0, .error = "its ) is missing"};
    if (end != std::string::npos) loop = parse_loop(definitions.expand(line.part(0, end)).line.str(), end);
    if (!loop.error.empty())
        return report(
            lexical::bad_loop, line.place(0), line.str().substr(0, 4) + " cannot be used: " + loop.error,
            "~SEQ(VARIABLE, START, STEP, END) TEXT or ~LST(VARIABLE, VALUE, ...) TEXT", line.size());
    Text text = line.part(loop.text);
    text.trim();
    push(line, Rounds{.loop = std::move(loop), .text = std::move(text)});
}

std::optional<std::string> Reader::FromFiles::predefined(std::string_view name,
                                                         const std::vector<std::string>& parameters) {
    if (name == "_ENV" && parameters.size() == 1) return environment.environment(parameters[0]).value_or("");
    if (name == "_RANDOM" && parameters.size() <= 2) return random_number(parameters);
    if (!parameters.empty()) return std::nullopt;
    if (name == "_HASH") return "#";
    if (name == "_BANG") return "!";
    if (name == "_INSTANCE") return options.config_id;
    if (name == "_PWD") return files.directory();
    return std::nullopt;
}

std::string Reader::FromFiles::random_number(const std::vector<std::string>& parameters) {
    std::uint64_t limits[2]{0, 32767};
    for (std::size_t at = 0; at < parameters.size(); ++at) {
        const std::string& digits = parameters[at];
        if (digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
            report(lexical::bad_random, files.here(),
                   "'" + digits + "' is no limit of _RANDOM; " + std::to_string(limits[at]) + " is used",
                   "a number of at most 9 digits");
        else
            limits[at] = std::stoull("0" + digits);
    }
    const auto [least, most] = limits;
    if (least > most) {
        report(lexical::bad_random, files.here(),
               "_RANDOM's smallest number is above its largest; the smallest is used");
        return std::to_string(least);
    }
    return std::to_string(least + next_random(random) % (most - least + 1));
}

bool Reader::FromFiles::process_include(const Text& line) {
    for (const IncludeWord& word : include_words) {
        const std::size_t length = word.name.size();
        if (!line.str().starts_with(word.name) || line.size() <= length || !is_space(line[length])) continue;
        Text pattern = line.part(length);
        pattern.trim();
        if (pattern.empty()) return false;
        files.include(pattern.str(), pattern.place(0), word.check);
        return true;
    }
    return false;
}

// --- Braces and words

void Reader::FromFiles::emit(const Text& line) {
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '"') quoted = !quoted;
        if (quoted) continue;
        if (const std::size_t length = line[at] == '$' ? braced_reference_length(line.str(), at) : 0) {
            at += length - 1;
        } else if (line[at] == '{' || line[at] == '}') {
            emit_words(line.part(begin, at - begin));
            emit_brace(line, at);
            begin = at + 1;
        }
    }
    emit_words(line.part(begin));
}

void Reader::FromFiles::emit_words(Text piece) {
    piece.trim();
    report_open_quote(piece);
    std::vector<Word> words = words_of(piece);
    if (words.empty()) return;
    ready.push_back(
        {.kind = Line::Kind::words, .place = piece.place(0), .text = piece.str(), .words = std::move(words)});
}

void Reader::FromFiles::emit_brace(const Text& line, std::size_t at) {
    ready.push_back({.kind = line[at] == '{' ? Line::Kind::open : Line::Kind::close,
                     .place = line.place(at),
                     .text = {},
                     .words = {}});
}

// Once a line: as it stands in the file, else as it comes out of an expansion.
void Reader::FromFiles::report_open_quote(const Text& line) {
    const std::size_t quote = open_quote(line.str());
    if (quote == std::string::npos) return;
    const Place place = line.place(quote);
    if (place.file == quote_reported.file && place.line == quote_reported.line) return;
    quote_reported = place;
    diagnostics.add({.number = lexical::open_quote,
                     .rank = Class::unmatched_quote,
                     .consequence = Consequence::ignored,
                     .place = place,
                     .length = 1,
                     .message = "this quote is never closed; the rest of the line is left out",
                     .expected = "\"",
                     .suggestion = {}});
}

// --- Reader

Reader::Reader(Files& files, const std::string& path, ReadOptions options, Diagnostics& diagnostics) {
    auto from_files = std::make_unique<FromFiles>(files, std::move(options), diagnostics);
    from_files->files.open_main(path, from_files->options.include_check);
    impl_ = std::move(from_files);
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Reader::~Reader() = default;

std::unique_ptr<Reader> Reader::of_consolidated(std::string text, Diagnostics& diagnostics) {
    return std::unique_ptr<Reader>{new Reader{std::make_unique<FromCopy>(std::move(text), diagnostics)}};
}

std::optional<Line> Reader::next() {
    return impl_->next();
}

IncludeCheck Reader::include_check() const {
    return impl_->include_check();
}

void Reader::set_include_check(IncludeCheck check) {
    impl_->set_include_check(check);
}

const std::string& Reader::consolidated() const {
    return impl_->consolidated();
}

}  // namespace holdfast::config
