#include "plan/dumps.h"

namespace holdfast::plan {

namespace {

// ".NAMESPACE_INSTANCE", or the one that there is.
std::string instance_part(const DumpNames& names) {
    if (!names.has_instance_part || (names.net_namespace.empty() && names.instance.empty())) return {};
    const bool both = !names.net_namespace.empty() && !names.instance.empty();
    return "." + names.net_namespace + (both ? "_" : "") + names.instance;
}

// Before the last dot of the name.
std::string with_part(std::string path, const std::string& part) {
    const std::size_t name = path.rfind('/') + 1;
    const std::size_t dot = path.rfind('.');
    return path.insert(dot == std::string::npos || dot < name ? path.size() : dot, part);
}

// state_dump_file: a path, relative to the directory, or with a final slash a directory.
std::string data_path(const DumpNames& names) {
    const std::string& configured = names.state_dump_file;
    if (configured.empty()) return names.directory + "/keepalived.data";
    const std::string path = configured.front() == '/' ? configured : names.directory + "/" + configured;
    return path.back() == '/' ? path + "keepalived.data" : path;
}

}  // namespace

std::string dump_path(DumpFile file, const DumpNames& names) {
    const std::string part = instance_part(names);
    switch (file) {
        case DumpFile::parent_data:
            return with_part(data_path(names), "_parent" + part);
        case DumpFile::vrrp_data:
            return with_part(data_path(names), part);
        case DumpFile::stats:
            return with_part(names.directory + "/keepalived.stats", part);
        case DumpFile::json:
            return with_part(names.directory + "/keepalived.json", part);
    }
    return {};
}

}  // namespace holdfast::plan
