// A host and a file system that exist only in a test.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/host.h"
#include "config/parse.h"

namespace holdfast::config::testing {

class InventedHost : public Host {
public:
    std::set<std::string> interfaces{"eth0", "eth1", "eth2", "eth3"};
    bool every_interface = false;  // any name that an interface may have exists
    std::set<std::string> unicast_only_interfaces;
    std::set<std::string> users{"root"};
    std::set<std::string> scripts;
    std::set<std::string> insecure_scripts;
    bool every_script = true;
    std::set<std::string> hosts{"localhost"};
    std::set<std::string> addresses;

    std::optional<HostInterface> interface(const std::string& name) const override {
        if (name == "lo") return HostInterface{.loopback = true};
        if (!every_interface && interfaces.count(name) == 0) return std::nullopt;
        return HostInterface{.multicast = unicast_only_interfaces.count(name) == 0};
    }
    std::optional<HostUser> user(const std::string& name) const override {
        if (name == "root") return HostUser{0, 0};
        if (users.count(name) == 0) return std::nullopt;
        return HostUser{1000, 1000};
    }
    std::optional<std::uint32_t> group(const std::string& name) const override {
        if (name == "root") return 0;
        if (users.count(name) == 0) return std::nullopt;
        return 1000;
    }
    ScriptFacts script(const std::string& argv0, std::uint32_t, std::uint32_t) const override {
        ScriptFacts facts{.path = argv0};
        if (insecure_scripts.count(argv0) != 0)
            facts.verdict = ScriptVerdict::insecure;
        else if (!every_script && scripts.count(argv0) == 0)
            facts.verdict = ScriptVerdict::not_found;
        return facts;
    }
    std::optional<std::uint32_t> number_of(NumberTable, const std::string&) const override {
        return std::nullopt;
    }
    bool resolves(const std::string& host) const override { return hosts.count(host) != 0; }
    bool has_address(const IpAddress& address) const override { return addresses.contains(address.text()); }
    std::string host_name() const override { return "node"; }
    unsigned processors() const override { return 4; }
    std::uint32_t own_uid() const override { return 0; }
    std::uint32_t own_gid() const override { return 0; }
};

class MemoryFiles : public Files {
public:
    std::map<std::string, std::string> files;

    Kind kind(const std::string& path) override {
        return files.count(path) != 0 ? Kind::regular : Kind::absent;
    }
    Result<std::string> read(const std::string& path) override {
        const auto found = files.find(path);
        if (found == files.end()) return Error::invalid("no such file");
        return found->second;
    }
    std::vector<std::string> glob(const std::string& pattern, const std::string&) override {
        if (files.count(pattern) == 0) return {};
        return {pattern};
    }
    std::string current_directory() override { return "/"; }
    std::optional<std::string> environment(const std::string&) override { return std::nullopt; }
};

inline Parsed parse_text(const std::string& text, const Host& host = InventedHost{},
                         ParseOptions options = {}) {
    MemoryFiles files;
    files.files["/test.conf"] = text;
    return parse_file(files, "/test.conf", host, options);
}

// "LINE NUMBER" of every finding that counts, for short expectations.
inline std::vector<std::string> findings(const Parsed& parsed) {
    std::vector<std::string> found;
    for (const auto& diagnostic : parsed.diagnostics.all())
        if (diagnostic.rank != Class::notice)
            found.push_back(std::to_string(diagnostic.place.line) + " HF" +
                            std::to_string(diagnostic.number));
    return found;
}

inline bool says(const Parsed& parsed, std::string_view text) {
    for (const auto& diagnostic : parsed.diagnostics.all())
        if (diagnostic.message.find(text) != std::string::npos) return true;
    return false;
}

}  // namespace holdfast::config::testing
