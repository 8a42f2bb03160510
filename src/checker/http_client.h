// HTTP requests through libcurl, on our event loop: nothing waits, names are resolved in libcurl's own
// thread.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "os/event_loop.h"

namespace holdfast::checker {

struct HttpRequest {
    std::string url;
    std::string host;  // header; empty: that of the URL
    bool verified = true;
    std::string body;                  // not empty: POST
    std::vector<std::string> headers;  // "Name: value"
};

struct HttpAnswer {
    long status = 0;
    std::string body;  // its first most_body bytes; what follows was not read
};

class HttpClient {
public:
    static constexpr std::size_t most_body = 65536;
    static constexpr std::size_t most_header = 65536;

    using Done = std::function<void(Result<HttpAnswer>)>;
    using Id = CURL*;

    static Result<std::unique_ptr<HttpClient>> create(os::EventLoop& loop);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    // done is called later, once; not after cancel().
    Result<Id> start(const HttpRequest& request, Done done);
    void cancel(Id id);

private:
    struct Transfer;
    explicit HttpClient(os::EventLoop& loop);
    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
    static int on_timer(CURLM*, long timeout_ms, void* self);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* transfer);
    static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* transfer);
    void drive(curl_socket_t socket, int events);
    void collect();

    os::EventLoop& loop_;
    CURLM* multi_;
    os::Timer timer_;
    std::map<curl_socket_t, os::Source> sockets_;
    std::map<Id, std::unique_ptr<Transfer>> transfers_;
};

}  // namespace holdfast::checker
