#include "snmp/node.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <map>
#include <memory>
#include <utility>

#include "config/parse.h"
#include "os/pages.h"
#include "system/system_host.h"

namespace holdfast::snmp {

namespace {

constexpr const char* only_name = "/configuration";

// One file and nothing else.
class OneFile : public config::Files {
public:
    explicit OneFile(const std::string& text) : text_{text} {}
    Kind kind(const std::string& path) override { return path == only_name ? Kind::regular : Kind::absent; }
    Result<std::string> read(const std::string&) override { return text_; }
    std::vector<std::string> glob(const std::string& pattern, const std::string&) override {
        if (pattern != only_name) return {};
        return {pattern};
    }
    std::string current_directory() override { return "/"; }
    std::optional<std::string> environment(const std::string&) override { return std::nullopt; }

private:
    const std::string& text_;
};

// The text was judged where everything could be seen. This process may see little of the host, and asks
// nobody for names.
class TrustingHost : public system::SystemHost {
public:
    std::optional<config::HostInterface> interface(const std::string& name) const override {
        const auto found = interfaces_.find(name);
        if (found == interfaces_.end()) return std::nullopt;
        return found->second;
    }
    std::optional<config::HostUser> user(const std::string&) const override { return config::HostUser{}; }
    std::optional<std::uint32_t> group(const std::string&) const override { return 0; }
    config::ScriptFacts script(const std::string& argv0, std::uint32_t uid,
                               std::uint32_t gid) const override {
        config::ScriptFacts facts = system::SystemHost::script(argv0, uid, gid);
        if (facts.verdict == config::ScriptVerdict::usable) return facts;
        return {.verdict = config::ScriptVerdict::usable, .path = argv0, .detail = {}};
    }
    config::SecretFacts secret(const std::string&) const override { return {}; }

private:
    static std::map<std::string, config::HostInterface> all_interfaces() {
        std::map<std::string, config::HostInterface> all;
        ifaddrs* first = nullptr;
        if (getifaddrs(&first) != 0) return all;
        const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{first, freeifaddrs};
        for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next)
            all.try_emplace(one->ifa_name,
                            config::HostInterface{.loopback = (one->ifa_flags & IFF_LOOPBACK) != 0,
                                                  .multicast = (one->ifa_flags & IFF_MULTICAST) != 0});
        return all;
    }

    std::map<std::string, config::HostInterface> interfaces_ = all_interfaces();
};

}  // namespace

Node node_of(const std::string& text, const os::StartMessage& start) {
    const TrustingHost host;
    OneFile file{text};
    Node node;
    node.config = config::parse_file(file, only_name, host, {}).config;
    node.plan = plan::make_plan(node.config, {.uptime = Duration{0}, .host_name = host.host_name()});
    node.snmp = plan::plan_snmp(node.config.global,
                                {.everything = start.snmp_everything, .agent_socket = start.snmp_agent});
    const std::string ours = HOLDFAST_VERSION;
    node.version =
        start.as_keepalived ? "Keepalived v2.4.3 (Holdfast " + ours + ", compatible)" : "Holdfast v" + ours;
    return node;
}

Result<Node> read_node(int configuration_fd, const os::StartMessage& start) {
    auto text = os::read_text(configuration_fd);
    if (!text) return std::move(text).error().during("read the configuration from core");
    return node_of(*text, start);
}

}  // namespace holdfast::snmp
