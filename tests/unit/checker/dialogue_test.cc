#include "checker/dialogue.h"

#include <gtest/gtest.h>

#include "checker/ping_attempt.h"

namespace holdfast::checker {
namespace {

using config::CheckType;

ByteView bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// What the verdict is after all of these have come: "" good, "..." none yet, else the error.
std::string verdict(Dialogue& dialogue, const std::string& said) {
    const Turn turn = dialogue.receive(bytes(said));
    if (!turn.verdict) return "...";
    return *turn.verdict ? "" : turn.verdict->error().text();
}
std::string verdict(CheckType type, const std::string& said, const std::string& user = {}) {
    Dialogue dialogue{type, user};
    dialogue.begin();
    return verdict(dialogue, said);
}

TEST(PlainConnection, IsAllThatIsAskedFor) {
    EXPECT_TRUE((Dialogue{CheckType::tcp, ""}.begin().verdict.value()));
    EXPECT_TRUE((Dialogue{CheckType::unix_socket, ""}.begin().verdict.value()));
}

TEST(Redis, AnswersPong) {
    EXPECT_EQ((Dialogue{CheckType::redis, ""}.begin().reply), "PING\r\n");
    EXPECT_EQ(verdict(CheckType::redis, "+PO"), "...");
    EXPECT_EQ(verdict(CheckType::redis, "+PONG\r\n"), "");
    EXPECT_EQ(verdict(CheckType::redis, "-NOAUTH Authentication required.\r\n"), "");
    EXPECT_EQ(verdict(CheckType::redis, "-LOADING Redis is loading\x1b[2J\r\n"),
              "Redis says: -LOADING Redis is loading [2J");
    Dialogue endless{CheckType::redis, ""};
    endless.begin();
    EXPECT_EQ(verdict(endless, std::string(Dialogue::most_bytes, 'x')), "...");
    EXPECT_EQ(verdict(endless, "x"), "it says more than any answer has");
}

std::string postgresql_error(const std::string& state) {
    const std::string body = "SFATAL" + std::string(1, '\0') + "C" + state + '\0' + "Mno way" + '\0' + '\0';
    return "E" + std::string(3, '\0') + static_cast<char>(body.size() + 4) + body;
}

TEST(Postgresql, IsWellWhenItTakesLogins) {
    const std::string login = Dialogue{CheckType::postgresql, ""}.begin().reply;
    EXPECT_EQ(login.size(), static_cast<std::size_t>(login[3]));
    EXPECT_EQ(login.substr(4, 4), std::string("\0\3\0\0", 4));
    const std::string accepted("R\0\0\0\x08\0\0\0\0", 9);
    const std::string password("R\0\0\0\x08\0\0\0\3", 9);
    EXPECT_EQ(verdict(CheckType::postgresql, accepted), "");
    EXPECT_EQ(verdict(CheckType::postgresql, password), "");
    EXPECT_EQ(verdict(CheckType::postgresql, accepted, "check"), "");
    EXPECT_EQ(verdict(CheckType::postgresql, password, "check"), "PostgreSQL asks for a password");
    EXPECT_EQ(verdict(CheckType::postgresql, postgresql_error("28000")), "") << "nobody is not let in";
    EXPECT_EQ(verdict(CheckType::postgresql, postgresql_error("28000"), "check"),
              "PostgreSQL says: no way (28000)");
    EXPECT_EQ(verdict(CheckType::postgresql, postgresql_error("57P03")), "PostgreSQL says: no way (57P03)");
    EXPECT_EQ(verdict(CheckType::postgresql, "HTTP/1.1 400"), "the answer is not PostgreSQL's");
    for (std::size_t size = 0; size < accepted.size(); ++size)
        EXPECT_EQ(verdict(CheckType::postgresql, accepted.substr(0, size)), "...");
}

std::string packet(int sequence, const std::string& body) {
    return std::string{static_cast<char>(body.size()), '\0', '\0', static_cast<char>(sequence)} + body;
}
const std::string greeting = packet(0,
                                    "\x0a"
                                    "5.5.5-10.11.6-MariaDB" +
                                        std::string(20, '\0'));
const std::string ok = packet(2, std::string("\0\0\0\2\0\0\0", 7));
std::string refusal(int number) {
    return packet(
        2, std::string{'\xff', static_cast<char>(number), static_cast<char>(number >> 8)} + "#28000denied");
}

TEST(Mysql, IsAskedToLetSomebodyIn) {
    Dialogue dialogue{CheckType::mysql, ""};
    EXPECT_FALSE(dialogue.begin().verdict);
    const Turn turn = dialogue.receive(bytes(greeting));
    EXPECT_FALSE(turn.verdict);
    EXPECT_EQ(turn.reply.size(), static_cast<std::size_t>(turn.reply[0]) + 4);
    EXPECT_EQ(turn.reply[3], 1) << "the next in the sequence";
    EXPECT_NE(turn.reply.find("holdfast"), std::string::npos);
    const Turn last = dialogue.receive(bytes(ok));
    ASSERT_TRUE(last.verdict);
    EXPECT_TRUE(*last.verdict);
    EXPECT_EQ(last.reply, std::string("\1\0\0\0\1", 5)) << "COM_QUIT";
}

TEST(Mysql, IsWellWhenItRefusesNobody) {
    EXPECT_EQ(verdict(CheckType::mysql, greeting), "...");
    for (const std::string& user : {std::string{}, std::string{"check"}}) {
        Dialogue dialogue{CheckType::mysql, user};
        EXPECT_EQ(verdict(dialogue, greeting), "...");
        EXPECT_EQ(verdict(dialogue, refusal(1045)), user.empty() ? "" : "MySQL says: denied");
    }
    Dialogue full{CheckType::mysql, ""};
    EXPECT_EQ(verdict(full, refusal(1040)), "MySQL says: denied") << "too many connections";
    EXPECT_EQ(verdict(CheckType::mysql, refusal(1130)), "") << "this host may not";
    EXPECT_EQ(verdict(CheckType::mysql, refusal(1129)), "MySQL says: denied") << "blocked after errors";
    EXPECT_EQ(verdict(CheckType::mysql, "+OK POP3 ready\r\n"), "the answer is not MySQL's");
    Dialogue other_method{CheckType::mysql, "check"};
    EXPECT_EQ(verdict(other_method, greeting), "...");
    const Turn turn = other_method.receive(bytes(packet(2,
                                                        "\xfe"
                                                        "caching_sha2_password")));
    EXPECT_EQ(turn.reply, std::string("\0\0\0\3", 4)) << "an empty password";
}

TEST(EchoReply, IsOfItsFamilyAndNumber) {
    const std::vector<std::uint8_t> reply{0, 0, 1, 2, 3, 4, 0, 7};
    EXPECT_TRUE(is_echo_reply(reply, Family::ipv4, 7));
    EXPECT_FALSE(is_echo_reply(reply, Family::ipv4, 8));
    EXPECT_FALSE(is_echo_reply(reply, Family::ipv6, 7));
    EXPECT_FALSE(is_echo_reply(ByteView{reply.data(), 7}, Family::ipv4, 7));
}

}  // namespace
}  // namespace holdfast::checker
