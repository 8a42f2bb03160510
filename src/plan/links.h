// Numbers for interface names: the plan's LinkIds, in the order in which names are first met.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/settings.h"

namespace holdfast::plan {

class LinkNames {
public:
    engine::LinkId of(const std::string& name) {
        const auto [found, added] =
            ids_.try_emplace(name, engine::LinkId{static_cast<std::uint32_t>(names_.size())});
        if (added) names_.push_back(name);
        return found->second;
    }
    const std::vector<std::string>& names() const { return names_; }

private:
    std::map<std::string, engine::LinkId> ids_;
    std::vector<std::string> names_;
};

}  // namespace holdfast::plan
