// HTTP requests and mails through libcurl, on our event loop: nothing waits, names are resolved in libcurl's
// own threads.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "checker/smtp_record.h"
#include "os/event_loop.h"

namespace holdfast::checker {

struct HttpRequest {
    std::string url;
    std::string host;  // header; empty: that of the URL
    bool verified = true;
    std::string body;                  // not empty: POST
    std::vector<std::string> headers;  // "Name: value"
    std::optional<Duration> timeout;   // none: until it is cancelled
};

struct HttpAnswer {
    long status = 0;
    std::string body;  // its first most_body bytes; what follows was not read
    std::optional<Duration> retry_after;
};

struct MailRequest {
    std::string server;  // address or host name
    std::uint16_t port = 25;
    std::string hello;
    Duration connect_timeout{};
    Duration timeout{};  // of all of it
    std::string from;    // all of these fit for an SMTP command
    std::vector<std::string> recipients;
    std::string text;  // headers and body, lines end in \r\n
};

class TransferClient {
public:
    static constexpr std::size_t most_body = 65536;
    static constexpr std::size_t most_header = 65536;  // of an SMTP server: all that it says

    using Done = std::function<void(Result<HttpAnswer>)>;
    using MailDone = std::function<void(Result<MailAnswer>)>;
    using Id = CURL*;

    static Result<std::unique_ptr<TransferClient>> create(os::EventLoop& loop);
    TransferClient(const TransferClient&) = delete;
    TransferClient& operator=(const TransferClient&) = delete;
    ~TransferClient();

    // done is called later, once; not after cancel().
    Result<Id> start(const HttpRequest& request, Done done);
    Result<Id> start(const MailRequest& request, MailDone done);
    void cancel(Id id);

private:
    struct Transfer;
    explicit TransferClient(os::EventLoop& loop);
    Result<Id> begin(CURL* easy, std::unique_ptr<Transfer> transfer);
    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
    static int on_timer(CURLM*, long timeout_ms, void* self);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* transfer);
    static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* transfer);
    static std::size_t on_upload(char* room, std::size_t size, std::size_t count, void* transfer);
    static int on_dialogue(CURL*, curl_infotype kind, char* bytes, std::size_t size, void* transfer);
    void drive(curl_socket_t socket, int events);
    void collect();
    static void read_facts(CURL* easy, Transfer& transfer);
    static void finish(CURLcode code, Transfer& transfer);

    os::EventLoop& loop_;
    CURLM* multi_;
    os::Timer timer_;
    std::map<curl_socket_t, os::Source> sockets_;
    std::map<Id, std::unique_ptr<Transfer>> transfers_;
};

}  // namespace holdfast::checker
