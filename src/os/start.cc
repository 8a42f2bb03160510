#include "os/start.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <variant>
#include <vector>

#include "base/names.h"

namespace holdfast::os {

namespace {

// One row per field: written and read by the same table. Fields are parted by 0x1f, which no path may contain
// here.
constexpr char separator = '\x1f';

struct Field {
    std::string_view name;
    std::variant<int StartMessage::*, bool StartMessage::*, unsigned StartMessage::*,
                 std::string StartMessage::*, std::vector<int> StartMessage::*, Level StartMessage::*>
        where;
};

const std::vector<Field>& fields() {
    static const std::vector<Field> all{
        {"configuration_fd", &StartMessage::configuration_fd},
        {"core_fd", &StartMessage::core_fd},
        {"peer_fd", &StartMessage::peer_fd},
        {"page_fd", &StartMessage::page_fd},
        {"adopted_page_fd", &StartMessage::adopted_page_fd},
        {"adopted_configuration_fd", &StartMessage::adopted_configuration_fd},
        {"status_fd", &StartMessage::status_fd},
        {"checks_fd", &StartMessage::checks_fd},
        {"adopted_status_fd", &StartMessage::adopted_status_fd},
        {"listener_fd", &StartMessage::listener_fd},
        {"metrics_fds", &StartMessage::metrics_fds},
        {"ledger_fd", &StartMessage::ledger_fd},
        {"passing_fd", &StartMessage::passing_fd},
        {"snmp_everything", &StartMessage::snmp_everything},
        {"snmp_agent", &StartMessage::snmp_agent},
        {"dbus_name", &StartMessage::dbus_name},
        {"dbus_no_link", &StartMessage::dbus_no_link},
        {"dbus_news", &StartMessage::dbus_news},
        {"core_pid", &StartMessage::core_pid},
        {"beat_us", &StartMessage::beat_us},
        {"reload", &StartMessage::reload},
        {"log_level", &StartMessage::log_level},
        {"log_console", &StartMessage::log_console},
        {"log_system", &StartMessage::log_system},
        {"log_facility", &StartMessage::log_facility},
        {"log_file", &StartMessage::log_file},
        {"keep_addresses", &StartMessage::keep_addresses},
        {"release_foreign", &StartMessage::release_foreign},
        {"watch_addresses", &StartMessage::watch_addresses},
        {"as_keepalived", &StartMessage::as_keepalived},
        {"process_name", &StartMessage::process_name},
        {"configuration_path", &StartMessage::configuration_path},
        {"config_id", &StartMessage::config_id},
        {"runtime_directory", &StartMessage::runtime_directory},
        {"state_directory", &StartMessage::state_directory},
        {"instance", &StartMessage::instance},
        {"net_namespace", &StartMessage::net_namespace},
        {"umask", &StartMessage::umask},
    };
    return all;
}

template <class Number>
bool parse(std::string_view text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

// Parted by commas.
bool parse(std::string_view text, std::vector<int>& values) {
    values.clear();
    while (!text.empty()) {
        const std::string_view number = text.substr(0, text.find(','));
        text.remove_prefix(std::min(number.size() + 1, text.size()));
        if (!parse(number, values.emplace_back())) return false;
    }
    return true;
}

std::string text_of(const std::vector<int>& values) {
    std::string text;
    for (const int value : values)
        text += (text.empty() ? "" : ",") + std::to_string(value);
    return text;
}

bool set(StartMessage& message, std::string_view name, std::string_view value) {
    for (const Field& field : fields()) {
        if (field.name != name) continue;
        return std::visit(
            Overloaded{
                [&](int StartMessage::*where) { return parse(value, message.*where); },
                [&](unsigned StartMessage::*where) { return parse(value, message.*where); },
                [&](std::vector<int> StartMessage::*where) { return parse(value, message.*where); },
                [&](bool StartMessage::*where) {
                    message.*where = value == "1";
                    return value == "0" || value == "1";
                },
                [&](Level StartMessage::*where) {
                    const auto level = value_named<Level>(value);
                    if (level) message.*where = *level;
                    return level.has_value();
                },
                [&](std::string StartMessage::*where) {
                    message.*where = value;
                    return true;
                },
            },
            field.where);
    }
    return false;
}

}  // namespace

std::vector<int> descriptors_of(const StartMessage& message) {
    std::vector<int> all{message.metrics_fds};
    for (const int fd :
         {message.configuration_fd, message.core_fd, message.peer_fd, message.page_fd,
          message.adopted_configuration_fd, message.adopted_page_fd, message.status_fd, message.checks_fd,
          message.adopted_status_fd, message.listener_fd, message.ledger_fd, message.passing_fd})
        if (fd >= 0) all.push_back(fd);
    return all;
}

std::string encode(const StartMessage& message) {
    std::string text;
    for (const Field& field : fields()) {
        if (!text.empty()) text += separator;
        text += std::string{field.name} + "=";
        text +=
            std::visit(Overloaded{
                           [&](std::string StartMessage::*where) { return message.*where; },
                           [&](std::vector<int> StartMessage::*where) { return text_of(message.*where); },
                           [&](Level StartMessage::*where) { return std::string{name_of(message.*where)}; },
                           [&](auto where) { return std::to_string(message.*where); },
                       },
                       field.where);
    }
    return text;
}

Result<StartMessage> take_start_message() {
    const char* given = std::getenv(start_variable);
    if (given == nullptr) return Error::invalid("this program is started by holdfastd, not by hand");
    const std::string text{given};
    unsetenv(start_variable);
    StartMessage message;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view entry = rest.substr(0, rest.find(separator));
        rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
        const std::size_t equals = entry.find('=');
        if (equals == std::string_view::npos ||
            !set(message, entry.substr(0, equals), entry.substr(equals + 1)))
            return Error::invalid("cannot understand how holdfastd started this program: " +
                                  std::string{entry});
    }
    for (const int fd : descriptors_of(message))
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return Error::system("keep a descriptor from holdfastd");
    return message;
}

}  // namespace holdfast::os
