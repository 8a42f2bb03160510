#include "cli/host_facts.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <gnu/libc-version.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/version.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/address.h"
#include "cli/archive.h"
#include "os/child.h"
#include "os/event_loop.h"
#include "os/small_files.h"
#include "os/unique_fd.h"
#include "status/snapshot.h"

namespace holdfast::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_journal_bytes = std::size_t{4} << 20;
constexpr const char* most_journal_lines = "5000";
constexpr Duration journal_patience = 20s;
constexpr std::size_t most_release_bytes = 16384;

std::string distribution() {
    const auto text =
        os::read_small_file("/etc/os-release", most_release_bytes, os::Links::followed).value_or("");
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("PRETTY_NAME=")) {
            std::erase(line, '"');
            return line.substr(std::string_view{"PRETTY_NAME="}.size());
        }
    return "unknown";
}

std::string address_text(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(),
                  text.size());
    if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text.data(),
                  text.size());
    return text.data();
}

std::string flags_text(unsigned flags) {
    std::string text;
    for (const auto& [flag, name] :
         {std::pair{unsigned{IFF_UP}, "up"}, std::pair{unsigned{IFF_RUNNING}, "running"},
          std::pair{unsigned{IFF_LOOPBACK}, "loopback"}, std::pair{unsigned{IFF_MULTICAST}, "multicast"},
          std::pair{unsigned{IFF_NOARP}, "noarp"}, std::pair{unsigned{IFF_POINTOPOINT}, "pointopoint"}})
        if ((flags & flag) != 0) text += std::string{text.empty() ? "" : " "} + name;
    return text;
}

std::string hardware_text(const sockaddr* address) {
    const auto* link = reinterpret_cast<const sockaddr_ll*>(address);
    std::string text;
    for (int at = 0; at < link->sll_halen && at < 8; ++at)
        text += fmt::format("{}{:02x}", at > 0 ? ":" : "", link->sll_addr[at]);
    return text;
}

// All that a program says, until its end, its bound or the time is over.
Result<std::string> said_by(const std::string& path, std::vector<std::string> words) {
    if (access(path.c_str(), X_OK) != 0) return Error::system("run " + path);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return Error::system("make a pipe");
    const os::UniqueFd reading{ends[0]};
    os::UniqueFd writing{ends[1]};
    words.insert(words.begin(), path);
    const auto pid = os::spawn({.path = path,
                                .argv = std::move(words),
                                .environment = os::environment_without({}),
                                .standard_output = writing.get()});
    if (!pid) return pid.error();
    writing.reset();
    std::string text;
    const Instant end = os::EventLoop::now() + journal_patience;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - os::EventLoop::now());
        pollfd wait{.fd = reading.get(), .events = POLLIN, .revents = 0};
        if (left <= 0ms || poll(&wait, 1, static_cast<int>(left.count())) <= 0) break;
        std::array<char, 65536> room{};
        const ssize_t size = read(reading.get(), room.data(), room.size());
        if (size <= 0) break;
        text.append(room.data(), static_cast<std::size_t>(size));
        if (text.size() > most_journal_bytes) break;
    }
    kill(*pid, SIGKILL);
    waitpid(*pid, nullptr, 0);
    return text;
}

}  // namespace

std::string versions() {
    utsname kernel{};
    uname(&kernel);
    return fmt::format(
        "holdfast {}\nkernel {} {} {}\ndistribution {}\nglibc {}\nfmt {}\nboost {}.{}.{}\nnlohmann-json "
        "{}.{}.{}\n{}\n",
        HOLDFAST_VERSION, kernel.sysname, kernel.release, kernel.machine, distribution(),
        gnu_get_libc_version(), FMT_VERSION, BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
        BOOST_VERSION % 100, NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
        NLOHMANN_JSON_VERSION_PATCH, archive_library());
}

Result<std::string> interfaces() {
    ifaddrs* found = nullptr;
    if (getifaddrs(&found) != 0) return Error::system("list the interfaces");
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all{found, freeifaddrs};
    std::map<std::string, std::string> lines;
    for (const ifaddrs* one = all.get(); one != nullptr; one = one->ifa_next) {
        std::string& text = lines[one->ifa_name];
        if (text.empty()) text = status::printable(one->ifa_name) + ": " + flags_text(one->ifa_flags) + "\n";
        if (one->ifa_addr == nullptr) continue;
        const bool is_link = one->ifa_addr->sa_family == AF_PACKET;
        const std::string address = is_link ? hardware_text(one->ifa_addr) : address_text(one->ifa_addr);
        if (!address.empty()) text += std::string{"    "} + (is_link ? "link " : "") + address + "\n";
    }
    std::string text;
    for (const auto& [name, of_it] : lines)
        text += of_it;
    return text;
}

Result<std::string> journal() {
    std::vector<std::string> words{"--no-pager", "-q", "-o", "short-iso-precise", "-n", most_journal_lines};
    for (const char* program :
         {"holdfastd", "holdfast-vrrp", "holdfast-check", "holdfast-mon", "holdfast-snmp", "Keepalived",
          "Keepalived_vrrp", "Keepalived_healthcheckers"})
        words.insert(words.end(), {"-t", program});
    auto said = said_by("/usr/bin/journalctl", std::move(words));
    if (said && said->empty()) return Error::invalid("the journal has nothing of the daemon");
    return said;
}

std::string firewall_lines(const std::string& journal) {
    std::istringstream lines{journal};
    std::string found;
    for (std::string line; std::getline(lines, line);)
        if (line.find("HF265") != std::string::npos) found += line + "\n";
    return found;
}

}  // namespace holdfast::cli
