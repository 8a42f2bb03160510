#include "config/reference.h"

#include "config/schema.h"
#include "config/values.h"

namespace holdfast::config {

namespace {

std::string arguments_text(std::span<const Argument> arguments) {
    std::string text;
    for (const auto& argument : arguments) {
        const std::string grammar = grammar_of(argument);
        if (!grammar.empty()) text += (text.empty() ? "" : " ") + grammar;
    }
    return text;
}

std::string options_text(const Block& options) {
    std::string text;
    options.each([&](const Keyword& row) {
        std::string option{row.name};
        const std::string arguments = arguments_text(row.arguments);
        if (!arguments.empty()) option += (option.empty() ? "" : " ") + arguments;
        if (!option.empty()) text += (text.empty() ? "[" : " [") + option + "]";
    });
    return text;
}

constexpr std::size_t most_options_in_line = 8;  // longer ones have a section of their own

std::size_t size_of(const Block& block) {
    std::size_t size = 0;
    block.each([&](const Keyword&) { ++size; });
    return size;
}

std::string with_options(std::string text, const Block* options) {
    if (options == nullptr) return text;
    const std::string words =
        size_of(*options) <= most_options_in_line ? options_text(*options) : "[OPTION ...]";
    return text + (text.empty() ? "" : " ") + words;
}

std::string full_arguments(const Keyword& row) {
    std::string text = with_options(arguments_text(row.arguments), row.options);
    std::string body;
    if (row.body == Body::block) body = "{ block }";
    if (row.body == Body::words) body = "{ " + arguments_text(row.entry->arguments) + " ... }";
    if (row.body == Body::lines)
        body = "{ " + with_options(arguments_text(row.entry->arguments), row.entry->options) + " lines }";
    if (!body.empty()) text += (text.empty() ? "" : " ") + body;
    return text;
}

// Characters that mdoc reads as its own.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else if (c == '|')
            result += "\\*(Ba";
        else
            result.push_back(c);
    }
    if (!result.empty() && (result.front() == '.' || result.front() == '\'')) result.insert(0, "\\&");
    return result;
}

void put_row(std::string& text, const ReferenceEntry& entry) {
    text += ".It Li \"" + escaped(entry.keyword) +
            (entry.arguments.empty() ? "" : " " + escaped(entry.arguments)) + "\"\n";
    text += escaped(entry.doc) + "\n";
    if (!entry.fallback.empty()) text += "Default: " + escaped(entry.fallback) + ".\n";
    if (!entry.effective) text += "No effect yet.\n";
    if (!entry.reloadable) text += "A reload does not change it.\n";
}

}  // namespace

std::vector<ReferenceEntry> reference_entries() {
    std::vector<ReferenceEntry> entries;
    for (const Block* block : all_blocks())
        block->each([&](const Keyword& row) {
            const std::string name = row.name.empty() ? "<word>" : std::string{row.name};
            entries.push_back({std::string{block->name}, name, full_arguments(row), std::string{row.fallback},
                               std::string{row.doc}, row.effective && row.bound(), row.reloadable});
        });
    return entries;
}

std::string reference_mdoc() {
    std::string text;
    std::string block;
    for (const auto& entry : reference_entries()) {
        if (entry.block != block) {
            if (!block.empty()) text += ".El\n";
            block = entry.block;
            text += ".Ss " + escaped(block == "(root)" ? "Top level" : block) + "\n.Bl -tag -width Ds\n";
        }
        put_row(text, entry);
    }
    if (!block.empty()) text += ".El\n";
    return text;
}

std::string completion_list() {
    std::string text;
    for (const auto& entry : reference_entries())
        if (entry.keyword != "<word>") text += entry.block + " " + entry.keyword + "\n";
    return text;
}

}  // namespace holdfast::config
