#include "config/amend.h"

#include <algorithm>
#include <utility>

#include "config/consolidated.h"
#include "config/diagnostic.h"
#include "config/source.h"
#include "config/words.h"

namespace holdfast::config {

namespace {

std::vector<Line> lines_of(const std::string& consolidated, Diagnostics& names) {
    CopyReader reader{consolidated};
    std::vector<Line> lines;
    for (;;) {
        auto line = reader.next(names);
        if (!line) return lines;
        lines.push_back(std::move(*line));
    }
}

bool opens(const Line& line, const std::string& instance) {
    return line.kind == Line::Kind::words && line.words.size() > 1 && line.words[0].text == "vrrp_instance" &&
           line.words[1].text == instance;
}

Line line_of(const Amendment& amendment, std::uint32_t file) {
    Line line;
    line.place = {.file = file, .line = 1, .column = 1};
    line.text = amendment.words;
    line.words = words_of(Text{line.text, line.place});
    return line;
}

// That of an earlier amendment, or a new one.
std::uint32_t file_named(const std::string& name, const std::vector<Line>& lines, Diagnostics& names) {
    for (const Line& line : lines)
        if (names.file_name(line.place.file) == name) return line.place.file;
    return names.add_file(name);
}

}  // namespace

Result<std::string> amended(const std::string& consolidated, const Amendment& amendment) {
    Diagnostics names;
    const std::vector<Line> lines = lines_of(consolidated, names);
    if (names.stops()) return Error::invalid("the copy of the configuration is broken");
    const std::uint32_t file = file_named(amendment.origin, lines, names);
    const auto is_replaced = [&](const Line& line) {
        const auto& all = amendment.replaced;
        return line.kind == Line::Kind::words &&
               std::find(all.begin(), all.end(), line.words[0].text) != all.end();
    };
    CopyWriter writer;
    bool found = false;
    bool inside = false;
    int depth = 0;
    for (const Line& line : lines) {
        if (depth == 0 && line.kind == Line::Kind::words) inside = opens(line, amendment.instance);
        if (inside && depth == 1 && is_replaced(line)) continue;
        if (line.kind == Line::Kind::open) ++depth;
        if (line.kind == Line::Kind::close) --depth;
        if (inside && depth == 0 && line.kind == Line::Kind::close) {
            writer.add(line_of(amendment, file), names);
            found = true;
        }
        writer.add(line, names);
    }
    if (!found) return Error::invalid("there is no vrrp_instance " + amendment.instance);
    return writer.text();
}

}  // namespace holdfast::config
