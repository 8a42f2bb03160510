#include "system/system_host.h"

#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "os/secret_file.h"
#include "os/unique_fd.h"

namespace holdfast::system {

namespace {

using config::NumberTable;
using config::ScriptFacts;
using config::ScriptVerdict;

std::optional<std::uint32_t> number(const std::string& text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// --- Scripts
// --------------------------------------------------------------------------------------------------

bool may(const struct stat& facts, uid_t uid, gid_t gid, mode_t bit_of_others) {
    if (uid == 0) return bit_of_others != S_IXOTH || S_ISDIR(facts.st_mode) || (facts.st_mode & 0111) != 0;
    if (facts.st_uid == uid) return (facts.st_mode & (bit_of_others << 6)) != 0;
    if (facts.st_gid == gid) return (facts.st_mode & (bit_of_others << 3)) != 0;
    return (facts.st_mode & bit_of_others) != 0;
}

bool others_may_change(const struct stat& facts) {
    if (facts.st_uid != 0) return true;
    if ((facts.st_mode & S_IWGRP) != 0 && facts.st_gid != 0) return true;
    if ((facts.st_mode & S_IWOTH) == 0) return false;
    return !S_ISDIR(facts.st_mode) ||
           (facts.st_mode & S_ISVTX) == 0;  // /tmp: others cannot replace what is there
}

std::string in_path(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream folders{
        path != nullptr ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

// Every folder on the way, from the root down.
std::vector<std::string> folders_of(const std::string& path) {
    std::vector<std::string> all{"/"};
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
        all.push_back(path.substr(0, slash));
    return all;
}

// --- iproute2's tables
// ----------------------------------------------------------------------------------------

struct TableFile {
    NumberTable table;
    const char* name;
};
constexpr TableFile table_files[]{
    {NumberTable::routing_table, "rt_tables"}, {NumberTable::scope, "rt_scopes"},
    {NumberTable::protocol, "rt_protos"},      {NumberTable::dsfield, "rt_dsfield"},
    {NumberTable::realm, "rt_realms"},         {NumberTable::interface_group, "group"},
};

// Names that must work where iproute2 is not installed.
struct BuiltIn {
    NumberTable table;
    const char* name;
    std::uint32_t number;
};
constexpr BuiltIn built_in[]{
    {NumberTable::routing_table, "default", 253},
    {NumberTable::routing_table, "main", 254},
    {NumberTable::routing_table, "local", 255},
    {NumberTable::scope, "global", 0},
    {NumberTable::scope, "universe", 0},
    {NumberTable::scope, "site", 200},
    {NumberTable::scope, "link", 253},
    {NumberTable::scope, "host", 254},
    {NumberTable::scope, "nowhere", 255},
    {NumberTable::protocol, "redirect", 1},
    {NumberTable::protocol, "kernel", 2},
    {NumberTable::protocol, "boot", 3},
    {NumberTable::protocol, "static", 4},
    {NumberTable::protocol, "keepalived", 18},
    {NumberTable::interface_group, "default", 0},
};

std::optional<std::uint32_t> in_file(const std::string& path, const std::string& name) {
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line.substr(0, line.find('#'))};
        std::string value;
        std::string known;
        if (!(words >> value >> known) || known != name) continue;
        std::uint32_t parsed = 0;
        const bool hexadecimal = value.starts_with("0x");
        const char* begin = value.data() + (hexadecimal ? 2 : 0);
        const auto [end, error] =
            std::from_chars(begin, value.data() + value.size(), parsed, hexadecimal ? 16 : 10);
        if (error == std::errc{} && end == value.data() + value.size()) return parsed;
    }
    return std::nullopt;
}

}  // namespace

std::optional<config::HostInterface> SystemHost::interface(const std::string& name) const {
    ifreq request{};
    if (name.empty() || name.size() >= sizeof request.ifr_name) return std::nullopt;
    std::memcpy(request.ifr_name, name.c_str(), name.size());
    const os::UniqueFd any{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const os::UniqueFd six{any ? -1 : socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (ioctl(any ? any.get() : six.get(), SIOCGIFFLAGS, &request) != 0) return std::nullopt;
    const int flags = request.ifr_flags;
    return config::HostInterface{.loopback = (flags & IFF_LOOPBACK) != 0,
                                 .multicast = (flags & IFF_MULTICAST) != 0};
}

std::optional<config::HostUser> SystemHost::user(const std::string& name_or_number) const {
    if (const auto uid = number(name_or_number)) {
        const passwd* entry = getpwuid(*uid);
        return config::HostUser{.uid = *uid, .gid = entry != nullptr ? entry->pw_gid : *uid};
    }
    const passwd* entry = getpwnam(name_or_number.c_str());
    if (entry == nullptr) return std::nullopt;
    return config::HostUser{.uid = entry->pw_uid, .gid = entry->pw_gid};
}

std::optional<std::uint32_t> SystemHost::group(const std::string& name_or_number) const {
    if (const auto gid = number(name_or_number)) return gid;
    const struct group* entry = getgrnam(name_or_number.c_str());
    if (entry == nullptr) return std::nullopt;
    return entry->gr_gid;
}

ScriptFacts SystemHost::script(const std::string& argv0, std::uint32_t uid, std::uint32_t gid) const {
    ScriptFacts facts;
    facts.path = argv0.find('/') == std::string::npos ? in_path(argv0) : argv0;
    if (facts.path.empty())
        return {.verdict = ScriptVerdict::not_found, .path = {}, .detail = argv0 + " is not in PATH"};
    struct stat file {};
    if (stat(facts.path.c_str(), &file) != 0) {
        facts.verdict = errno == EACCES ? ScriptVerdict::unreachable : ScriptVerdict::not_found;
        facts.detail = facts.path + ": " + std::strerror(errno);
        return facts;
    }
    std::array<char, PATH_MAX> resolved{};
    if (realpath(facts.path.c_str(), resolved.data()) != nullptr) facts.path = resolved.data();
    if (!S_ISREG(file.st_mode))
        return {.verdict = ScriptVerdict::not_a_file,
                .path = facts.path,
                .detail = facts.path + " is no regular file"};
    for (const std::string& folder : folders_of(facts.path)) {
        struct stat step {};
        if (stat(folder.c_str(), &step) != 0 || !may(step, uid, gid, S_IXOTH)) {
            facts.verdict = ScriptVerdict::unreachable;
            facts.detail = "user " + std::to_string(uid) + " cannot enter " + folder;
            return facts;
        }
        if (uid == 0 && others_may_change(step)) {
            facts.verdict = ScriptVerdict::insecure;
            facts.detail = folder + " can be changed by others than root";
        }
    }
    if (!may(file, uid, gid, S_IXOTH))
        return {.verdict = ScriptVerdict::not_executable,
                .path = facts.path,
                .detail = facts.path + " is not executable for user " + std::to_string(uid)};
    if (uid == 0 && others_may_change(file)) {
        facts.verdict = ScriptVerdict::insecure;
        facts.detail = facts.path + " can be changed by others than root";
    }
    return facts;
}

std::optional<std::uint32_t> SystemHost::number_of(NumberTable table, const std::string& name) const {
    if (table == NumberTable::ip_protocol) {
        const protoent* entry = getprotobyname(name.c_str());
        if (entry == nullptr) return std::nullopt;
        return static_cast<std::uint32_t>(entry->p_proto);
    }
    for (const TableFile& file : table_files) {
        if (file.table != table) continue;
        for (const char* folder : {"/etc/iproute2/", "/usr/share/iproute2/", "/usr/lib/iproute2/"})
            if (const auto found = in_file(std::string{folder} + file.name, name)) return found;
    }
    for (const BuiltIn& known : built_in)
        if (known.table == table && name == known.name) return known.number;
    return std::nullopt;
}

bool SystemHost::has_address(const IpAddress& address) const {
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) return false;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{all, freeifaddrs};
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
        const sockaddr* const held = one->ifa_addr;
        if (held == nullptr || held->sa_family != (address.is_v4() ? AF_INET : AF_INET6)) continue;
        const void* const bytes =
            address.is_v4() ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(held)->sin_addr)
                            : &reinterpret_cast<const sockaddr_in6*>(held)->sin6_addr;
        if (std::memcmp(bytes, address.bytes().data(), address.bytes().size()) == 0) return true;
    }
    return false;
}

config::SecretFacts SystemHost::secret(const std::string& path) const {
    using config::SecretVerdict;
    if (auto key = os::read_secret(path); !key)
        return {.verdict = SecretVerdict::unusable,
                .detail = std::move(key).error().during("key_file").text()};
    if (os::is_open_to_others(path))
        return {.verdict = SecretVerdict::open_to_others,
                .detail = "key_file " + path + " can be read or changed by others than its owner"};
    return {};
}

std::string SystemHost::host_name() const {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

unsigned SystemHost::processors() const {
    return static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_CONF)));
}
std::uint32_t SystemHost::own_uid() const {
    return geteuid();
}
std::uint32_t SystemHost::own_gid() const {
    return getegid();
}

}  // namespace holdfast::system
