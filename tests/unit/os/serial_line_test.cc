#include "os/serial_line.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

namespace holdfast::os {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

std::vector<Bytes> heard(SerialDeframer& deframer, ByteView bytes) {
    std::vector<Bytes> messages;
    deframer.take(bytes, [&](ByteView message) { messages.emplace_back(message.begin(), message.end()); });
    return messages;
}

TEST(SerialFrame, HasNoZeroInsideAndGivesTheMessageBack) {
    for (std::size_t size = 0; size <= max_serial_message; ++size) {
        for (const int kind : {0, 1, 2}) {
            Bytes message(size);
            for (std::size_t at = 0; at < size; ++at)
                message[at] = static_cast<std::uint8_t>(kind == 0 ? 0 : kind == 1 ? 0xff : at * 7);
            const Bytes frame = serial_frame(message);
            ASSERT_EQ(frame.front(), 0);
            ASSERT_EQ(frame.back(), 0);
            for (std::size_t at = 1; at + 1 < frame.size(); ++at)
                ASSERT_NE(frame[at], 0) << size;
            SerialDeframer deframer;
            ASSERT_THAT(heard(deframer, frame), ElementsAre(message)) << size << " " << kind;
            EXPECT_EQ(deframer.broken(), 0U);
        }
    }
}

TEST(SerialDeframer, TakesPiecesOfAnySize) {
    const Bytes frame = serial_frame(bytes_of("holdfast"));
    SerialDeframer deframer;
    std::vector<Bytes> all;
    for (const std::uint8_t byte : frame)
        for (Bytes& message : heard(deframer, ByteView{&byte, 1}))
            all.push_back(std::move(message));
    EXPECT_THAT(all, ElementsAre(bytes_of("holdfast")));
}

TEST(SerialDeframer, NoiseCostsTheMessageThatItHitsAndNoOther) {
    const Bytes good = serial_frame(bytes_of("good"));
    for (std::size_t hit = 1; hit + 1 < good.size(); ++hit) {
        for (const std::uint8_t noise : Bytes{0x00, 0x01, 0x55, 0xff}) {
            Bytes stream = good;
            if (stream[hit] == noise) continue;
            stream[hit] = noise;
            stream.insert(stream.end(), good.begin(), good.end());
            SerialDeframer deframer;
            EXPECT_THAT(heard(deframer, stream), ElementsAre(bytes_of("good"))) << hit << " " << int{noise};
            EXPECT_GE(deframer.broken(), 1U);
        }
    }
}

TEST(SerialDeframer, NoiseWithoutEndTakesNoMemory) {
    SerialDeframer deframer;
    const Bytes noise(1 << 20, 0x41);
    EXPECT_THAT(heard(deframer, noise), IsEmpty());
    EXPECT_THAT(heard(deframer, serial_frame(bytes_of("good"))), ElementsAre(bytes_of("good")));
    EXPECT_EQ(deframer.broken(), 1U);
}

// A pseudo terminal: what is written to one end is read at the other.
class Line : public ::testing::Test {
protected:
    void SetUp() override {
        master_ = UniqueFd{posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
        ASSERT_TRUE(master_);
        ASSERT_EQ(grantpt(master_.get()), 0);
        ASSERT_EQ(unlockpt(master_.get()), 0);
        device_ = ptsname(master_.get());
    }
    static void await(int fd) {
        pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
        ASSERT_EQ(poll(&waiting, 1, 10000), 1);
    }
    UniqueFd master_;
    std::string device_;
};

TEST_F(Line, CarriesMessagesBothWays) {
    auto line = SerialLine::open(device_, 115200);
    ASSERT_TRUE(line) << line.error().text();
    ASSERT_TRUE(line->send(bytes_of("there\r\n\x11\x13\x03")));
    await(master_.get());
    Bytes room(512);
    const ssize_t length = read(master_.get(), room.data(), room.size());
    ASSERT_GT(length, 0);
    SerialDeframer far;
    EXPECT_THAT(heard(far, ByteView{room}.first(static_cast<std::size_t>(length))),
                ElementsAre(bytes_of("there\r\n\x11\x13\x03")));
    const Bytes answer = serial_frame(bytes_of("back\n\x04"));
    ASSERT_EQ(write(master_.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    await(line->fd());
    std::vector<Bytes> messages;
    ASSERT_TRUE(
        line->receive([&](ByteView message) { messages.emplace_back(message.begin(), message.end()); }));
    EXPECT_THAT(messages, ElementsAre(bytes_of("back\n\x04")));
}

TEST_F(Line, ThatNobodyReadsIsFullAndBlocksNobody) {
    auto line = SerialLine::open(device_, 9600);
    ASSERT_TRUE(line);
    const Bytes message(200, 'x');
    int sent = 0;
    while (line->send(message) && sent < 1000)
        ++sent;
    EXPECT_LT(sent, 1000);
    Bytes room(1 << 16);
    SerialDeframer far;
    std::size_t heard_there = 0;
    const auto drain = [&] {
        await(master_.get());
        const ssize_t length = read(master_.get(), room.data(), room.size());
        for (const Bytes& one :
             heard(far, ByteView{room}.first(static_cast<std::size_t>(std::max<ssize_t>(length, 0)))))
            heard_there += one == message ? 1 : 0;
    };
    drain();
    // There is room again, and nothing that is whole went lost.
    while (!line->send(bytes_of("after")))
        drain();
    bool arrived = false;
    while (!arrived) {
        await(master_.get());
        const ssize_t length = read(master_.get(), room.data(), room.size());
        ASSERT_GT(length, 0);
        for (const Bytes& one : heard(far, ByteView{room}.first(static_cast<std::size_t>(length))))
            arrived = arrived || one == bytes_of("after");
    }
    EXPECT_EQ(far.broken(), 0U);
}

TEST_F(Line, ThatHangsUpIsAnError) {
    auto line = SerialLine::open(device_, 9600);
    ASSERT_TRUE(line);
    ASSERT_TRUE(line->receive([](ByteView) {}));
    master_ = UniqueFd{};
    EXPECT_FALSE(line->receive([](ByteView) {}));
}

TEST(SerialLine, RefusesWhatIsNoneAndSaysWhat) {
    EXPECT_THAT(SerialLine::open("/dev/null", 9600).error().text(), ::testing::HasSubstr("no serial line"));
    EXPECT_THAT(SerialLine::open("/nowhere", 9600).error().text(), ::testing::HasSubstr("/nowhere"));
    EXPECT_THAT(SerialLine::open("/dev/null", 9601).error().text(), ::testing::HasSubstr("9601"));
}

}  // namespace
}  // namespace holdfast::os
