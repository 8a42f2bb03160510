#include "vrrp/sysctl.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

#include "os/log.h"

namespace holdfast::vrrp {

namespace {

std::map<std::string, std::string>& before() {
    static std::map<std::string, std::string> values;  // by path: what to put back
    return values;
}

bool write_value(const std::string& path, const std::string& value) {
    std::ofstream file{path};
    file << value << std::flush;
    return static_cast<bool>(file);
}

}  // namespace

void promote_secondaries(const std::string& interface) {
    const std::string path = "/proc/sys/net/ipv4/conf/" + interface + "/promote_secondaries";
    std::ifstream file{path};
    std::string value;
    if (!(file >> value) || value == "1" || before().contains(path)) return;
    if (write_value(path, "1"))
        before()[path] = value;
    else
        os::log(os::Level::warning, "cannot set promote_secondaries on " + interface + ": " +
                                        std::strerror(errno) + ". Is /proc/sys read-only here?");
}

void restore_promote_secondaries() {
    for (const auto& [path, value] : before())
        write_value(path, value);
    before().clear();
}

}  // namespace holdfast::vrrp
