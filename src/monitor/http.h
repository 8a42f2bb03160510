// As much of HTTP (RFC 9112) as it takes to hand out a page: one request on a connection, without a body.
// What is not understood to the last byte is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::monitor::http {

constexpr std::size_t longest_request = 8192;  // request line and header fields

enum class Method : std::uint8_t { get, head };

struct Request {
    Method method = Method::get;
    std::string path;          // "/metrics", without a query
    bool openmetrics = false;  // it is preferred to plain text
};

struct Status {
    int code = 200;
    std::string_view reason = "OK";
};
constexpr Status bad_request{400, "Bad Request"};
constexpr Status not_found{404, "Not Found"};
constexpr Status not_allowed{405, "Method Not Allowed"};
constexpr Status too_large{431, "Request Header Fields Too Large"};
constexpr Status other_version{505, "HTTP Version Not Supported"};

// A request, or why it is refused.
struct Reading {
    std::optional<Request> request;
    Status status;
    std::string why;  // in words
};

// said: all that has come so far, at most longest_request. Nothing: the request has not ended yet.
std::optional<Reading> read(std::string_view said);

// Status line and header fields; what follows has so many bytes.
std::string head(const Status& status, std::string_view content_type, std::size_t size);

}  // namespace holdfast::monitor::http
