#include "checker/transfer_client.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>

namespace holdfast::checker {

namespace {

long milliseconds(Duration span) {
    return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(span).count());
}

}  // namespace

struct TransferClient::Transfer {
    Done done;
    MailDone mail_done;  // one of the two
    HttpAnswer answer;
    SmtpRecord record{{}};
    std::size_t header_bytes = 0;
    bool cut = false;  // ended by us: enough was read
    std::array<char, CURL_ERROR_SIZE> error{};
    curl_slist* list = nullptr;  // headers or recipients
    std::string upload;
    std::size_t uploaded = 0;

    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() { curl_slist_free_all(list); }
    void add(const std::string& entry) { list = curl_slist_append(list, entry.c_str()); }
};

TransferClient::TransferClient(os::EventLoop& loop) : loop_{loop}, multi_{curl_multi_init()} {}

TransferClient::~TransferClient() {
    while (!transfers_.empty())
        cancel(transfers_.begin()->first);
    sockets_.clear();
    if (multi_ != nullptr) curl_multi_cleanup(multi_);
}

Result<std::unique_ptr<TransferClient>> TransferClient::create(os::EventLoop& loop) {
    std::unique_ptr<TransferClient> client{new TransferClient{loop}};
    if (client->multi_ == nullptr) return Error::invalid("libcurl cannot be used");
    curl_multi_setopt(client->multi_, CURLMOPT_SOCKETFUNCTION, &TransferClient::on_socket);
    curl_multi_setopt(client->multi_, CURLMOPT_SOCKETDATA, client.get());
    curl_multi_setopt(client->multi_, CURLMOPT_TIMERFUNCTION, &TransferClient::on_timer);
    curl_multi_setopt(client->multi_, CURLMOPT_TIMERDATA, client.get());
    auto timer =
        loop.timer(os::Urgency::control, [self = client.get()] { self->drive(CURL_SOCKET_TIMEOUT, 0); });
    if (!timer) return std::move(timer).error();
    client->timer_ = std::move(*timer);
    return client;
}

Result<TransferClient::Id> TransferClient::start(const HttpRequest& request, Done done) {
    CURL* const easy = curl_easy_init();
    if (easy == nullptr) return Error::invalid("libcurl has no memory left");
    auto transfer = std::make_unique<Transfer>();
    transfer->done = std::move(done);
    transfer->upload = request.body;
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "holdfast");
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request.verified ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request.verified ? 2L : 0L);
    if (request.timeout) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(*request.timeout));
    if (!request.host.empty()) transfer->add("Host: " + request.host);
    for (const std::string& header : request.headers)
        transfer->add(header);
    if (transfer->list != nullptr) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->list);
    if (!request.body.empty()) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->upload.data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer->upload.size()));
    }
    return begin(easy, std::move(transfer));
}

Result<TransferClient::Id> TransferClient::start(const MailRequest& request, MailDone done) {
    CURL* const easy = curl_easy_init();
    if (easy == nullptr) return Error::invalid("libcurl has no memory left");
    auto transfer = std::make_unique<Transfer>();
    transfer->mail_done = std::move(done);
    transfer->upload = request.text;
    transfer->record = SmtpRecord{request.recipients};
    for (const std::string& recipient : request.recipients)
        transfer->add("<" + recipient + ">");
    char* const hello = curl_easy_escape(easy, request.hello.data(), static_cast<int>(request.hello.size()));
    const bool is_v6 = request.server.find(':') != std::string::npos;
    const std::string url = "smtp://" + (is_v6 ? "[" + request.server + "]" : request.server) + ":" +
                            std::to_string(request.port) + "/" + (hello != nullptr ? hello : "");
    curl_free(hello);
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connect_timeout));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(request.timeout));
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ("<" + request.from + ">").c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer->list);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer->upload.size()));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &TransferClient::on_upload);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &TransferClient::on_dialogue);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer.get());
    return begin(easy, std::move(transfer));
}

Result<TransferClient::Id> TransferClient::begin(CURL* easy, std::unique_ptr<Transfer> transfer) {
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // not that of somebody's environment
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // giving up never waits for a name server
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &TransferClient::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &TransferClient::on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
    const CURLMcode added = curl_multi_add_handle(multi_, easy);
    if (added != CURLM_OK) {
        curl_easy_cleanup(easy);
        return Error::invalid(curl_multi_strerror(added));
    }
    transfers_.emplace(easy, std::move(transfer));
    return easy;
}

void TransferClient::cancel(Id id) {
    curl_multi_remove_handle(multi_, id);
    curl_easy_cleanup(id);
    transfers_.erase(id);
}

int TransferClient::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    auto& client = *static_cast<TransferClient*>(self);
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

int TransferClient::on_timer(CURLM*, long timeout_ms, void* self) {
    auto& timer = static_cast<TransferClient*>(self)->timer_;
    timer.arm(timeout_ms < 0 ? never : os::EventLoop::now() + std::chrono::milliseconds{timeout_ms});
    return 0;
}

std::size_t TransferClient::on_body(char* bytes, std::size_t size, std::size_t count, void* transfer) {
    auto& own = *static_cast<Transfer*>(transfer);
    const std::size_t room = most_body - own.answer.body.size();
    own.answer.body.append(bytes, std::min(room, size * count));
    if (size * count < room) return size * count;
    own.cut = true;
    return 0;  // enough: libcurl ends the transfer
}

std::size_t TransferClient::on_header(char*, std::size_t size, std::size_t count, void* transfer) {
    auto& own = *static_cast<Transfer*>(transfer);
    own.header_bytes += size * count;
    return own.header_bytes > most_header ? 0 : size * count;
}

std::size_t TransferClient::on_upload(char* room, std::size_t size, std::size_t count, void* transfer) {
    auto& own = *static_cast<Transfer*>(transfer);
    const std::size_t taken = std::min(size * count, own.upload.size() - own.uploaded);
    own.upload.copy(room, taken, own.uploaded);
    own.uploaded += taken;
    return taken;
}

int TransferClient::on_dialogue(CURL*, curl_infotype kind, char* bytes, std::size_t size, void* transfer) {
    auto& own = *static_cast<Transfer*>(transfer);
    if (kind == CURLINFO_HEADER_OUT) own.record.sent({bytes, size});
    if (kind == CURLINFO_HEADER_IN) own.record.heard({bytes, size});
    return 0;
}

void TransferClient::drive(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    collect();
}

void TransferClient::collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        CURL* const easy = message->easy_handle;
        const auto found = transfers_.find(easy);
        if (found == transfers_.end()) continue;
        const std::unique_ptr<Transfer> transfer = std::move(found->second);
        transfers_.erase(found);
        read_facts(easy, *transfer);
        curl_multi_remove_handle(multi_, easy);
        curl_easy_cleanup(easy);
        finish(code, *transfer);
    }
}

void TransferClient::read_facts(CURL* easy, Transfer& transfer) {
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &transfer.answer.status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > 0) transfer.answer.retry_after = std::chrono::seconds{retry_after};
}

void TransferClient::finish(CURLcode code, Transfer& transfer) {
    const bool too_long = transfer.header_bytes > most_header;
    const auto failure = [&]() -> Error {
        if (too_long || code == CURLE_OUT_OF_MEMORY)  // of one line's buffer
            return Error::invalid(transfer.mail_done ? "its answers are longer than 64 KiB"
                                                     : "its header is longer than 64 KiB");
        return Error::invalid(transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code));
    };
    if (transfer.mail_done) {
        if (auto answer = transfer.record.answer(code == CURLE_OK))
            return transfer.mail_done(std::move(*answer));
        return transfer.mail_done(failure());
    }
    if (code == CURLE_OK || transfer.cut) return transfer.done(std::move(transfer.answer));
    transfer.done(failure());
}

}  // namespace holdfast::checker
