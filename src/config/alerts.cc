#include "config/alerts.h"

#include <algorithm>

namespace holdfast::config {

namespace {

constexpr std::size_t longest_address = 254;  // RFC 5321 section 4.5.3.1, as corrected
constexpr std::size_t longest_display = 128;
constexpr std::size_t longest_url = 2000;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool is_graphic(char character) {
    return character > 0x20 && character < 0x7f;
}

bool is_address(std::string_view text) {
    if (text.empty() || text.size() > longest_address) return false;
    return std::all_of(text.begin(), text.end(), [](char character) {
        return is_graphic(character) && std::string_view{"<>,;\"\\()"}.find(character) == std::string::npos;
    });
}

bool is_display(std::string_view text) {
    return text.size() <= longest_display && std::none_of(text.begin(), text.end(), [](char character) {
               const auto byte = static_cast<unsigned char>(character);
               return byte < 0x20 || byte == 0x7f;
           });
}

}  // namespace

std::optional<Mailbox> parse_mailbox(std::string_view text) {
    text = trimmed(text);
    std::string_view display;
    if (const auto open = text.find('<'); open != std::string_view::npos) {
        if (text.back() != '>') return std::nullopt;
        display = trimmed(text.substr(0, open));
        if (display.size() > 1 && display.front() == '"' && display.back() == '"')
            display = display.substr(1, display.size() - 2);
        text = text.substr(open + 1, text.size() - open - 2);
    }
    if (!is_address(text) || !is_display(display)) return std::nullopt;
    return Mailbox{.display = std::string{display}, .address = std::string{text}};
}

std::optional<std::string> fault_of_webhook(const std::string& url) {
    const std::string scheme = url.starts_with("https://") ? "https://" : "http://";
    const bool good = url.starts_with(scheme) && url.size() > scheme.size() && url[scheme.size()] != '/' &&
                      url.size() <= longest_url && std::all_of(url.begin(), url.end(), is_graphic);
    if (good) return std::nullopt;
    return "a URL that begins with https:// or http://, without blanks, of at most " +
           std::to_string(longest_url) + " characters";
}

std::string public_part(std::string_view url) {
    const auto slashes = url.find("://");
    const std::size_t begin = slashes == std::string_view::npos ? 0 : slashes + 3;
    std::string_view host = url.substr(begin, url.find_first_of("/?#", begin) - begin);
    if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
    return std::string{url.substr(0, begin)} + std::string{host};
}

}  // namespace holdfast::config
