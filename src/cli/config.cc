#include "cli/config.h"

#include <cerrno>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/command_line.h"
#include "cli/hosts.h"
#include "cli/status.h"
#include "config/dump.h"
#include "config/parse.h"
#include "os/control.h"
#include "os/pages.h"
#include "plan/plan.h"
#include "status/document.h"

namespace holdfast::cli {

namespace {

using config::Config;
using config::DumpLine;
using Json = nlohmann::ordered_json;

std::string number(int value) {
    return std::to_string(value);
}

std::string seconds(Duration value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", std::chrono::duration<double>(value).count());
    return text;
}

std::string on(bool value) {
    return value ? "on" : "off";
}

// What an instance runs by, in the words that it could be written in.
class InForce {
public:
    explicit InForce(const Config& config)
        : plan_{plan::make_plan(config, {.host_name = system::SystemHost{}.host_name()})} {
        for (std::size_t at = 0; at < plan_.engine.routers.size(); ++at)
            by_name_.emplace(plan_.engine.routers[at].name, at);
    }

    std::optional<std::string> operator()(const config::Instance& instance, std::string_view keyword) const {
        const auto found = by_name_.find(instance.name);
        if (found == by_name_.end()) return std::nullopt;
        const engine::RouterSettings& router = plan_.engine.routers[found->second];
        const plan::RouterPlan& planned = plan_.routers[found->second];
        if (keyword == "unicast_ttl")
            return planned.unicast_ttl ? std::optional{number(*planned.unicast_ttl)} : std::nullopt;
        if (keyword == "mcast_dst_ip")
            return router.unicast ? std::nullopt : std::optional{router.group.text()};
        if (keyword == "notify_priority_changes") return on(planned.notify.reports_priority);
        if (keyword == "smtp_alert") return on(planned.notify.mails);
        for (const auto& [name, value] : rows)
            if (name == keyword) return value(router);
        return std::nullopt;
    }

private:
    using Router = engine::RouterSettings;
    struct Row {
        std::string_view keyword;
        std::string (*value)(const Router&);
    };
    static constexpr Row rows[] = {
        {"state", [](const Router& one) { return std::string{one.starts_active ? "MASTER" : "BACKUP"}; }},
        {"version", [](const Router& one) { return number(static_cast<int>(one.version)); }},
        {"priority", [](const Router& one) { return number(one.priority.wire()); }},
        {"advert_int", [](const Router& one) { return seconds(one.advert_interval); }},
        {"preempt_delay", [](const Router& one) { return seconds(one.preempt_delay); }},
        {"down_timer_adverts", [](const Router& one) { return number(one.down_timer_adverts); }},
        {"garp_master_repeat", [](const Router& one) { return number(one.announce.repeat); }},
        {"garp_master_delay", [](const Router& one) { return seconds(one.announce.delay); }},
        {"garp_master_refresh", [](const Router& one) { return seconds(one.announce.refresh); }},
        {"garp_master_refresh_repeat", [](const Router& one) { return number(one.announce.refresh_repeat); }},
        {"garp_lower_prio_repeat",
         [](const Router& one) { return number(one.announce.lower_priority_repeat); }},
        {"garp_lower_prio_delay",
         [](const Router& one) { return seconds(one.announce.lower_priority_delay); }},
        {"lower_prio_no_advert", [](const Router& one) { return on(!one.answers_lower_priority); }},
        {"higher_prio_send_advert", [](const Router& one) { return on(one.advert_before_yielding); }},
        {"owner_ignore_adverts", [](const Router& one) { return on(one.owner_ignores_adverts); }},
        {"check_unicast_src", [](const Router& one) { return on(one.only_from_peers); }},
        {"v3_checksum_as_v2", [](const Router& one) { return on(one.checksum_without_pseudo_header); }},
        {"skip_check_adv_addr", [](const Router& one) { return on(one.skip_address_check); }},
    };

    plan::Plan plan_;
    std::map<std::string, std::size_t> by_name_;
};

std::vector<DumpLine> lines_of(const Config& config) {
    return dump_lines(config, {.hides_secrets = true, .fills_in = true, .in_force = InForce{config}});
}

Json json_of(const std::vector<DumpLine>& lines, std::size_t& at) {
    Json settings = Json::array();
    for (; at < lines.size() && !lines[at].closes; ++at) {
        const DumpLine& line = lines[at];
        const bool described = line.source == DumpLine::Source::described;
        const std::size_t end = line.text.find(described ? ':' : ' ');
        const std::string value =
            end == std::string::npos
                ? ""
                : line.text.substr(std::min(end + (described ? 2 : 1), line.text.size()));
        Json setting{{"keyword", line.text.substr(0, end)},
                     {"value", described ? Json{} : Json(value)},
                     {"source", line.source == DumpLine::Source::file ? "file" : "default"}};
        if (described) setting["described"] = value;
        if (!line.in_force.empty()) setting["in_force"] = line.in_force;
        if (line.opens) setting["settings"] = json_of(lines, ++at);
        settings.push_back(std::move(setting));
    }
    return settings;
}

int fail(const std::string& directory, const Error& error, Terminal& terminal) {
    terminal.err << "holdfast config: " << error.text() << "\n";
    if (error.error_number() == EACCES) {
        terminal.err << "Only root may ask for the configuration: it holds secrets.\n";
        return not_permitted;
    }
    if (error.error_number() == 0) return 1;
    terminal.err << "Is holdfastd running, with this runtime directory (" << directory
                 << ")? `holdfast dump FILE` shows what a file says.\n";
    return not_running;
}

}  // namespace

Result<Config> running_config(const std::string& runtime_directory) {
    const auto descriptor = os::ask_for_configuration(runtime_directory);
    if (!descriptor) return descriptor.error();
    auto text = os::read_text(descriptor->get());
    if (!text) return std::move(text).error();
    // Its interfaces are those of the daemon, which has judged them.
    return config::parse_consolidated(std::move(*text), OtherNamespace{}, {}).config;
}

std::string config_text(const Config& config) {
    std::string text;
    for (const DumpLine& line : lines_of(config)) {
        text.append(line.depth * 4, ' ');
        if (line.source == DumpLine::Source::described) text += "# ";
        text += line.closes ? "}" : line.text;
        if (line.opens) text += line.text.empty() ? "{" : " {";
        if (line.source == DumpLine::Source::preset) text += "    # default";
        if (line.source == DumpLine::Source::described) text += " (default)";
        if (!line.in_force.empty()) text += "    # in force: " + line.in_force;
        text += '\n';
    }
    return text;
}

std::string config_json(const Config& config) {
    const std::vector<DumpLine> lines = lines_of(config);
    std::size_t at = 0;
    Json settings = Json::array();
    while (at < lines.size()) {
        for (Json& one : json_of(lines, at))
            settings.push_back(std::move(one));
        if (at < lines.size()) ++at;
    }
    const Json document{{"schema", status::document_schema}, {"settings", std::move(settings)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int show_config(const std::vector<std::string>& arguments, Terminal& terminal) {
    std::string directory;
    bool json = false;
    CommandLine line{"config", "[OPTION...]",
                     "The configuration that the running daemon goes by, one setting a line, with what holds "
                     "where\nnothing was written. Secrets are hidden. For root."};
    line.json(json).runtime_directory(directory);
    if (const auto status = line.read(arguments, terminal)) return *status;
    const auto running = running_config(directory);
    if (!running) return fail(directory, running.error(), terminal);
    terminal.out << (json ? config_json(*running) : config_text(*running));
    return 0;
}

}  // namespace holdfast::cli
