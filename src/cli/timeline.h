// A history as a drawing: SVG that needs nothing beside itself. One lane for each instance and group, a bar
// for each state, and what was known of a transition where the pointer rests on it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "status/history.h"

namespace holdfast::cli {

std::string timeline_svg(const status::History& history, std::int64_t now_ms);

// Fit for text and attributes of XML.
std::string xml_escaped(std::string_view text);

}  // namespace holdfast::cli
