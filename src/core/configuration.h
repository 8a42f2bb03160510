// Reading and judging the configuration: where it is, what was found in it, whether the daemon may start with
// it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "config/parse.h"
#include "core/options.h"

namespace holdfast::core {

// -f, or the first default file that exists.
std::string configuration_path(const Options& options);

// Enters the network namespace of the options or the file, if there is one, and reads the file there.
Result<config::Parsed> read_configuration(const Options& options, const std::string& path);

// The same where the process is already, for a reload.
config::Parsed read_configuration_again(const Options& options, const std::string& path);

// A consolidated text (config/source.h).
config::Parsed read_consolidated(const Options& options, std::string text);

// The text that a holdfastd before left (pages.h), in the network namespace that it names.
Result<config::Parsed> read_configuration_in_force(const Options& options, int text_fd);

// Why a running daemon cannot take this configuration; empty: it can.
std::string refused_change(const config::Config& before, const config::Config& after, const Options& options);

// Writes every finding to the log, and one line with their number.
void log_findings(const config::Diagnostics& diagnostics);

// Exit status that stops a start with these findings, 0 when it may go on.
int refusal(const config::Diagnostics& diagnostics, const Options& options);

// -t: the exit status.
int test_configuration(const Options& options);

}  // namespace holdfast::core
