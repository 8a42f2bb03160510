#include "core/parent_dump.h"

#include <fmt/format.h>
#include <sys/types.h>

#include <iterator>

#include "os/small_files.h"
#include "plan/access.h"
#include "plan/dumps.h"
#include "system/system_host.h"

namespace holdfast::core {

namespace {

using Out = std::back_insert_iterator<std::string>;

std::string_view on_or_unset(const config::Setting<bool>& setting) {
    return !setting ? "unset" : *setting ? "on" : "off";
}

void write_mail(Out out, const config::GlobalDefs& global) {
    if (global.smtp_server)
        fmt::format_to(out, " SMTP server = {}\n SMTP server port = {}\n", *global.smtp_server,
                       global.smtp_port.value_or(25));
    if (global.smtp_helo_name) fmt::format_to(out, " SMTP HELO name = {}\n", *global.smtp_helo_name);
    if (global.smtp_connect_timeout)
        fmt::format_to(out, " SMTP server connection timeout = {:g}\n",
                       std::chrono::duration<double>(*global.smtp_connect_timeout).count());
    if (global.notification_email_from)
        fmt::format_to(out, " Email notification from = {}\n", *global.notification_email_from);
    for (const config::Named& recipient : global.notification_email)
        fmt::format_to(out, " Email notification = {}\n", recipient.name);
    fmt::format_to(out, " Default smtp_alert = {}\n Default smtp_alert_vrrp = {}\n",
                   on_or_unset(global.smtp_alert), on_or_unset(global.smtp_alert_vrrp));
}

std::string text_of(const config::Config& config, const Options& options, mode_t umask) {
    const config::GlobalDefs& global = config.global;
    std::string text;
    const Out out{text};
    fmt::format_to(
        out, "------< Global definitions >------\n Network namespace = {}\n",
        config.net_namespace.value_or(options.net_namespace.empty() ? "(default)" : options.net_namespace));
    if (config.instance) fmt::format_to(out, " Instance name = {}\n", *config.instance);
    fmt::format_to(out, " Router ID = {}\n", global.router_id.value_or(system::SystemHost{}.host_name()));
    write_mail(out, global);
    fmt::format_to(out, " VRRP default protocol version = {}\n", global.vrrp_version.value_or(2));
    fmt::format_to(out, " VRRP strict mode = {}\n", global.vrrp_strict.value_or(false));
    fmt::format_to(out, " SNMP vrrp {}\n SNMP traps {}\n",
                   options.snmp || global.enable_snmp_vrrp.value_or(false) ? "enabled" : "disabled",
                   global.enable_traps.value_or(false) ? "enabled" : "disabled");
    fmt::format_to(out, " Script security {}\n",
                   global.enable_script_security.value_or(false) ? "enabled" : "disabled");
    fmt::format_to(out, " umask = {:04o}\n", umask);
    return text;
}

}  // namespace

Result<void> write_parent_dump(const config::Config& config, const Options& options,
                               const std::string& runtime_directory) {
    const mode_t umask = plan::plan_umask(config.global, options.umask);
    const std::string path =
        plan::dump_path(plan::DumpFile::parent_data,
                        {.directory = options.as_keepalived ? os::temporary_directory() : runtime_directory,
                         .state_dump_file = config.global.state_dump_file.value_or(""),
                         .has_instance_part = config.global.data_use_instance.value_or(false),
                         .net_namespace = config.net_namespace.value_or(options.net_namespace),
                         .instance = config.instance.value_or("")});
    return os::replace_file(path, text_of(config, options, umask),
                            {.mode = static_cast<mode_t>(0666 & ~umask), .group = {}});
}

}  // namespace holdfast::core
