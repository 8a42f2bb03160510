// Where the files lie that keepalived's signals ask for.
#pragma once

#include <cstdint>
#include <string>

namespace holdfast::plan {

enum class DumpFile : std::uint8_t { parent_data, vrrp_data, stats, json };

// What their names depend on.
struct DumpNames {
    std::string directory;
    std::string state_dump_file;     // as configured; empty: the default
    bool has_instance_part = false;  // data_use_instance
    std::string net_namespace;
    std::string instance;
};

std::string dump_path(DumpFile file, const DumpNames& names);

}  // namespace holdfast::plan
