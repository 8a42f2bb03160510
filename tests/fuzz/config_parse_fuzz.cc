// Any bytes as a configuration: reading ends, nothing crashes, and what was understood is read back from its
// dump as the same.
#include <cstdio>
#include <cstdlib>

#include "../unit/config/invented_host.h"
#include "config/dump.h"
#include "config/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast::config;           // NOLINT: a fuzz target is one function
    using namespace holdfast::config::testing;  // NOLINT
    constexpr std::size_t longest = 64 * 1024;
    if (size > longest) return 0;
    const std::string text{reinterpret_cast<const char*>(data), size};  // NOLINT: bytes are characters
    InventedHost host;
    host.every_interface = true;
    const Parsed parsed = parse_text(text, host);
    for (const auto& diagnostic : parsed.diagnostics.all())
        static_cast<void>(parsed.diagnostics.render(diagnostic));
    const std::string written = dump(parsed.config);
    const std::string again = dump(parse_text(written, host).config);
    if (written != again) {
        std::fprintf(stderr, "the dump is read back as something else:\n%s\n---\n%s\n", written.c_str(),
                     again.c_str());
        std::abort();
    }
    return 0;
}
