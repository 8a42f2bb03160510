#include "monitor/http.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace holdfast::monitor::http {

namespace {

bool is_token(std::string_view text) {
    const auto belongs = [](char character) {
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
               (character >= 'A' && character <= 'Z') ||
               std::string_view{"!#$%&'*+-.^_`|~"}.find(character) != std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), belongs);
}

// Of a header field: no control character but the tabulator.
bool is_field_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    });
}

bool is_target(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte > 0x20 && byte < 0x7f;
    });
}

std::string_view trimmed(std::string_view text) {
    const auto is_blank = [](char character) { return character == ' ' || character == '\t'; };
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

bool same_word(std::string_view left, std::string_view right) {
    const auto lower = [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char one, char other) { return lower(one) == lower(other); });
}

// Up to the separator, which is taken away, too.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return first;
}

// A line without its end, which may lack the carriage return (RFC 9112 section 2.2).
std::string_view take_line(std::string_view& text) {
    std::string_view line = take(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// "0.75" as 750; nothing when it is no weight (RFC 9110 section 12.4.2).
std::optional<int> weight(std::string_view text) {
    if (text.size() > 5 || (text.size() > 1 && text[1] != '.') || text.empty()) return std::nullopt;
    int value = 0;
    for (std::size_t at = 0; at < 5; ++at) {
        if (at == 1) continue;
        const char digit = at < text.size() ? text[at] : '0';
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + (digit - '0');
    }
    return value <= 1000 ? std::optional{value} : std::nullopt;
}

// The weights that Accept fields give to what there is.
class Preferences {
public:
    void add(std::string_view accept) {
        while (!accept.empty())
            add_range(take(accept, ','));
    }
    bool openmetrics() const { return openmetrics_ > 0 && openmetrics_ >= text_; }

private:
    void add_range(std::string_view range) {
        const std::string_view type = trimmed(take(range, ';'));
        int weight_of_range = 1000;
        bool is_ours = true;  // as far as its version goes
        while (!range.empty()) {
            std::string_view parameter = trimmed(take(range, ';'));
            const std::string_view name = trimmed(take(parameter, '='));
            if (same_word(name, "q"))
                weight_of_range = weight(trimmed(parameter)).value_or(0);
            else if (same_word(name, "version"))
                is_ours = trimmed(parameter) == "1.0.0";
        }
        if (same_word(type, "application/openmetrics-text")) {
            if (is_ours) openmetrics_ = std::max(openmetrics_, weight_of_range);
        } else if (same_word(type, "text/plain") || type == "text/*" || type == "*/*") {
            text_ = std::max(text_, weight_of_range);
        }
    }

    int openmetrics_ = 0;
    int text_ = 0;
};

Reading refused(const Status& status, std::string why) {
    return {.request = {}, .status = status, .why = std::move(why)};
}

// The path of "/metrics?x=y", or of "http://host/metrics".
std::string_view path_of(std::string_view target) {
    constexpr std::string_view scheme = "http://";
    if (target.size() > scheme.size() && same_word(target.substr(0, scheme.size()), scheme)) {
        const std::size_t slash = target.find('/', scheme.size());
        target = slash == std::string_view::npos ? std::string_view{"/"} : target.substr(slash);
    }
    return target.substr(0, target.find_first_of("?#"));
}

// Reads a whole one, that is, one with the empty line behind the header.
Reading read_whole(std::string_view said) {
    std::string_view line = take_line(said);
    const std::string_view method = take(line, ' ');
    const std::string_view target = take(line, ' ');
    const std::string_view version = line;
    if (!is_token(method) || !is_target(target) || version.size() != 8 || !version.starts_with("HTTP/") ||
        version[6] != '.')
        return refused(bad_request, "this is no request");
    if (version[5] != '1' || (version[7] != '0' && version[7] != '1'))
        return refused(other_version, "HTTP/1.1 and HTTP/1.0 are understood");
    Preferences preferences;
    int hosts = 0;
    for (;;) {
        std::string_view field = take_line(said);
        if (field.empty()) break;
        if (field.find(':') == std::string_view::npos)
            return refused(bad_request, "a header field has no colon");
        const std::string_view name = take(field, ':');
        if (!is_token(name) || !is_field_value(field))
            return refused(bad_request, "a header field cannot be read");
        if (same_word(name, "host")) ++hosts;
        if (same_word(name, "accept")) preferences.add(field);
    }
    if (hosts > 1 || (hosts == 0 && version.back() == '1'))
        return refused(bad_request, "a request names one host");
    if (method != "GET" && method != "HEAD") return refused(not_allowed, "GET and HEAD are understood");
    return {.request = Request{.method = method == "GET" ? Method::get : Method::head,
                               .path = std::string{path_of(target)},
                               .openmetrics = preferences.openmetrics()},
            .status = {},
            .why = {}};
}

}  // namespace

std::optional<Reading> read(std::string_view said) {
    while (said.starts_with("\r\n") || said.starts_with("\n"))  // RFC 9112 section 2.2
        take_line(said);
    const std::size_t end = std::min(said.find("\n\r\n"), said.find("\n\n"));
    if (end != std::string_view::npos) return read_whole(said);
    if (said.size() >= longest_request) return refused(too_large, "a request has at most 8192 bytes");
    // Nobody waits for the rest of what is no request.
    const std::string_view method = said.substr(0, said.find(' '));
    if (!method.empty() && !is_token(method)) return refused(bad_request, "this is no request");
    return std::nullopt;
}

std::string head(const Status& status, std::string_view content_type, std::size_t size) {
    std::string text = "HTTP/1.1 " + std::to_string(status.code) + " ";
    text.append(status.reason).append("\r\nContent-Type: ").append(content_type);
    text.append("\r\nContent-Length: ").append(std::to_string(size));
    if (status.code == not_allowed.code) text.append("\r\nAllow: GET, HEAD");
    return text.append("\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
}

}  // namespace holdfast::monitor::http
