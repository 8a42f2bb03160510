// A configuration written out again: one setting a line, in the order of the schema, without comments,
// definitions and includes. Reading it gives an equal Config.
#pragma once

#include <string>

#include "config/config.h"

namespace holdfast::config {

std::string dump(const Config& config);

}  // namespace holdfast::config
