// Any bytes as a configuration that may include itself: reading ends, nothing crashes, every finding can be
// shown, and the consolidated copy reads back to the same lines.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "../support/memory_files.h"
#include "config/source.h"

namespace {

using holdfast::config::Diagnostics;
using holdfast::config::Line;
using holdfast::config::Reader;

constexpr std::size_t longest_input = 64 * 1024;
constexpr std::size_t most_lines = 5000;  // out of loops: speed, not depth, finds crashes

bool same(const Line& a, const Line& b) {
    if (a.kind != b.kind || a.text != b.text || a.words.size() != b.words.size()) return false;
    if (a.place.file != b.place.file || a.place.line != b.place.line || a.place.column != b.place.column)
        return false;
    for (std::size_t at = 0; at < a.words.size(); ++at)
        if (a.words[at].text != b.words[at].text || a.words[at].column != b.words[at].column ||
            a.words[at].quoted != b.words[at].quoted)
            return false;
    return true;
}

[[noreturn]] void differs(std::size_t line) {
    std::fprintf(stderr, "line %zu of the copy is not what was written\n", line);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > longest_input) return 0;
    const std::string text{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are characters
    holdfast::test::MemoryFiles files;
    files.add("/etc/main", text);
    files.add("/etc/x", "include main\n$D= \\\n a $E \\\n b {\n");
    files.set_environment("V", "1\n2 \"");

    Diagnostics findings;
    Reader reader{files, "/etc/main", {.config_id = "a", .most_expanded_lines = most_lines}, findings};
    std::vector<Line> lines;
    while (auto line = reader.next())
        lines.push_back(std::move(*line));
    for (const auto& finding : findings.all())
        static_cast<void>(findings.render(finding));
    for (const Line& line : lines) {
        static_cast<void>(holdfast::config::split_script_words(line.text));
        static_cast<void>(holdfast::config::split_command(line.text));
    }

    Diagnostics none;
    const auto again = Reader::of_consolidated(reader.consolidated(), none);
    std::size_t at = 0;
    while (const auto line = again->next()) {
        if (at == lines.size() || !same(*line, lines[at])) differs(at);
        ++at;
    }
    if (at != lines.size() || !none.all().empty()) differs(at);

    Diagnostics broken;  // any bytes as a copy
    const auto copy = Reader::of_consolidated(text, broken);
    while (copy->next()) {
    }
    return 0;
}
