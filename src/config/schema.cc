// Questions about the tables.
#include "config/schema.h"

#include <algorithm>

namespace holdfast::config {

bool Keyword::bound() const {
    if (children) return true;
    if (entry != nullptr)
        for (const auto& argument : entry->arguments)
            if (argument.field) return true;
    return std::any_of(arguments.begin(), arguments.end(),
                       [](const Argument& argument) { return static_cast<bool>(argument.field); });
}

const Keyword* Block::find(std::string_view keyword) const {
    for (const auto& part : parts)
        for (const auto& row : part)
            if (row.name == keyword) return &row;
    return nullptr;
}

std::vector<std::string_view> Block::names() const {
    std::vector<std::string_view> names;
    each([&](const Keyword& row) {
        if (!row.name.empty()) names.push_back(row.name);
    });
    return names;
}

namespace {

void collect(const Block& block, std::vector<const Block*>& found) {
    if (std::find(found.begin(), found.end(), &block) != found.end()) return;
    found.push_back(&block);
    block.each([&](const Keyword& row) {
        if (row.block != nullptr) collect(*row.block, found);
        if (row.options != nullptr) collect(*row.options, found);
        if (row.entry != nullptr && row.entry->options != nullptr) collect(*row.entry->options, found);
    });
}

}  // namespace

std::vector<const Block*> all_blocks() {
    std::vector<const Block*> found;
    collect(root_block(), found);
    return found;
}

}  // namespace holdfast::config
