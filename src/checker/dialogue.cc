// MySQL: the client/server protocol, connection phase (protocol version 10). PostgreSQL: frontend/backend
// protocol 3.0. Redis: RESP.
#include "checker/dialogue.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace holdfast::checker {

namespace {

using config::CheckType;

constexpr std::string_view nobody = "holdfast";

Turn failed(const std::string& why) {
    return {.verdict = Result<void>{Error::invalid(why)}, .reply = {}};
}

Turn succeeded(std::string last_words = {}) {
    return {.verdict = Result<void>{}, .reply = std::move(last_words)};
}

Turn incomplete() {
    return {};
}

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

// What may be shown of what a stranger says.
std::string printable(std::string_view text) {
    constexpr std::size_t longest = 200;
    std::string shown{text.substr(0, longest)};
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
    return shown;
}

// --- Redis

Turn redis(std::string_view text) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return incomplete();
    const std::string_view line = text.substr(0, end);
    if (line == "+PONG") return succeeded("QUIT\r\n");
    // It answers, and asks who we are.
    if (line.starts_with("-NOAUTH")) return succeeded();
    return failed("Redis says: " + printable(line));
}

// --- PostgreSQL

std::string startup_message(const std::string& user) {
    std::string body("\0\3\0\0", 4);  // version 3.0
    body += std::string("user\0", 5) + user + '\0' + std::string("database\0postgres\0", 18) + '\0';
    const auto length = static_cast<std::uint32_t>(body.size() + 4);
    std::string message;
    for (const int shift : {24, 16, 8, 0})
        message += static_cast<char>(length >> shift);
    return message + body;
}

// The fields of an ErrorResponse: a letter and a text each.
std::string_view field_of(std::string_view fields, char wanted) {
    while (!fields.empty() && fields.front() != '\0') {
        const std::size_t end = std::min(fields.find('\0'), fields.size());
        if (fields.front() == wanted) return fields.substr(1, end - 1);
        fields.remove_prefix(std::min(end + 1, fields.size()));
    }
    return {};
}

Turn postgresql(std::string_view text, bool must_log_in) {
    if (text.size() < 5) return incomplete();
    std::uint32_t length = 0;
    for (std::size_t at = 1; at < 5; ++at)
        length = length << 8 | byte_at(text, at);
    if (length < 4 || length > Dialogue::most_bytes) return failed("the answer is not PostgreSQL's");
    if (text.size() < length + 1) return incomplete();
    const std::string_view body = text.substr(5, length - 4);
    if (text[0] == 'R') {
        const bool logged_in = body == std::string_view("\0\0\0\0", 4);
        if (must_log_in && !logged_in) return failed("PostgreSQL asks for a password");
        return succeeded(std::string("X\0\0\0\4", 5));
    }
    if (text[0] != 'E') return failed("the answer is not PostgreSQL's");
    const std::string_view state = field_of(body, 'C');
    // Starting up or shutting down; no connection left. Anything else is said by a server that works.
    const bool is_alive = state != "57P03" && state != "57P01" && state != "57P02" && state != "53300";
    if (is_alive && !must_log_in) return succeeded();
    return failed("PostgreSQL says: " + printable(field_of(body, 'M')) + " (" + printable(state) + ")");
}

// --- MySQL

std::string mysql_packet(char sequence, const std::string& body) {
    std::string packet;
    for (const int shift : {0, 8, 16})
        packet += static_cast<char>(body.size() >> shift);
    return packet + sequence + body;
}

// A login without a password. Leaving without one counts as an error of ours, and after a hundred of them
// the server shuts us out.
std::string mysql_login(char sequence, const std::string& user) {
    // Protocol 4.1, secure connection, plugin authentication; largest packet 16 MiB; utf8.
    std::string body("\x00\x82\x08\x00\x00\x00\x00\x01\x21", 9);
    body += std::string(23, '\0') + user + '\0' + '\0' + std::string("mysql_native_password\0", 22);
    return mysql_packet(sequence, body);
}

std::string mysql_error(std::string_view body) {
    std::string_view text = body.substr(std::min<std::size_t>(3, body.size()));
    if (text.starts_with('#')) text.remove_prefix(std::min<std::size_t>(6, text.size()));
    return "MySQL says: " + printable(text);
}

bool is_refusal_of_a_user(std::string_view body) {
    if (body.size() < 3) return false;
    const int number = byte_at(body, 1) | byte_at(body, 2) << 8;
    constexpr std::array refusals{1044, 1045, 1130, 1251, 1698, 1862, 3118, 4151};
    return std::find(refusals.begin(), refusals.end(), number) != refusals.end();
}

Turn mysql(std::string& text, bool& logged_in, const std::string& user) {
    if (text.size() < 5) return incomplete();
    const std::size_t length = byte_at(text, 0) | byte_at(text, 1) << 8 | byte_at(text, 2) << 16;
    if (length == 0 || length > Dialogue::most_bytes) return failed("the answer is not MySQL's");
    if (text.size() < length + 4) return incomplete();
    const auto next = static_cast<char>(byte_at(text, 3) + 1);
    const std::string body = text.substr(4, length);
    text.erase(0, length + 4);
    constexpr std::uint8_t ok = 0;
    constexpr std::uint8_t error = 0xff;
    constexpr std::uint8_t other_method = 0xfe;
    const std::uint8_t kind = byte_at(body, 0);
    if (!logged_in) {
        if (kind == error && user.empty() && is_refusal_of_a_user(body)) return succeeded();  // of our host
        if (kind == error) return failed(mysql_error(body));
        if (kind != 10) return failed("the answer is not MySQL's");
        logged_in = true;
        return {.verdict = {}, .reply = mysql_login(next, user.empty() ? std::string{nobody} : user)};
    }
    if (kind == ok) return succeeded(mysql_packet(0, "\x01"));
    if (kind == other_method) return {.verdict = {}, .reply = mysql_packet(next, "")};
    if (kind != error) return user.empty() ? succeeded() : failed("MySQL asks for a password");
    if (user.empty() && is_refusal_of_a_user(body)) return succeeded();
    return failed(mysql_error(body));
}

}  // namespace

Dialogue::Dialogue(CheckType service, std::string user) : service_{service}, user_{std::move(user)} {}

Turn Dialogue::begin() {
    switch (service_) {
        case CheckType::redis:
            return {.verdict = {}, .reply = "PING\r\n"};
        case CheckType::postgresql:
            return {.verdict = {}, .reply = startup_message(user_.empty() ? std::string{nobody} : user_)};
        case CheckType::mysql:
            return {};
        default:
            return succeeded();
    }
}

Turn Dialogue::receive(ByteView bytes) {
    received_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (received_.size() > most_bytes) return failed("it says more than any answer has");
    return look();
}

Turn Dialogue::look() {
    switch (service_) {
        case CheckType::redis:
            return redis(received_);
        case CheckType::postgresql:
            return postgresql(received_, !user_.empty());
        case CheckType::mysql:
            return mysql(received_, logged_in_, user_);
        default:
            return succeeded();
    }
}

}  // namespace holdfast::checker
