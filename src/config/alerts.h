// Who is told of state changes beside scripts and FIFOs: mail addresses, webhooks, commands.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/items.h"

namespace holdfast::config {

// `ops@example.org` or `Name <ops@example.org>`.
struct Mailbox {
    std::string display;  // may be empty
    std::string address;  // printable ASCII without blanks and brackets: fit for an SMTP command
    bool operator==(const Mailbox&) const = default;
};
std::optional<Mailbox> parse_mailbox(std::string_view text);

// alert_webhook.
struct Webhook {
    std::string url;
    std::string key_file;  // empty: not signed
    std::optional<Duration> timeout;
    bool insecure = false;
    Origin place;
    bool operator==(const Webhook&) const = default;
};
// What is wrong with the URL of a webhook; nothing: it will do.
std::optional<std::string> fault_of_webhook(const std::string& url);
// Scheme, host and port: the rest of a URL may be secret and is never logged.
std::string public_part(std::string_view url);

// alert_command.
struct AlertCommand {
    Script command;
    Origin place;
    bool operator==(const AlertCommand&) const = default;
};

}  // namespace holdfast::config
