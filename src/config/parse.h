// Words and the schema make a Config. Never stops at the first error: what is wrong is skipped or defaulted
// as keepalived does, and every finding is kept.
#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/host.h"
#include "config/source.h"

namespace holdfast::config {

struct ParseOptions {
    ReadOptions read;
    bool strict = false;  // --strict-config: every finding that counts stops the start
};

struct Parsed {
    Config config;
    Diagnostics diagnostics;
    std::string consolidated;  // expanded text for the other processes
};

// Reads path and what it includes.
Parsed parse_file(Files& files, const std::string& path, const Host& host, const ParseOptions& options);

// Reads the consolidated text that parse_file made: same words, same Config.
Parsed parse_consolidated(std::string text, const Host& host, const ParseOptions& options);

}  // namespace holdfast::config
