#include "core/configuration.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <iostream>

#include "os/log.h"
#include "os/pages.h"
#include "os/unique_fd.h"
#include "system/system_files.h"
#include "system/system_host.h"

namespace holdfast::core {

namespace {

constexpr int status_configuration = 2;
constexpr int status_files = 6;
constexpr int status_namespace = 4;  // of -t: like an interface that is not there

Result<void> enter_namespace(const std::string& name) {
    const std::string path = "/run/netns/" + name;
    const os::UniqueFd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return Error::system("open network namespace " + name + " (" + path + ")");
    if (setns(fd.get(), CLONE_NEWNET) != 0)
        return Error::system("enter network namespace " + name + "; it takes CAP_SYS_ADMIN");
    return {};
}

config::ParseOptions parse_options_for(const Options& options) {
    config::ParseOptions parse;
    parse.strict = options.strict_config;
    parse.read.config_id = options.config_id;
    if (parse.read.config_id.empty()) {
        const std::string host = system::SystemHost{}.host_name();
        parse.read.config_id = host.substr(0, host.find('.'));
    }
    if (options.all_config) parse.read.include_check = config::IncludeCheck::all();
    parse.read.random_seed = static_cast<std::uint32_t>(std::time(nullptr));
    return parse;
}

config::Parsed parse(const Options& options, const std::string& path) {
    system::SystemFiles files;
    return config::parse_file(files, path, system::SystemHost{}, parse_options_for(options));
}

int write_findings(const config::Diagnostics& diagnostics, const std::string& file) {
    std::string text;
    for (const config::Diagnostic& finding : diagnostics.all())
        text += diagnostics.render(finding);
    if (file.empty()) {
        std::cerr << text;
        return 0;
    }
    const os::UniqueFd fd{open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        std::cerr << "cannot write findings to " << file << ": " << std::strerror(errno) << "\n";
        return 1;
    }
    return 0;
}

}  // namespace

std::string configuration_path(const Options& options) {
    if (!options.configuration_file.empty()) return options.configuration_file;
    return system::usual_configuration(options.as_keepalived);
}

Result<config::Parsed> read_configuration(const Options& options, const std::string& path) {
    if (!options.net_namespace.empty()) {
        if (auto entered = enter_namespace(options.net_namespace); !entered)
            return std::move(entered).error();
        return parse(options, path);
    }
    config::Parsed parsed = parse(options, path);
    if (!parsed.config.net_namespace) return parsed;
    if (auto entered = enter_namespace(*parsed.config.net_namespace); !entered)
        return std::move(entered).error();
    return parse(options, path);  // interfaces are those of the namespace
}

config::Parsed read_configuration_again(const Options& options, const std::string& path) {
    return parse(options, path);
}

config::Parsed read_consolidated(const Options& options, std::string text) {
    config::Parsed parsed =
        config::parse_consolidated(text, system::SystemHost{}, parse_options_for(options));
    if (parsed.consolidated.empty()) parsed.consolidated = std::move(text);
    return parsed;
}

Result<config::Parsed> read_configuration_in_force(const Options& options, int text_fd) {
    auto text = os::read_text(text_fd);
    if (!text) return std::move(text).error();
    config::Parsed parsed = read_consolidated(options, *text);
    const std::string name =
        options.net_namespace.empty() ? parsed.config.net_namespace.value_or("") : options.net_namespace;
    if (name.empty()) return parsed;
    if (auto entered = enter_namespace(name); !entered) return std::move(entered).error();
    return read_consolidated(options, std::move(*text));
}

std::string refused_change(const config::Config& before, const config::Config& after,
                           const Options& options) {
    const auto change = [](const char* keyword, const config::Setting<std::string>& from,
                           const config::Setting<std::string>& to) {
        return std::string{keyword} + " cannot change from " + from.value_or("none") + " to " +
               to.value_or("none") + " without a restart";
    };
    if (options.net_namespace.empty() && before.net_namespace != after.net_namespace)
        return change("net_namespace", before.net_namespace, after.net_namespace);
    if (before.instance != after.instance) return change("instance", before.instance, after.instance);
    return {};
}

void log_findings(const config::Diagnostics& diagnostics) {
    for (const config::Diagnostic& finding : diagnostics.all()) {
        const bool notice = finding.rank == config::Class::notice;
        os::log(notice ? os::Level::info : os::Level::warning, diagnostics.render_short(finding));
    }
    if (const std::size_t count = diagnostics.count(); count > 0)
        os::log(os::Level::warning,
                std::to_string(count) + (count == 1 ? " finding" : " findings") +
                    " in the configuration; `holdfast check` shows each with its line",
                {{"FINDINGS", std::to_string(count)}});
}

int refusal(const config::Diagnostics& diagnostics, const Options& options) {
    if (options.strict_config && diagnostics.count() > 0) return status_configuration;
    if (!diagnostics.stops()) return 0;
    for (const config::Diagnostic& finding : diagnostics.all())
        if (finding.consequence == config::Consequence::stops &&
            finding.rank == config::Class::file_not_found)
            return status_files;
    return status_configuration;
}

int test_configuration(const Options& options) {
    const std::string path = configuration_path(options);
    const bool is_pattern = path.find_first_of("*?[{") != std::string::npos;
    if (!is_pattern && access(path.c_str(), F_OK) != 0) {
        std::cerr << path << ": there is no such configuration file\n";
        return options.all_config ? 4 : 0;
    }
    auto parsed = read_configuration(options, path);
    int status = 0;
    if (!parsed) {
        // The namespace cannot be entered: the text can be judged all the same.
        std::cerr << parsed.error().text() << "\n";
        parsed = parse(options, path);
        status = status_namespace;
    }
    if (const int failed = write_findings(parsed->diagnostics, options.test_file); failed != 0) return failed;
    return std::max(status, parsed->diagnostics.test_status());
}

}  // namespace holdfast::core
