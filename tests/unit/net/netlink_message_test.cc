#include "net/netlink_message.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace holdfast::net {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <class Value>
void add(Bytes& bytes, const Value& value) {
    const auto* start = reinterpret_cast<const std::uint8_t*>(&value);
    bytes.insert(bytes.end(), start, start + sizeof value);
}

Bytes message(std::uint16_t type, const Bytes& payload, std::uint16_t flags = 0) {
    Bytes bytes;
    add(bytes, nlmsghdr{.nlmsg_len = static_cast<std::uint32_t>(sizeof(nlmsghdr) + payload.size()),
                        .nlmsg_type = type,
                        .nlmsg_flags = flags,
                        .nlmsg_seq = 7});
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    while (bytes.size() % NLMSG_ALIGNTO)
        bytes.push_back(0);
    return bytes;
}

Bytes attribute(std::uint16_t type, const Bytes& value) {
    Bytes bytes;
    add(bytes,
        nlattr{.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), .nla_type = type});
    bytes.insert(bytes.end(), value.begin(), value.end());
    while (bytes.size() % NLA_ALIGNTO)
        bytes.push_back(0);
    return bytes;
}

TEST(NetlinkMessages, AreReadOneAfterTheOther) {
    Bytes datagram = message(16, {1, 2, 3});
    const Bytes second = message(17, {4});
    datagram.insert(datagram.end(), second.begin(), second.end());
    NetlinkMessages reader{datagram};
    const auto first = reader.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, 16);
    EXPECT_EQ(first->sequence, 7u);
    EXPECT_EQ(first->payload.size(), 3u);
    const auto next = reader.next();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->payload[0], 4);
    EXPECT_FALSE(reader.next());
}

TEST(NetlinkMessages, ACutDatagramEndsAtItsLastWholeMessage) {
    const Bytes whole = message(16, {1, 2, 3, 4});
    for (std::size_t length = 0; length < whole.size(); ++length) {
        NetlinkMessages reader{ByteView{whole}.first(length)};
        EXPECT_FALSE(reader.next()) << length;
    }
}

TEST(NetlinkMessages, ALengthShorterThanTheHeaderIsNotFollowed) {
    for (std::uint32_t length = 0; length < sizeof(nlmsghdr); ++length) {
        Bytes bytes = message(16, {});
        std::memcpy(bytes.data(), &length, sizeof length);
        NetlinkMessages reader{bytes};
        EXPECT_FALSE(reader.next()) << length;
    }
}

TEST(Attributes, ComeWithoutTheirFlags) {
    const Bytes bytes = attribute(std::uint16_t{3 | NLA_F_NESTED}, {9});
    Attributes reader{bytes};
    const auto found = reader.next();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->type, 3);
    EXPECT_EQ(found->as<std::uint8_t>(), 9);
    EXPECT_FALSE(found->as<std::uint32_t>()) << "one byte is no number of four";
    EXPECT_FALSE(reader.next());
}

TEST(Attributes, ALengthBeyondTheEndOrBelowTheHeaderEndsTheList) {
    for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 1, 3, 100, 65535}) {
        Bytes bytes = attribute(3, {1, 2, 3, 4});
        std::memcpy(bytes.data(), &length, sizeof length);
        Attributes reader{bytes};
        EXPECT_FALSE(reader.next()) << length;
    }
}

TEST(Attributes, AFixedPartThatIsNotThereLeavesNone) {
    const Bytes bytes(7);
    EXPECT_FALSE(Attributes::after(bytes, 8).next());
}

TEST(Attributes, TextEndsAtTheFirstZeroOrAtTheEnd) {
    const Bytes bytes = attribute(3, {'e', 't', 'h', '0', 0, 'x'});
    EXPECT_EQ(Attributes{bytes}.next()->text(), "eth0");
    const Bytes unended = attribute(3, {'e', 't'});
    EXPECT_EQ(Attributes{unended}.next()->text(), "et");
}

Bytes refusal(int error_number, const Bytes& attributes) {
    Bytes payload;
    add(payload, -error_number);
    add(payload, nlmsghdr{.nlmsg_len = sizeof(nlmsghdr), .nlmsg_type = 20});
    payload.insert(payload.end(), attributes.begin(), attributes.end());
    return payload;
}

TEST(Acknowledgement, TellsErrnoAndTheKernelsWords) {
    const Bytes bytes = message(NLMSG_ERROR, refusal(EINVAL, attribute(NLMSGERR_ATTR_MSG, {'n', 'o', 0})),
                                NLM_F_CAPPED | NLM_F_ACK_TLVS);
    const auto answer = acknowledgement_in(*NetlinkMessages{bytes}.next());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error_number, EINVAL);
    EXPECT_EQ(answer->text, "no");
}

TEST(Acknowledgement, ZeroIsConsent) {
    const Bytes bytes = message(NLMSG_ERROR, refusal(0, {}));
    const auto answer = acknowledgement_in(*NetlinkMessages{bytes}.next());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error_number, 0);
}

TEST(Acknowledgement, ATooShortOneOrAnImpossibleErrnoIsNone) {
    const Bytes whole = message(NLMSG_ERROR, refusal(EINVAL, {}));
    Bytes cut = whole;
    const std::uint32_t length = sizeof(nlmsghdr) + 10;
    std::memcpy(cut.data(), &length, sizeof length);
    EXPECT_FALSE(acknowledgement_in(*NetlinkMessages{cut}.next()));
    const Bytes positive = message(NLMSG_ERROR, refusal(-5, {}));
    EXPECT_FALSE(acknowledgement_in(*NetlinkMessages{positive}.next()));
}

TEST(Acknowledgement, AQuotedRequestLongerThanTheMessageHidesOnlyTheWords) {
    Bytes payload = refusal(EINVAL, {});
    const std::uint32_t lie = 0xfffffff0;
    std::memcpy(payload.data() + sizeof(int), &lie, sizeof lie);
    const Bytes bytes = message(NLMSG_ERROR, payload, NLM_F_ACK_TLVS);
    const auto answer = acknowledgement_in(*NetlinkMessages{bytes}.next());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error_number, EINVAL);
    EXPECT_TRUE(answer->text.empty());
}

}  // namespace
}  // namespace holdfast::net
