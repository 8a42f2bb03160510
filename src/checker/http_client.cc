#include "checker/http_client.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>

namespace holdfast::checker {

struct HttpClient::Transfer {
    Done done;
    HttpAnswer answer;
    std::size_t header_bytes = 0;
    bool cut = false;  // ended by us: enough was read
    std::array<char, CURL_ERROR_SIZE> error{};
    curl_slist* headers = nullptr;
    std::string body;  // to send

    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() { curl_slist_free_all(headers); }
};

HttpClient::HttpClient(os::EventLoop& loop) : loop_{loop}, multi_{curl_multi_init()} {}

HttpClient::~HttpClient() {
    while (!transfers_.empty())
        cancel(transfers_.begin()->first);
    sockets_.clear();
    if (multi_ != nullptr) curl_multi_cleanup(multi_);
}

Result<std::unique_ptr<HttpClient>> HttpClient::create(os::EventLoop& loop) {
    std::unique_ptr<HttpClient> client{new HttpClient{loop}};
    if (client->multi_ == nullptr) return Error::invalid("libcurl cannot be used");
    curl_multi_setopt(client->multi_, CURLMOPT_SOCKETFUNCTION, &HttpClient::on_socket);
    curl_multi_setopt(client->multi_, CURLMOPT_SOCKETDATA, client.get());
    curl_multi_setopt(client->multi_, CURLMOPT_TIMERFUNCTION, &HttpClient::on_timer);
    curl_multi_setopt(client->multi_, CURLMOPT_TIMERDATA, client.get());
    auto timer =
        loop.timer(os::Urgency::control, [self = client.get()] { self->drive(CURL_SOCKET_TIMEOUT, 0); });
    if (!timer) return std::move(timer).error();
    client->timer_ = std::move(*timer);
    return client;
}

Result<HttpClient::Id> HttpClient::start(const HttpRequest& request, Done done) {
    CURL* const easy = curl_easy_init();
    if (easy == nullptr) return Error::invalid("libcurl has no memory left");
    auto transfer = std::make_unique<Transfer>();
    transfer->done = std::move(done);
    transfer->body = request.body;
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // not that of somebody's environment
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "holdfast");
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request.verified ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request.verified ? 2L : 0L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpClient::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpClient::on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
    if (!request.host.empty())
        transfer->headers = curl_slist_append(transfer->headers, ("Host: " + request.host).c_str());
    for (const std::string& header : request.headers)
        transfer->headers = curl_slist_append(transfer->headers, header.c_str());
    if (transfer->headers != nullptr) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    if (!request.body.empty()) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body.data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer->body.size()));
    }
    const CURLMcode added = curl_multi_add_handle(multi_, easy);
    if (added != CURLM_OK) {
        curl_easy_cleanup(easy);
        return Error::invalid(curl_multi_strerror(added));
    }
    transfers_.emplace(easy, std::move(transfer));
    return easy;
}

void HttpClient::cancel(Id id) {
    curl_multi_remove_handle(multi_, id);
    curl_easy_cleanup(id);
    transfers_.erase(id);
}

int HttpClient::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    auto& client = *static_cast<HttpClient*>(self);
    if (what == CURL_POLL_REMOVE) {
        client.sockets_.erase(socket);
        return 0;
    }
    const std::uint32_t events = ((what & CURL_POLL_IN) != 0 ? static_cast<std::uint32_t>(EPOLLIN) : 0U) |
                                 ((what & CURL_POLL_OUT) != 0 ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    if (const auto known = client.sockets_.find(socket); known != client.sockets_.end()) {
        known->second.set_events(events);
        return 0;
    }
    auto source =
        client.loop_.watch(socket, events, os::Urgency::control, [&client, socket](std::uint32_t ready) {
            const int in = (ready & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0;
            client.drive(socket, in | ((ready & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0));
        });
    if (!source) return -1;
    client.sockets_.emplace(socket, std::move(*source));
    return 0;
}

int HttpClient::on_timer(CURLM*, long timeout_ms, void* self) {
    auto& timer = static_cast<HttpClient*>(self)->timer_;
    timer.arm(timeout_ms < 0 ? never : os::EventLoop::now() + std::chrono::milliseconds{timeout_ms});
    return 0;
}

std::size_t HttpClient::on_body(char* bytes, std::size_t size, std::size_t count, void* transfer) {
    auto& own = *static_cast<Transfer*>(transfer);
    const std::size_t room = most_body - own.answer.body.size();
    own.answer.body.append(bytes, std::min(room, size * count));
    if (size * count < room) return size * count;
    own.cut = true;
    return 0;  // enough: libcurl ends the transfer
}

std::size_t HttpClient::on_header(char*, std::size_t size, std::size_t count, void* transfer) {
    auto& own = *static_cast<Transfer*>(transfer);
    own.header_bytes += size * count;
    return own.header_bytes > most_header ? 0 : size * count;
}

void HttpClient::drive(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    collect();
}

void HttpClient::collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        CURL* const easy = message->easy_handle;
        const auto found = transfers_.find(easy);
        if (found == transfers_.end()) continue;
        const std::unique_ptr<Transfer> transfer = std::move(found->second);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &transfer->answer.status);
        curl_multi_remove_handle(multi_, easy);
        curl_easy_cleanup(easy);
        transfers_.erase(found);
        if (code == CURLE_OK || transfer->cut)
            transfer->done(std::move(transfer->answer));
        else if (transfer->header_bytes > most_header || code == CURLE_OUT_OF_MEMORY)  // of one line's buffer
            transfer->done(Error::invalid("its header is longer than 64 KiB"));
        else
            transfer->done(Error::invalid(transfer->error[0] != '\0' ? transfer->error.data()
                                                                     : curl_easy_strerror(code)));
    }
}

}  // namespace holdfast::checker
