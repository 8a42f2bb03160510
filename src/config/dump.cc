#include "config/dump.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "config/schema.h"
#include "config/values.h"

namespace holdfast::config {

namespace {

constexpr std::string_view hidden_word = "********";

bool is_one_of(std::string_view word, std::string_view words) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == word) return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

// The default of a row is a value that could be written, not words about it.
bool is_value(const Argument& argument, std::string_view fallback) {
    switch (argument.kind) {
        case Kind::boolean:
            return fallback == "on" || fallback == "off";
        case Kind::choice:
        case Kind::any_case_choice:
            return is_one_of(fallback, argument.range);
        case Kind::integer:
        case Kind::number:
        case Kind::seconds:
        case Kind::decimal:
        case Kind::milli_decimal:
        case Kind::ms_decimal:
            return fallback.find_first_not_of("-.0123456789") == std::string_view::npos;
        case Kind::address:
            return IpAddress::parse(fallback).has_value();
        default:
            return false;
    }
}

// 0.20 is 0.2.
bool is_same(const std::string& one, const std::string& other) {
    char* end_of_one = nullptr;
    char* end_of_other = nullptr;
    const double first = std::strtod(one.c_str(), &end_of_one);
    const double second = std::strtod(other.c_str(), &end_of_other);
    const bool numbers = end_of_one != one.c_str() && *end_of_one == '\0' && end_of_other != other.c_str() &&
                         *end_of_other == '\0';
    return numbers ? std::abs(first - second) < 1e-6 : one == other;
}

// A keyword is nobody's secret in one block and another's in the next: kept words are hidden in doubt.
bool is_secret_somewhere(std::string_view keyword) {
    for (const Block* block : all_blocks()) {
        const Keyword* const row = block->find(keyword);
        if (row != nullptr && row->secrecy == Secrecy::hidden) return true;
    }
    return false;
}

class Writer {
public:
    explicit Writer(const DumpManner& manner) : manner_{manner} {}

    // Rows that have fields.
    void rows(std::span<const Keyword> rows, Target target) {
        for (const auto& row : rows) {
            if (!row.bound() || !row.alias_of.empty()) continue;
            if (row.name.empty())
                entries(row, target);
            else if (row.body == Body::none && row.children)
                for (std::size_t i = 0; i < row.children.count(target); ++i)
                    setting(row, row.children.at(target, i));
            else if (row.body == Body::none)
                setting(row, target);
            else
                children(row, target);
        }
    }

    // Words that were kept without.
    void unbound(const std::vector<Unbound>& entries) {
        for (const auto& entry : entries) {
            std::string line = entry.keyword;
            const bool hides =
                manner_.hides_secrets && !entry.opens_block && is_secret_somewhere(entry.keyword);
            for (const auto& word : entry.words)
                line += " " + (hides && &word == &entry.words.back() ? hidden(word) : word);
            if (!entry.opens_block) {
                put(line);
                continue;
            }
            open(line);
            unbound(entry.block);
            close();
        }
    }

    void open(const std::string& line) { lines_.push_back({.depth = depth_++, .text = line, .opens = true}); }
    void close() { lines_.push_back({.depth = --depth_, .text = {}, .closes = true}); }
    std::vector<DumpLine> take() { return std::move(lines_); }

private:
    using Source = DumpLine::Source;

    void put(const std::string& line, Source source = Source::file) {
        lines_.push_back({.depth = depth_, .text = line, .source = source});
    }

    std::string shown(const Keyword& row, const std::string& word, bool is_last) const {
        if (!manner_.hides_secrets || !is_last || row.secrecy == Secrecy::none) return word;
        return row.secrecy == Secrecy::hidden ? hidden(word) : without_credentials(word);
    }

    // Nothing was written.
    void fill_in(const Keyword& row, Target target) {
        const Argument& argument = row.arguments[0];
        if (!row.effective || row.deprecated || argument.kind == Kind::constant || row.arguments[1].field)
            return;
        const std::string name{row.name};
        if (auto* const* instance = std::get_if<Instance*>(&target); instance != nullptr && manner_.in_force)
            if (const auto value = manner_.in_force(**instance, row.name))
                return put(name + " " + *value, Source::preset);
        if (row.fallback.empty()) return;
        const std::string fallback{row.fallback};
        if (is_value(argument, fallback))
            put(name + " " + fallback, Source::preset);
        else
            put(name + ": " + fallback, Source::described);
    }

    // The words of a keyword, or nothing when it was not written.
    std::optional<std::string> words(const Keyword& row, Target target) const {
        return words(row.arguments, target, &row);
    }

    std::optional<std::string> words(std::span<const Argument> arguments, Target target,
                                     const Keyword* row = nullptr) const {
        std::string line;
        const Argument* last = nullptr;
        for (const auto& argument : arguments)
            if (argument.field && argument.kind != Kind::constant && argument.field.get(target))
                last = &argument;
        bool valued = false;  // a field that takes words has a value
        bool takes_words = false;
        for (const auto& argument : arguments) {
            if (!argument.field) continue;
            const auto value = argument.field.get(target);
            if (argument.kind == Kind::constant) {
                if (!says(argument, value)) return std::nullopt;
                continue;
            }
            takes_words = true;
            if (!value) {
                if (!argument.optional) return std::nullopt;
                continue;
            }
            valued = true;
            const auto written = write_value(argument, *value);
            for (const auto& word : written)
                line +=
                    " " + (row == nullptr ? word
                                          : shown(*row, word, &argument == last && &word == &written.back()));
        }
        if (takes_words && !valued && !only_optional(arguments)) return std::nullopt;
        return line;
    }

    static bool says(const Argument& argument, const std::optional<Value>& value) {
        if (!value) return false;
        if (const bool* on = std::get_if<bool>(&*value)) return *on == (argument.number != 0);
        return std::get<std::int64_t>(*value) == argument.number;
    }

    // A constant says that the keyword was written: notify_deleted, with or without a script.
    static bool only_optional(std::span<const Argument> arguments) {
        return arguments[0].kind == Kind::constant && arguments[0].field;
    }

    void setting(const Keyword& row, Target target) {
        const auto line = words(row, target);
        if (!line && manner_.fills_in) return fill_in(row, target);
        if (!line) return;
        put(std::string{row.name} + *line +
            (row.options == nullptr ? std::string{} : options(*row.options, target)));
        auto* const* instance = std::get_if<Instance*>(&target);
        if (instance == nullptr || !manner_.in_force || line->empty()) return;
        const auto value = manner_.in_force(**instance, row.name);
        if (value && !is_same(line->substr(1), *value)) lines_.back().in_force = *value;
    }

    void children(const Keyword& row, Target target) {
        if (row.body == Body::words) {
            const Argument& argument = row.entry->arguments[0];
            const auto value = argument.field.get(target);
            if (!value) return;
            open(std::string{row.name});
            for (const auto& word : write_value(argument, *value))
                put(word);
            close();
            return;
        }
        const std::size_t count = row.children.count(target);
        if (row.body == Body::lines) {
            if (count == 0) return;
            open(std::string{row.name});
            entries(row, target);
            close();
            return;
        }
        // A name may be empty, but it was written.
        const std::string unnamed = row.arguments[0].kind == Kind::defines ? " \"\"" : "";
        for (std::size_t i = 0; i < count; ++i) {
            const Target child = row.children.at(target, i);
            open(std::string{row.name} + words(row, child).value_or(unnamed));
            for (const auto& part : row.block->parts)
                rows(part, child);
            std::visit(
                [this](auto* typed) {
                    if constexpr (requires { typed->unbound; }) unbound(typed->unbound);
                },
                typed_only(child));
            close();
        }
    }

    // Blocks that keep words without effect.
    static std::variant<GlobalDefs*, Instance*, SyncGroup*, BfdInstance*, Authentication*> typed_only(
        Target target) {
        if (auto* const* global = std::get_if<GlobalDefs*>(&target)) return *global;
        if (auto* const* session = std::get_if<BfdInstance*>(&target)) return *session;
        if (auto* const* instance = std::get_if<Instance*>(&target)) return *instance;
        if (auto* const* group = std::get_if<SyncGroup*>(&target)) return *group;
        return static_cast<Authentication*>(nullptr);
    }

    void entries(const Keyword& row, Target target) {
        const std::size_t count = row.children.count(target);
        for (std::size_t i = 0; i < count; ++i)
            entry(*row.entry, row.children.at(target, i));
    }

    void entry(const Entry& entry, Target child) {
        std::string line = words(entry.arguments, child).value_or(std::string{});
        if (entry.options != nullptr) line += options(*entry.options, child);
        if (!line.empty()) line.erase(0, 1);
        put(line);
    }

    // Options on a line; those that open further options come last.
    std::string options(const Block& block, Target target) const {
        std::string line;
        std::string nested;
        block.each([&](const Keyword& row) {
            if (!row.bound() || !row.alias_of.empty()) return;
            if (row.options != nullptr && row.children) {
                const std::size_t count = row.children.count(target);
                for (std::size_t i = 0; i < count; ++i)
                    nested += " " + std::string{row.name} + options(*row.options, row.children.at(target, i));
                return;
            }
            const auto text = words(row, target);
            if (!text) return;
            if (!row.name.empty()) line += " " + std::string{row.name};
            line += *text;
        });
        return line + nested;
    }

    const DumpManner& manner_;
    std::vector<DumpLine> lines_;
    std::size_t depth_ = 0;
};

}  // namespace

std::vector<DumpLine> dump_lines(const Config& config, const DumpManner& manner) {
    Config& fields = const_cast<Config&>(config);  // NOLINT: rows reach fields for reading and writing alike
    Writer writer{manner};
    // What refers to a tracker stands behind it, and both behind global_defs: the second part and the first.
    const auto& parts = root_block().parts;
    writer.rows(parts[0], &fields);
    writer.rows(parts[1], &fields);
    writer.unbound(config.unbound);
    for (std::size_t i = 2; i < parts.size(); ++i)
        writer.rows(parts[i], &fields);
    return writer.take();
}

std::string dump(const Config& config) {
    std::string text;
    for (const DumpLine& line : dump_lines(config, {})) {
        text.append(line.depth * 4, ' ');
        text += line.closes ? "}" : line.text;
        if (line.opens) text += line.text.empty() ? "{" : " {";
        text += '\n';
    }
    return text;
}

std::string hidden(const std::string& word) {
    if (word.size() > 1 && word.front() == '"' && word.back() == '"') {
        const std::string inside = word.substr(1, word.size() - 2);
        const std::string shown = hidden(inside);
        return shown == hidden_word ? shown : '"' + shown + '"';
    }
    if (word.starts_with("file:")) return word;
    const std::size_t scheme = word.find("://");
    if (scheme == std::string::npos) return std::string{hidden_word};
    const std::string shown = without_credentials(word);
    return shown.substr(0, std::min(shown.find_first_of("/?#", scheme + 3), shown.size())) + "/" +
           std::string{hidden_word};
}

std::string without_credentials(const std::string& word) {
    const std::size_t scheme = word.find("://");
    if (scheme == std::string::npos) return word;
    const std::size_t host = scheme + 3;
    const std::size_t end = std::min(word.find_first_of("/?#", host), word.size());
    const std::size_t at = word.rfind('@', end);
    if (at == std::string::npos || at < host || at >= end) return word;
    return word.substr(0, host) + std::string{hidden_word} + word.substr(at);
}

}  // namespace holdfast::config
