#include "config/dump.h"

#include "config/schema.h"
#include "config/values.h"

namespace holdfast::config {

namespace {

class Writer {
public:
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
            for (const auto& word : entry.words)
                line += " " + word;
            if (!entry.opens_block) {
                put(line);
                continue;
            }
            open(line);
            unbound(entry.block);
            close();
        }
    }

    void open(const std::string& line) {
        put(line.empty() ? "{" : line + " {");
        ++depth_;
    }
    void close() {
        --depth_;
        put("}");
    }
    std::string take() { return std::move(text_); }

private:
    void put(const std::string& line) {
        text_.append(depth_ * 4, ' ');
        text_ += line;
        text_ += '\n';
    }

    // The words of a keyword, or nothing when it was not written.
    static std::optional<std::string> words(std::span<const Argument> arguments, Target target) {
        std::string line;
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
            for (const auto& word : write_value(argument, *value))
                line += " " + word;
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
        const auto line = words(row.arguments, target);
        if (!line) return;
        put(std::string{row.name} + *line +
            (row.options == nullptr ? std::string{} : options(*row.options, target)));
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
            open(std::string{row.name} + words(row.arguments, child).value_or(unnamed));
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
    static std::variant<GlobalDefs*, Instance*, SyncGroup*, Authentication*> typed_only(Target target) {
        if (auto* const* global = std::get_if<GlobalDefs*>(&target)) return *global;
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
    static std::string options(const Block& block, Target target) {
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
            const auto text = words(row.arguments, target);
            if (!text) return;
            if (!row.name.empty()) line += " " + std::string{row.name};
            line += *text;
        });
        return line + nested;
    }

    std::string text_;
    std::size_t depth_ = 0;
};

}  // namespace

std::string dump(const Config& config) {
    Config& fields = const_cast<Config&>(config);  // NOLINT: rows reach fields for reading and writing alike
    Writer writer;
    // What refers to a tracker stands behind it, and both behind global_defs: the second part and the first.
    const auto& parts = root_block().parts;
    writer.rows(parts[0], &fields);
    writer.rows(parts[1], &fields);
    writer.unbound(config.unbound);
    for (std::size_t i = 2; i < parts.size(); ++i)
        writer.rows(parts[i], &fields);
    return writer.take();
}

}  // namespace holdfast::config
