// A consolidated text (source.h) in which some settings of instances are others: what a running daemon
// is told to do otherwise than its files say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::config {

struct Amendment {
    std::string instance;                    // name of a vrrp_instance
    std::string words;                       // "priority 150"
    std::vector<std::string_view> replaced;  // keywords of the instance that go for it
    std::string origin;                      // who says so: stands in messages in place of a file
};

// Everything else keeps its words and places. Fails when the text does not have all of the instances, or is
// broken.
Result<std::string> amended(const std::string& consolidated, const std::vector<Amendment>& amendments);

}  // namespace holdfast::config
