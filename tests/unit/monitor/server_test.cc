#include "monitor/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "monitor/status_protocol.h"
#include "os/control.h"
#include "os/listen.h"

namespace holdfast::monitor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

const std::string request = encode(status::Enquiry::snapshots);

class TheServer : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "server.XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        directory_ = name;
        restart(longest_connection);
    }
    void restart(Duration patience) {
        auto listener = os::listen_for_readers(directory_);
        ASSERT_TRUE(listener) << listener.error().text();
        const auto answer = [this](status::Enquiry) {
            ++asked_;
            return answer_;
        };
        serve_at(std::move(*listener), status_protocol(answer), patience);
    }
    void serve_at(os::UniqueFd listener, Protocol protocol, Duration patience = longest_connection) {
        std::vector<os::UniqueFd> listeners;
        listeners.push_back(std::move(listener));
        auto made = Server::create(*loop_, std::move(listeners), std::move(protocol), patience);
        ASSERT_TRUE(made);
        server_ = std::move(*made);
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    os::UniqueFd client(const std::string& says = {}) {
        auto fd = os::connect_to_status(directory_);
        EXPECT_TRUE(fd) << fd.error().text();
        EXPECT_EQ(send(fd->get(), says.data(), says.size(), MSG_NOSIGNAL), static_cast<ssize_t>(says.size()));
        return std::move(*fd);
    }
    void serve() {
        for (int turn = 0; turn < 300; ++turn)
            ASSERT_TRUE(loop_->turn(Duration{0}));
    }
    // All that is there for a client, and whether the connection has ended.
    static std::pair<std::string, bool> heard(int fd) {
        std::string text;
        std::array<char, 65536> room{};
        for (;;) {
            const ssize_t size = recv(fd, room.data(), room.size(), MSG_DONTWAIT);
            if (size <= 0) return {text, size == 0 || errno != EAGAIN};
            text.append(room.data(), static_cast<std::size_t>(size));
        }
    }

    std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::create();
    std::string directory_;
    std::shared_ptr<const std::string> answer_ = std::make_shared<const std::string>("the answer");
    int asked_ = 0;
    std::unique_ptr<Server> server_;
};

TEST_F(TheServer, AnswersARequestAndEndsTheConnection) {
    const auto fd = client(request);
    serve();
    EXPECT_EQ(heard(fd.get()), std::pair(std::string{"the answer"}, true));
}

TEST_F(TheServer, UnderstandsARequestThatComesInPieces) {
    const auto fd = client(request.substr(0, 5));
    serve();
    EXPECT_EQ(asked_, 0);
    ASSERT_GT(send(fd.get(), request.data() + 5, request.size() - 5, MSG_NOSIGNAL), 0);
    serve();
    EXPECT_EQ(heard(fd.get()).first, "the answer");
}

TEST_F(TheServer, RefusesWhatIsNoRequestHoweverLong) {
    for (const std::string& wrong :
         {std::string{"hello\n"}, std::string(64, 'x'), std::string(10000, '\0')}) {
        const auto fd = client(wrong);
        serve();
        const auto [text, ended] = heard(fd.get());
        EXPECT_THAT(text, StartsWith("holdfast-status 1 refused "));
        EXPECT_TRUE(ended);
    }
    EXPECT_EQ(asked_, 0);
}

TEST_F(TheServer, SendsAnAnswerThatIsLargerThanASocketTakesAtOnce) {
    answer_ = std::make_shared<const std::string>(3 << 20, 'x');
    const auto fd = client(request);
    std::string all;
    for (bool ended = false; !ended;) {
        serve();
        const auto [text, end] = heard(fd.get());
        all += text;
        ended = end;
    }
    EXPECT_EQ(all, *answer_);
}

TEST_F(TheServer, GivesTheOldestPlaceToANewcomer) {
    std::vector<os::UniqueFd> silent;
    for (std::size_t at = 0; at < most_connections; ++at)
        silent.push_back(client());
    serve();
    EXPECT_FALSE(heard(silent[0].get()).second);
    const auto fd = client(request);
    serve();
    EXPECT_EQ(heard(fd.get()).first, "the answer");
    EXPECT_TRUE(heard(silent[0].get()).second);
    EXPECT_FALSE(heard(silent[1].get()).second);
    EXPECT_EQ(server_->counters().connections, most_connections + 1);
    EXPECT_EQ(server_->counters().refused, 1u);
}

TEST_F(TheServer, EndsWhoIsSilentForTooLong) {
    restart(50ms);
    const auto fd = client("holdfast");
    pollfd wait{.fd = fd.get(), .events = POLLIN, .revents = 0};
    const Instant begin = os::EventLoop::now();
    while (poll(&wait, 1, 0) == 0)
        ASSERT_TRUE(loop_->turn(1s));
    EXPECT_TRUE(heard(fd.get()).second);
    EXPECT_GE(os::EventLoop::now() - begin, 50ms);
}

TEST_F(TheServer, FinishesWithThoseItHas) {
    answer_ = std::make_shared<const std::string>(3 << 20, 'x');
    const auto fd = client(request);
    serve();
    bool done = false;
    server_->finish([&] { done = true; });
    EXPECT_FALSE(done);
    EXPECT_FALSE(os::connect_to_status(directory_));
    while (!done) {
        heard(fd.get());
        serve();
    }
}

// Over TCP: a port of its own on the loopback interface.
class TheServerOverTcp : public TheServer {
protected:
    void SetUp() override {
        TheServer::SetUp();
        for (std::uint16_t port = 20000; port < 60000; port = static_cast<std::uint16_t>(port + 17)) {
            auto listener = os::listen_on(*IpAddress::parse("127.0.0.1"), port);
            if (!listener) continue;
            socklen_t size = sizeof address_;
            ASSERT_EQ(getsockname(listener->get(), reinterpret_cast<sockaddr*>(&address_), &size), 0);
            serve_at(
                std::move(*listener),
                {.name = "metrics",
                 .refused = status::Number::metrics_reader_refused,
                 .longest_request = 100,
                 .answer =
                     [](std::string_view said) {
                         return std::optional{Reply{.begin = "begin ",
                                                    .middle = std::make_shared<const std::string>("middle "),
                                                    .end = "end",
                                                    .refusal = said == "?" ? "?" : ""}};
                     },
                 .lingers = true});
            return;
        }
        FAIL() << "no port is free";
    }
    os::UniqueFd connected() {
        os::UniqueFd fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 0);
        return fd;
    }
    sockaddr_in address_{};
};

TEST_F(TheServerOverTcp, AnswersInPiecesAndWaitsForTheOtherEndToClose) {
    auto fd = connected();
    const std::string much(5000, 'x');  // more than is read before the answer
    ASSERT_EQ(send(fd.get(), much.data(), much.size(), MSG_NOSIGNAL), static_cast<ssize_t>(much.size()));
    pollfd wait{.fd = fd.get(), .events = POLLIN, .revents = 0};
    while (poll(&wait, 1, 0) == 0)
        ASSERT_TRUE(loop_->turn(1s));
    serve();
    EXPECT_EQ(heard(fd.get()), std::pair(std::string{"begin middle end"}, true));
    bool done = false;
    server_->finish([&] { done = true; });
    serve();
    EXPECT_FALSE(done);
    fd.reset();
    while (!done)
        ASSERT_TRUE(loop_->turn(1s));
}

TEST_F(TheServerOverTcp, DoesNotReadForEverWhatComesBehindARequest) {
    const auto fd = connected();
    const std::string much(100000, 'x');
    std::size_t sent = 0;
    for (ssize_t size = 0; size >= 0 || errno == EAGAIN;) {
        size = send(fd.get(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size > 0) sent += static_cast<std::size_t>(size);
        ASSERT_LT(sent, std::size_t{100} << 20);
        const int reason = errno;
        ASSERT_TRUE(loop_->turn(Duration{0}));
        errno = reason;
    }
    EXPECT_EQ(server_->counters().refused, 0u);
}

TEST_F(TheServerOverTcp, CountsAndAnswersWhatIsNoRequest) {
    const auto fd = connected();
    ASSERT_EQ(send(fd.get(), "?", 1, MSG_NOSIGNAL), 1);
    pollfd wait{.fd = fd.get(), .events = POLLIN, .revents = 0};
    while (poll(&wait, 1, 0) == 0)
        ASSERT_TRUE(loop_->turn(1s));
    EXPECT_EQ(heard(fd.get()).first, "begin middle end");
    EXPECT_EQ(server_->counters().refused, 1u);
}

}  // namespace
}  // namespace holdfast::monitor
