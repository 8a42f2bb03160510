// Configuration files of this machine.
#pragma once

#include "config/source.h"

namespace holdfast::system {

class SystemFiles : public config::Files {
public:
    Kind kind(const std::string& path) override;
    Result<std::string> read(const std::string& path) override;
    std::vector<std::string> glob(const std::string& pattern, const std::string& directory) override;
    std::string current_directory() override;
    std::optional<std::string> environment(const std::string& variable) override;
};

// The file that the daemon reads when none is given: Holdfast's own where there is one, else keepalived's.
std::string usual_configuration(bool as_keepalived = false);

}  // namespace holdfast::system
