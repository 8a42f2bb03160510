// Blocks of the schema are read line by line; a line says its keyword, the keyword's row says the rest.
//
// Decisions where keepalived's behaviour is an accident:
//   - An unknown block is skipped to its own closing brace, with one finding. keepalived reads its contents
//   as
//     if they stood outside, and lets its brace close the enclosing block.
//   - A word that is missing is a finding, and its line is left out; test mode ends with status 2 as
//   keepalived's
//     does, but every other finding is given as well, and a daemon starts without that line.
//   - A keyword that takes no block but has one loses both, with one finding.
//   - A block without its opening brace whose next line closes the enclosing block is empty.
#include "config/parse.h"

#include <algorithm>
#include <span>
#include <utility>

#include "config/rules.h"
#include "config/schema.h"
#include "config/values.h"

namespace holdfast::config {

namespace {

constexpr std::size_t max_suggestions = 500;  // looking for a near word is dear; random input has many
constexpr std::size_t longest_suggestible = 40;

// The words without effect of a block that has fields.
std::vector<Unbound>* unbound_of(Target target) {
    return std::visit(
        [](auto* block) -> std::vector<Unbound>* {
            if constexpr (requires { block->unbound; })
                return &block->unbound;
            else
                return nullptr;
        },
        std::visit(
            [](auto block)
                -> std::variant<Authentication*, Config*, GlobalDefs*, Instance*, SyncGroup*, BfdInstance*> {
                using Pointer = decltype(block);
                if constexpr (std::is_same_v<Pointer, Config*> || std::is_same_v<Pointer, GlobalDefs*> ||
                              std::is_same_v<Pointer, Instance*> || std::is_same_v<Pointer, SyncGroup*> ||
                              std::is_same_v<Pointer, BfdInstance*>)
                    return block;
                else
                    return static_cast<Authentication*>(nullptr);
            },
            target));
}

// A block that is being read.
struct Frame {
    const Block* block;
    Target target;
    std::vector<Unbound>* unbound;       // null: every row of this block has a field
    std::vector<const Keyword*> seen{};  // rows that must be there, or of which the first wins
    std::optional<Script> command{};     // judged when the block ends, with its user
    std::optional<ScriptUser> user{};
    bool user_unknown = false;
};

class Parser {
public:
    Parser(Reader& reader, const Host& host, Diagnostics& diagnostics, Config& config)
        : reader_{reader}, reading_{.host = host, .diagnostics = diagnostics}, config_{config} {}

    Reading& run() {
        Frame root{.block = &root_block(), .target = &config_, .unbound = &config_.unbound};
        while (read_lines(root)) {  // stops at a brace too many
            report(reading_.diagnostics, {.number = Finding::unexpected_close,
                                          .rank = Class::unexpected_close,
                                          .place = last_place_,
                                          .message = "there is no block that this brace could close"});
        }
        if (open_at_end_ > 0)
            report(reading_.diagnostics,
                   {.number = Finding::missing_close,
                    .rank = Class::missing_close,
                    .place = last_place_,
                    .message = std::to_string(open_at_end_) +
                               (open_at_end_ == 1 ? " block is" : " blocks are") + " not closed at the end",
                    .expected = "}"});
        return reading_;
    }

private:
    const Line* peek() {
        if (!next_ && !ended_) {
            next_ = reader_.next();
            ended_ = !next_.has_value();
        }
        return next_ ? &*next_ : nullptr;
    }
    // Takes the next line; false: there is none.
    bool take(Line& line) {
        peek();
        if (!next_) return false;
        last_place_ = next_->place;
        line = std::move(*next_);
        next_.reset();
        return true;
    }
    void drop_next() {
        Line line;
        take(line);
    }
    bool next_is(Line::Kind kind) {
        const Line* line = peek();
        return line != nullptr && line->kind == kind;
    }

    // Lines of a block up to its closing brace, which is taken. False: the text ended before.
    bool read_lines(Frame& frame) {
        for (Line line; take(line);) {
            if (line.kind == Line::Kind::close) return true;
            if (line.kind == Line::Kind::open) {
                report(reading_.diagnostics, {.number = Finding::unexpected_open,
                                              .rank = Class::unexpected_open,
                                              .place = line.place,
                                              .message = "no keyword opens this block, it is skipped"});
                skip_block();
                continue;
            }
            read_line(frame, line);
        }
        return false;
    }

    void read_line(Frame& frame, const Line& line) {
        const Keyword* row = frame.block->find(line.words[0].text);
        if (row == nullptr || row->name.empty()) {
            const Keyword* const any = frame.block->find("");
            if (any == nullptr || could_be_keyword(line.words[0].text)) return unknown(frame, line);
            reading_.keyword = frame.block->name;
            Unbound nothing;
            return read_entry(frame, *any, line, nothing);
        }
        reading_.keyword = row->name;
        if (row->deprecated)
            report_at(line, 0,
                      {.number = Finding::deprecated,
                       .rank = Class::deprecated,
                       .consequence = Consequence::none,
                       .message = std::string{row->name} + " is deprecated",
                       .expected = row->alias_of.empty() ? std::string{} : std::string{row->alias_of}});
        note_effect(*frame.block, *row, line.place);
        if (row->body == Body::none)
            read_setting(frame, *row, line);
        else
            read_block(frame, *row, line);
    }

    // So that a misspelt keyword is not taken for an entry.
    static bool could_be_keyword(std::string_view word) {
        return word.find_first_of(".:") == std::string_view::npos;
    }

    void unknown(const Frame& frame, const Line& line) {
        const std::string& word = line.words[0].text;
        Report what{.number = Finding::unknown_keyword,
                    .rank = Class::unknown_keyword,
                    .message = "unknown keyword '" + word + "'"};
        if (frame.block->name != "(root)") what.message += " in " + std::string{frame.block->name};
        if (word.size() <= longest_suggestible && suggestions_++ < max_suggestions)
            what.suggestion = nearest(word, frame.block->names());
        if (next_is(Line::Kind::open)) {
            what.message += ", its block is skipped";
            report_at(line, 0, std::move(what));
            drop_next();
            skip_block();
            return;
        }
        report_at(line, 0, std::move(what));
    }

    // The opening brace is taken; goes on behind the closing one.
    void skip_block() {
        std::size_t depth = 1;
        while (depth > 0) {
            Line line;
            if (!take(line)) {
                open_at_end_ += depth;
                return;
            }
            if (line.kind == Line::Kind::open) ++depth;
            if (line.kind == Line::Kind::close) --depth;
        }
    }

    void report_at(const Line& line, std::size_t word, Report what) {
        const Words words{line};
        what.place = words.place(word);
        what.length = words.length(word);
        report(reading_.diagnostics, std::move(what));
    }

    // --- Settings -------------------------------------------------------------------------------------

    // Arguments of a keyword or an entry. Nothing: one is wrong, and the line is left out.
    std::optional<std::vector<std::pair<const Argument*, Value>>> read_arguments(
        const std::array<Argument, 3>& arguments, Words& words) {
        std::vector<std::pair<const Argument*, Value>> values;
        for (std::size_t at = 0; at < arguments.size(); ++at) {
            const Argument& argument = arguments[at];
            if (argument.kind == Kind::constant) {
                if (argument.field) values.emplace_back(&argument, Value{argument.number});
                continue;
            }
            if (words.empty()) {
                if (argument.optional) {
                    if (argument.kind == Kind::boolean && argument.field)
                        values.emplace_back(&argument, Value{true});
                    else if (auto missing = argument.field ? value_when_missing(argument) : std::nullopt)
                        values.emplace_back(&argument, std::move(*missing));
                    continue;
                }
                report_missing(argument, words);
                return std::nullopt;
            }
            if (argument.optional && is_left_out(std::span{arguments}.subspan(at), words)) continue;
            auto value = read_value(argument, words, reading_);
            if (!value) return std::nullopt;
            values.emplace_back(&argument, std::move(*value));
        }
        return values;
    }

    // What a bare keyword means; nothing: its field stays empty.
    static std::optional<Value> value_when_missing(const Argument& argument) {
        switch (argument.kind) {
            case Kind::integer:
            case Kind::choice:
                return Value{argument.number};
            case Kind::decimal:
                return Value{Duration{argument.number}};
            case Kind::include_checks:
                return Value{std::vector<std::string>{}};
            default:
                return std::nullopt;
        }
    }

    // An optional word in front of others (`[all] SECS`) is there only if it is one of its choices. Where
    // nothing else can be meant, a wrong one is to be said.
    static bool is_left_out(std::span<const Argument> arguments, const Words& words) {
        const Argument& argument = arguments.front();
        if (argument.kind != Kind::choice) return false;
        const bool another_is_needed = std::any_of(
            arguments.begin() + 1, arguments.end(),
            [](const Argument& behind) { return behind.kind != Kind::constant && !behind.optional; });
        if (!another_is_needed && words.position() + 1 >= words.line().words.size()) return false;
        return !is_choice(argument, words.peek().text);
    }

    void report_missing(const Argument& argument, const Words& words) {
        report_at(words.line(), words.position(),
                  {.number = Finding::missing_word,
                   .rank = Class::missing_parameter,
                   .message = std::string{reading_.keyword} + ": a word is missing",
                   .expected = grammar_of(argument)});
    }

    static void store(const std::vector<std::pair<const Argument*, Value>>& values, Target target,
                      Place place) {
        for (const auto& [argument, value] : values)
            if (argument->field) argument->field.set(target, value, place);
    }

    void read_setting(Frame& frame, const Keyword& row, const Line& line) {
        if (row.repeat == Repeat::first_wins && is_set(frame, row)) {
            report_at(line, 0,
                      {.number = Finding::repeated,
                       .message = std::string{row.name} + " was set before, the first one counts"});
        } else {
            Words words{line, 1};
            auto values = read_arguments(row.arguments, words);
            if (values && row.repeat == Repeat::later_choice_wins && goes_back(frame, (*values)[0])) {
                report_at(line, 1,
                          {.number = Finding::repeated,
                           .message = std::string{row.name} + " was set before and cannot be taken back"});
            } else if (values) {
                remember(frame, row);
                keep(frame, row, line, *values, words);
            } else if (row.arguments[0].kind == Kind::user) {
                frame.user_unknown = true;
                if (std::holds_alternative<GlobalDefs*>(frame.target)) {
                    reading_.script_user.reset();
                    reading_.script_user_unknown = true;
                }
            }
        }
        skip_unexpected_block(row, line);
    }

    void keep(Frame& frame, const Keyword& row, const Line& line,
              std::vector<std::pair<const Argument*, Value>>& values, Words& words) {
        std::vector<std::string> texts;
        if (!row.bound() && frame.unbound != nullptr)
            for (const auto& [argument, value] : values)
                for (auto& text : write_value(*argument, value))
                    texts.push_back(std::move(text));
        for (const auto& [argument, value] : values) {
            if (argument->kind == Kind::command) frame.command = std::get<Script>(value);
            if (argument->kind == Kind::script && !argument->field) will_run(std::get<Script>(value));
            if (argument->kind == Kind::user) frame.user = std::get<ScriptUser>(value);
        }
        // A row with children makes one each time it is written.
        const Target target = row.children ? row.children.add(frame.target, line.place) : frame.target;
        if (row.bound()) store(values, target, Words{line}.place(0));
        if (row.options != nullptr) read_options(*row.options, target, words, &texts);
        if (row.finish != nullptr) {
            Judgement judgement{reading_, line, row};
            if (!row.finish(target, frame.target, judgement) && row.children)
                row.children.drop_last(frame.target);
        }
        if (!row.bound() && frame.unbound != nullptr)
            frame.unbound->push_back(
                {.keyword = std::string{row.name}, .words = std::move(texts), .place = line.place});
        if (std::holds_alternative<GlobalDefs*>(frame.target)) learn(row);
    }

    // global_defs that change how the rest of the text is read.
    void learn(const Keyword& row) {
        const GlobalDefs& global = config_.global;
        reading_.dynamic_interfaces = global.dynamic_interfaces.value.has_value();
        if (row.name == "script_user") {
            reading_.script_user = global.script_user.value;
            reading_.script_user_unknown = false;
        }
        if (row.name == "include_check") learn_include_checks(*global.include_check);
    }

    void learn_include_checks(const std::vector<std::string>& words) {
        if (words.empty()) {
            reader_.set_include_check(IncludeCheck::all());
            return;
        }
        IncludeCheck check = reader_.include_check();
        bool first_plain = true;
        for (const auto& word : words) {
            const bool plain = word[0] != '+' && word[0] != '-';
            if (plain && first_plain) {
                check = {.read = true};
                first_plain = false;
            }
            const std::string_view name = std::string_view{word}.substr(plain ? 0 : 1);
            const bool on = word[0] != '-';
            if (name == "read") check.read = on;
            if (name == "match") check.match = on;
            if (name == "wildcard_match") check.wildcard_match = on;
            if (name == "brace_match") check.brace_match = on;
        }
        reader_.set_include_check(check);
    }

    bool is_set(const Frame& frame, const Keyword& row) const {
        for (const auto& argument : row.arguments)
            if (argument.field && argument.kind != Kind::constant)
                return argument.field.get(frame.target).has_value();
        return std::find(frame.seen.begin(), frame.seen.end(), &row) != frame.seen.end();
    }

    static bool goes_back(const Frame& frame, const std::pair<const Argument*, Value>& chosen) {
        const auto before = chosen.first->field.get(frame.target);
        return before && std::get<std::int64_t>(*before) > std::get<std::int64_t>(chosen.second);
    }

    static void remember(Frame& frame, const Keyword& row) {
        if (!row.required && row.repeat != Repeat::first_wins) return;
        if (std::find(frame.seen.begin(), frame.seen.end(), &row) == frame.seen.end())
            frame.seen.push_back(&row);
    }

    void skip_unexpected_block(const Keyword& row, const Line& line) {
        if (!next_is(Line::Kind::open)) return;
        report_at(line, 0,
                  {.number = Finding::unexpected_open,
                   .rank = Class::unexpected_open,
                   .message = std::string{row.name} + " has no block, the one behind it is skipped"});
        drop_next();
        skip_block();
    }

    // Words in any order behind the arguments. texts: where they are kept when nothing is bound; may be null.
    // Inside another option (nested), the first word that is not known here ends it.
    void read_options(const Block& block, Target target, Words& words, std::vector<std::string>* texts,
                      bool nested = false) {
        const Keyword* any = block.find("");
        while (!words.empty()) {
            const std::size_t position = words.position();
            const Keyword* row = block.find(words.peek().text);
            if (row == nullptr || row->name.empty()) {
                if (nested) return;
                row = any;
            }
            if (row == nullptr) {
                const std::string word = words.take().text;
                report_at(words.line(), position,
                          {.number = Finding::unknown_keyword,
                           .rank = Class::unknown_keyword,
                           .message = std::string{reading_.keyword} + ": unknown word '" + word + "'",
                           .suggestion = std::string{nearest_option(word, block)}});
                continue;
            }
            if (!row->name.empty()) words.take();
            if (!read_option(*row, target, words, texts)) {
                if (words.position() == position) words.take();
            } else {
                note_effect(block, *row, words.line().place, row->effective);
            }
        }
    }

    std::string_view nearest_option(const std::string& word, const Block& block) {
        if (word.size() > longest_suggestible || suggestions_++ >= max_suggestions) return {};
        return nearest(word, block.names());
    }

    bool read_option(const Keyword& row, Target target, Words& words, std::vector<std::string>* texts) {
        if (row.deprecated)
            report_at(words.line(), words.position() - 1,
                      {.number = Finding::deprecated,
                       .rank = Class::deprecated,
                       .consequence = Consequence::none,
                       .message = "'" + std::string{row.name} + "' is deprecated",
                       .expected = std::string{row.alias_of}});
        auto values = read_arguments(row.arguments, words);
        if (!values) return false;
        if (texts != nullptr) {
            if (!row.name.empty()) texts->emplace_back(row.name);
            for (const auto& [argument, value] : *values)
                for (auto& text : write_value(*argument, value))
                    texts->push_back(std::move(text));
        }
        if (!std::holds_alternative<std::monostate>(target)) store(*values, target, words.line().place);
        if (row.options != nullptr) {
            const Target child = row.children ? row.children.add(target, words.line().place) : Target{};
            read_options(*row.options, child, words, texts, true);
        }
        return true;
    }

    // --- Blocks ---------------------------------------------------------------------------------------

    void read_block(Frame& frame, const Keyword& row, const Line& line) {
        Words words{line, 1};
        const auto header = read_arguments(row.arguments, words);
        if (row.body != Body::block && !words.empty())
            report_at(
                line, words.position(),
                {.number = Finding::extra_word,
                 .message = std::string{row.name} + ": '" + words.peek().text + "' does not belong here",
                 .expected = "{"});
        const bool opened = next_is(Line::Kind::open);
        if (opened) {
            drop_next();
        } else {
            report_at(line, line.words.size(),
                      {.number = Finding::missing_open,
                       .rank = Class::missing_open,
                       .consequence = Consequence::none,
                       .message = std::string{row.name} + ": the opening brace is missing",
                       .expected = "{"});
            if (peek() == nullptr || next_is(Line::Kind::close)) return;
        }
        if (!header) {
            skip_block();
            return;
        }
        remember(frame, row);
        if (row.body == Body::block)
            read_keywords(frame, row, line, *header, words);
        else
            read_entries(frame, row, line, *header);
    }

    static std::vector<std::string> header_texts(
        const std::vector<std::pair<const Argument*, Value>>& header) {
        std::vector<std::string> texts;
        for (const auto& [argument, value] : header)
            for (auto& text : write_value(*argument, value))
                texts.push_back(std::move(text));
        return texts;
    }

    void read_keywords(Frame& frame, const Keyword& row, const Line& line,
                       const std::vector<std::pair<const Argument*, Value>>& header, Words& words) {
        Unbound unbound{.keyword = std::string{row.name}, .opens_block = true, .place = line.place};
        Frame inner{.block = row.block};
        if (row.children) {
            inner.target = row.children.add(frame.target, line.place);
            store(header, inner.target, line.place);
            if (row.options != nullptr) read_options(*row.options, inner.target, words, nullptr);
            inner.unbound = unbound_of(inner.target);
        } else {
            unbound.words = header_texts(header);
            inner.unbound = &unbound.block;
        }
        if (!read_lines(inner)) {
            ++open_at_end_;
            if (row.children) row.children.drop_last(frame.target);
            return;
        }
        reading_.keyword = row.name;
        if (!finish_block(inner, row, line, header, frame.target)) {
            if (row.children) row.children.drop_last(frame.target);
            return;
        }
        if (!row.children && frame.unbound != nullptr) frame.unbound->push_back(std::move(unbound));
    }

    // Checks at the closing brace. False: the block is left out.
    bool finish_block(Frame& inner, const Keyword& row, const Line& line,
                      const std::vector<std::pair<const Argument*, Value>>& header, Target parent) {
        bool complete = true;
        inner.block->each([&](const Keyword& wanted) {
            if (!wanted.required ||
                std::find(inner.seen.begin(), inner.seen.end(), &wanted) != inner.seen.end())
                return;
            complete = false;
            report_at(line, 0,
                      {.number = Finding::required_missing,
                       .message = std::string{row.name} + " has no " + std::string{wanted.name} + "",
                       .expected = std::string{wanted.name}});
        });
        const bool runnable = complete && judge_command(inner);
        if (!complete || !runnable) forget(row, header);
        if (!complete || !runnable) return false;
        if (row.finish == nullptr || row.body != Body::block) return true;
        Judgement judgement{reading_, line, row};
        if (row.finish(inner.target, parent, judgement)) return true;
        forget(row, header);
        return false;
    }

    // A name whose block was left out is not defined.
    void forget(const Keyword& row, const std::vector<std::pair<const Argument*, Value>>& header) {
        if (row.arguments[0].kind != Kind::defines || header.empty()) return;
        const std::string_view range = row.arguments[0].range;
        reading_.names[std::string{range.substr(0, range.find(' '))}].erase(
            std::get<std::string>(header[0].second));
    }

    // The program of a vrrp_script or MISC_CHECK. One that cannot run is said and stays defined; without a
    // user the block is left out.
    bool judge_command(Frame& inner) {
        if (!inner.command) return !inner.user_unknown;
        const auto user = inner.user           ? inner.user
                          : inner.user_unknown ? std::nullopt
                                               : default_script_user(reading_);
        if (!user) {
            if (!inner.user_unknown)
                report(reading_.diagnostics,
                       {.number = Finding::no_such_user,
                        .place = inner.command->place,
                        .message = std::string{reading_.keyword} + ": script_user is unknown"});
            return false;
        }
        inner.command->uid = user->uid;
        inner.command->gid = user->gid;
        if (resolve_script(*inner.command, reading_, 1)) will_run(*inner.command);
        if (TrackedScript* const* script = std::get_if<TrackedScript*>(&inner.target))
            (*script)->command.value = *inner.command;
        return true;
    }

    // A program of a block without fields; those in fields are looked at when all has been read.
    void will_run(const Script& script) {
        if (!reading_.first_script) reading_.first_script = script.place;
    }

    void read_entries(Frame& frame, const Keyword& row, const Line& line,
                      const std::vector<std::pair<const Argument*, Value>>& header) {
        Unbound unbound{.keyword = std::string{row.name},
                        .words = header_texts(header),
                        .opens_block = true,
                        .place = line.place};
        for (Line entry; take(entry);) {
            if (entry.kind == Line::Kind::close) {
                if (!row.bound() && frame.unbound != nullptr) frame.unbound->push_back(std::move(unbound));
                if (row.body == Body::words && row.finish != nullptr) {
                    Judgement judgement{reading_, line, row};
                    row.finish(frame.target, frame.target, judgement);
                }
                return;
            }
            reading_.keyword = row.name;
            if (entry.kind == Line::Kind::open) {
                report(reading_.diagnostics,
                       {.number = Finding::unexpected_open,
                        .rank = Class::unexpected_open,
                        .place = entry.place,
                        .message = std::string{row.name} + " has no blocks in it, this one is skipped"});
                skip_block();
            } else if (row.body == Body::words) {
                read_word_entries(frame, row, entry, unbound);
            } else {
                read_entry(frame, row, entry, unbound);
            }
        }
        ++open_at_end_;
    }

    void read_word_entries(Frame& frame, const Keyword& row, const Line& line, Unbound& unbound) {
        const Argument& argument = row.entry->arguments[0];
        for (Words words{line}; !words.empty();) {
            const Place place = words.place(words.position());
            auto value = read_value(argument, words, reading_);
            if (!value) continue;
            if (argument.field) {
                argument.field.set(frame.target, std::move(*value), place);
            } else {
                auto texts = write_value(argument, *value);
                unbound.block.push_back(
                    {.keyword = texts.empty() ? std::string{} : std::move(texts[0]), .place = place});
            }
        }
    }

    void read_entry(Frame& frame, const Keyword& row, const Line& line, Unbound& unbound) {
        Words words{line};
        auto values = read_arguments(row.entry->arguments, words);
        if (!values) return;
        if (!row.children) {
            std::vector<std::string> texts = header_texts(*values);
            if (row.entry->options != nullptr) read_options(*row.entry->options, Target{}, words, &texts);
            Unbound kept{.keyword = texts.empty() ? std::string{} : std::move(texts[0]), .place = line.place};
            if (!texts.empty())
                kept.words.assign(std::make_move_iterator(texts.begin() + 1),
                                  std::make_move_iterator(texts.end()));
            unbound.block.push_back(std::move(kept));
            return;
        }
        const Target child = row.children.add(frame.target, line.place);
        store(*values, child, line.place);
        if (row.entry->options != nullptr) read_options(*row.entry->options, child, words, nullptr);
        Judgement judgement{reading_, line, row};
        if (row.finish != nullptr && !row.finish(child, frame.target, judgement))
            row.children.drop_last(frame.target);
    }

    // --- Words without effect -------------------------------------------------------------------------

    void note_effect(const Block& block, const Keyword& row, Place place) {
        const bool opens_known = row.body == Body::block && row.children;
        note_effect(block, row, place, row.effective && (row.bound() || opens_known || without_meaning(row)));
    }

    // `type` of a rule and other words that only please the eye.
    static bool without_meaning(const Keyword& row) { return row.name == "debug"; }

    void note_effect(const Block& block, const Keyword& row, Place place, bool effective) {
        if (effective) return;
        const auto [position, added] = without_effect_.try_emplace(&row, config_.without_effect.size());
        if (!added) {
            ++config_.without_effect[position->second].times;
            return;
        }
        config_.without_effect.push_back({block.name, row.name, place, 1});
        report(reading_.diagnostics,
               {.number = Finding::no_effect_yet,
                .rank = Class::notice,
                .consequence = Consequence::none,
                .place = place,
                .length = static_cast<std::uint32_t>(row.name.size()),
                .message = std::string{row.name} + " is accepted and has no effect yet"});
    }

    Reader& reader_;
    Reading reading_;
    Config& config_;
    std::optional<Line> next_;
    bool ended_ = false;
    Place last_place_;
    std::size_t open_at_end_ = 0;
    std::size_t suggestions_ = 0;
    std::unordered_map<const Keyword*, std::size_t> without_effect_;
};

void parse(Reader& reader, const Host& host, const ParseOptions& options, Parsed& parsed) {
    Parser parser{reader, host, parsed.diagnostics, parsed.config};
    Reading& reading = parser.run();
    apply_rules(parsed.config, reading);
    apply_reachability_rules(parsed.config, reading);
    apply_split_brain_rules(parsed.config, reading);
    apply_check_rules(parsed.config, reading);
    if (options.strict && parsed.diagnostics.count() > 0)
        report(parsed.diagnostics, {.number = Finding::strict_config,
                                    .rank = Class::fatal,
                                    .consequence = Consequence::stops,
                                    .message = std::to_string(parsed.diagnostics.count()) +
                                               " findings, and --strict-config allows none"});
    parsed.consolidated = reader.consolidated();
}

}  // namespace

Parsed parse_file(Files& files, const std::string& path, const Host& host, const ParseOptions& options) {
    Parsed parsed;
    Reader reader{files, path, options.read, parsed.diagnostics};
    parse(reader, host, options, parsed);
    return parsed;
}

Parsed parse_consolidated(std::string text, const Host& host, const ParseOptions& options) {
    Parsed parsed;
    const auto reader = Reader::of_consolidated(std::move(text), parsed.diagnostics);
    parse(*reader, host, options, parsed);
    return parsed;
}

}  // namespace holdfast::config
