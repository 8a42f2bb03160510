// Values back to words, for dumps, and grammars in words, for the manual.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/names.h"
#include "config/values.h"
#include "config/values_private.h"

namespace holdfast::config {

namespace {

using Texts = std::vector<std::string>;

std::string locator_text(std::uint64_t locator) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) {
        text.push_back(digits[(locator >> shift) & 15]);
        if (shift % 16 == 0 && shift != 0) text.push_back(':');
    }
    return text;
}

std::string hex_text(std::int64_t value) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), digits[static_cast<std::size_t>(value & 15)]);
        value >>= 4;
    } while (value != 0);
    return "0x" + text;
}

Texts number_words(const Argument& argument, std::int64_t number) {
    switch (argument.kind) {
        case Kind::constant:
            return {};
        case Kind::choice:
        case Kind::any_case_choice: {
            const auto choices = split_range(argument.range);
            const auto index = static_cast<std::size_t>(number);
            if (index >= choices.size()) return {};  // an optional choice that was not made
            return {std::string{choices[index]}};
        }
        case Kind::locator:
            return {locator_text(static_cast<std::uint64_t>(number))};
        default:
            return {std::to_string(number)};
    }
}

Texts duration_words(const Argument& argument, Duration duration) {
    if (argument.kind != Kind::ms_decimal) return {seconds_text(duration)};
    return {seconds_text(duration * 1000)};
}

Texts with_optional(std::string first, const std::string& second, const std::string& third) {
    Texts texts{std::move(first)};
    if (!second.empty()) texts.push_back(second);
    if (!second.empty() && !third.empty()) texts.push_back(third);
    return texts;
}

Texts route_target_words(const RouteTarget& target) {
    static constexpr std::array<std::string_view, 11> types{
        "",          "unicast",     "local",    "broadcast", "anycast", "multicast",
        "blackhole", "unreachable", "prohibit", "throw",     "nat"};
    Texts texts;
    if (target.type != 1 && target.type < types.size()) texts.emplace_back(types[target.type]);
    texts.push_back(target.prefix.text());
    return texts;
}

Texts broadcast_words(const Broadcast& broadcast) {
    if (broadcast.kind == BroadcastKind::host_bits_set) return {"+"};
    if (broadcast.kind == BroadcastKind::host_bits_clear) return {"-"};
    return {broadcast.address.text()};
}

Texts buffer_words(const ReceiveBuffers& buffers) {
    if (buffers.policy == ReceiveBuffers::Policy::mtu) return {"MTU"};
    if (buffers.policy == ReceiveBuffers::Policy::advert) return {"ADVERT"};
    return {std::to_string(buffers.bytes)};
}

Texts list_words(const Argument& argument, const std::vector<std::uint32_t>& numbers) {
    if (argument.kind != Kind::mpls_labels) {
        Texts texts;
        for (const auto number : numbers)
            texts.push_back(std::to_string(number));
        return texts;
    }
    std::string stack;
    for (const auto number : numbers)
        stack += (stack.empty() ? "" : "/") + std::to_string(number);
    return {stack};
}

Texts metric_words(const RouteMetric& metric) {
    Texts texts;
    if (metric.locked) texts.emplace_back("lock");
    texts.push_back(std::to_string(metric.value));
    return texts;
}

Texts mark_words(const Mark& mark) {
    std::string text = hex_text(mark.value);
    if (mark.mask) text += "/" + hex_text(*mark.mask);
    return {text};
}

// Script words are split with single quotes too, so pieces with a double quote inside are put in those.
std::string quoted_script(std::string_view text) {
    std::string result;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const char wanted = c == '"' ? '\'' : '"';
        if (quote != wanted) {
            if (quote != 0) result.push_back(quote);
            result.push_back(wanted);
            quote = wanted;
        }
        result.push_back(c);
        if (c == '\\' && i + 1 < text.size()) result.push_back(text[++i]);
    }
    if (quote == 0) return "\"\"";
    result.push_back(quote);
    return result;
}

}  // namespace

std::vector<std::string> write_value(const Argument& argument, const Value& value) {
    return std::visit(
        Overloaded{
            [&](bool on) -> Texts {
                if (argument.kind == Kind::choice || argument.kind == Kind::integer)
                    return number_words(argument, on ? 1 : 0);
                if (argument.kind == Kind::constant) return {};
                return {on ? "on" : "off"};
            },
            [&](std::int64_t number) { return number_words(argument, number); },
            [&](Duration duration) { return duration_words(argument, duration); },
            [](const std::string& text) { return Texts{quoted_word(text)}; },
            [](const IpAddress& address) { return Texts{address.text()}; },
            [](const Prefix& prefix) { return Texts{prefix.text()}; },
            [](const Script& script) {
                return with_optional(quoted_script(script.command), script.user, script.group);
            },
            [](const ScriptUser& user) { return with_optional(user.user, user.group, {}); },
            [](const Fifo& fifo) { return with_optional(quoted_word(fifo.path), fifo.user, fifo.group); },
            [](const Texts& texts) {
                Texts quoted;
                for (const auto& text : texts)
                    quoted.push_back(quoted_word(text));
                return quoted;
            },
            [&](const std::vector<std::uint32_t>& numbers) { return list_words(argument, numbers); },
            [](const RouteMetric& metric) { return metric_words(metric); },
            [](const Realms& realms) {
                return Texts{std::to_string(realms.source) + "/" + std::to_string(realms.destination)};
            },
            [](const NumberRange& range) {
                return Texts{std::to_string(range.first) + "-" + std::to_string(range.last)};
            },
            [](const Lifetime& lifetime) {
                return Texts{lifetime.forever ? "forever" : std::to_string(lifetime.seconds)};
            },
            [](const ReceiveBuffers& buffers) { return buffer_words(buffers); },
            [](const RouteTarget& target) { return route_target_words(target); },
            [](const Selector& selector) { return Texts{selector.prefix.text()}; },
            [](const Broadcast& broadcast) { return broadcast_words(broadcast); },
            [](const Mark& mark) { return mark_words(mark); },
            [](const std::vector<Named>& names) {
                Texts texts;
                for (const auto& name : names)
                    texts.push_back(quoted_word(name.name));
                return texts;
            },
        },
        value);
}

std::string quoted_word(std::string_view word) {
    constexpr std::string_view plain = "_./:+,=%^*?<>-";
    const bool bare = !word.empty() && std::all_of(word.begin(), word.end(), [&](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || plain.find(c) != std::string_view::npos;
    });
    if (bare) return std::string{word};
    return "\"" + std::string{word} + "\"";
}

namespace {

std::string kind_text(const Argument& argument) {
    const std::string range{argument.range};
    switch (argument.kind) {
        case Kind::constant:
            return {};
        case Kind::boolean:
            return "BOOL";
        case Kind::integer:
        case Kind::number:
            return range.empty() ? "N" : range;
        case Kind::seconds:
            return "SECS " + range;
        case Kind::decimal:
        case Kind::milli_decimal:
            return "TIMER " + range;
        case Kind::ms_decimal:
            return "MS " + range;
        case Kind::word:
        case Kind::short_word:
            return range.empty() ? "STRING" : "STRING (max " + range + ")";
        case Kind::rest:
            return "WORD ...";
        case Kind::choice:
        case Kind::any_case_choice: {
            std::string text;
            for (const auto choice : split_range(argument.range))
                text += (text.empty() ? "" : "|") + std::string{choice};
            return text;
        }
        case Kind::defines:
        case Kind::refers:
            return "NAME";
        case Kind::interface:
        case Kind::new_interface:
            return "IFNAME";
        case Kind::address:
            return "IPADDR";
        case Kind::peer_prefix:
        case Kind::prefix:
            return "IPADDR[/LEN]";
        case Kind::selector:
            return "PREFIX|default|any|all";
        case Kind::route_target:
            return "[TYPE] PREFIX";
        case Kind::gateway:
            return "[inet|inet6] IPADDR";
        case Kind::broadcast:
            return "IPADDR|+|-";
        case Kind::script:
            return "SCRIPT [USER [[:]GROUP]]";
        case Kind::command:
            return "SCRIPT";
        case Kind::user:
            return "USER [[:]GROUP]";
        case Kind::group:
            return "GROUP";
        case Kind::fifo:
            return "PATH [USER [GROUP]]";
        case Kind::email:
            return "EMAIL";
        case Kind::hex:
            return "HEX ...";
        case Kind::hmac_key:
            return "hex:DIGITS|file:PATH|TEXT";
        case Kind::process:
            return "NAME [PARAM ...]";
        case Kind::cpus:
            return "CPU ...";
        case Kind::mode_bits:
            return "MODE";
        case Kind::rx_policy:
            return "MTU|ADVERT|BYTES";
        case Kind::include_checks:
            return "[+-]CHECK ...";
        case Kind::status_codes:
            return "N[-M] ...";
        case Kind::persistence_mask:
            return "NETMASK|LEN";
        case Kind::service:
            return "IPADDR [PORT] | fwmark N | group NAME";
        case Kind::service_entry:
            return "IPADDR[-LAST|/LEN] [PORT] | fwmark N [inet|inet6]";
        case Kind::table:
            return "TABLE";
        case Kind::scope:
            return "SCOPE";
        case Kind::route_protocol:
            return "PROTOCOL";
        case Kind::dsfield:
            return "DSFIELD";
        case Kind::interface_group:
            return "GROUP";
        case Kind::ip_protocol:
            return "PROTOCOL";
        case Kind::realms:
            return "[SRC/]DST";
        case Kind::metric:
            return "[lock] N";
        case Kind::time_metric:
            return "[lock] TIME";
        case Kind::locked_word:
            return "[lock] NAME";
        case Kind::lifetime:
            return "SECS|forever";
        case Kind::number_range:
            return "N-M";
        case Kind::mark:
            return "N[/MASK]";
        case Kind::mpls_labels:
            return "LABEL[/LABEL ...]";
        case Kind::locator:
            return "LOCATOR";
        case Kind::router_preference:
            return "low|medium|high|N";
    }
    return {};
}

}  // namespace

std::string grammar_of(const Argument& argument) {
    std::string text = argument.label.empty() ? kind_text(argument) : std::string{argument.label};
    if (argument.optional && !text.empty()) text = "[" + text + "]";
    return text;
}

}  // namespace holdfast::config
