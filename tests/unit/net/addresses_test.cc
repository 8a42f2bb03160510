#include "net/addresses.h"

#include "unit/net/kernel_news.h"

namespace holdfast::net {
namespace {

using testing::ip;
using testing::messages_of;

std::optional<Attribute> attribute_of(const NetlinkMessage& message, int type) {
    auto attributes = Attributes::after(message.payload, sizeof(ifaddrmsg));
    while (const auto attribute = attributes.next())
        if (attribute->type == type) return attribute;
    return std::nullopt;
}

TEST(AddressRequest, ToAddNeverReplacesAndCarriesOurMark) {
    RequestBatch batch;
    ASSERT_TRUE(append(batch, {.operation = Operation::add,
                               .address = {.ifindex = 4,
                                           .address = ip("192.0.2.10"),
                                           .prefix_length = 24,
                                           .broadcast = ip("192.0.2.255"),
                                           .label = "eth0:v"}}));
    const auto message = messages_of(batch).at(0);
    EXPECT_EQ(message.type, RTM_NEWADDR);
    EXPECT_EQ(message.flags & (NLM_F_CREATE | NLM_F_EXCL | NLM_F_REPLACE), NLM_F_CREATE | NLM_F_EXCL);
    const auto read = address_in(message);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->ifindex, 4);
    EXPECT_EQ(read->address, ip("192.0.2.10"));
    EXPECT_EQ(read->prefix_length, 24);
    EXPECT_TRUE(read->marked_as_own());
    EXPECT_FALSE(read->peer);
    EXPECT_EQ(attribute_of(message, IFA_LABEL)->text(), "eth0:v");
    EXPECT_EQ(IpAddress::from_bytes(attribute_of(message, IFA_BROADCAST)->value), ip("192.0.2.255"));
    EXPECT_FALSE(attribute_of(message, IFA_CACHEINFO)) << "for ever is the kernel's default";
}

TEST(AddressRequest, CarriesThePeerAndItsPrefixLength) {
    RequestBatch batch;
    const AddressRequest request{
        .address = {.ifindex = 4, .address = ip("192.0.2.1"), .prefix_length = 32, .peer = ip("192.0.2.2")}};
    ASSERT_TRUE(append(batch, request));
    EXPECT_EQ(address_in(messages_of(batch)[0])->peer, ip("192.0.2.2"));
    EXPECT_EQ(request.address.text(), "192.0.2.1 peer 192.0.2.2/32");
}

TEST(AddressRequest, OfADeprecatedIpv6AddressHasPreferredLifetimeZero) {
    RequestBatch batch;
    ASSERT_TRUE(append(batch, {.address = {.ifindex = 4,
                                           .address = ip("2001:db8::1"),
                                           .prefix_length = 128,
                                           .flags = IFA_F_NODAD,
                                           .preferred_lifetime_s = 0}}));
    const auto read = address_in(messages_of(batch)[0]);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->preferred_lifetime_s, 0u);
    EXPECT_EQ(read->flags, static_cast<std::uint32_t>(IFA_F_NODAD));
}

TEST(AddressRequest, ToRemoveNamesTheAddressAndNothingElse) {
    RequestBatch batch;
    ASSERT_TRUE(append(batch, {.operation = Operation::remove,
                               .address = {.ifindex = 4,
                                           .address = ip("192.0.2.10"),
                                           .prefix_length = 24,
                                           .label = "eth0:v",
                                           .flags = IFA_F_NOPREFIXROUTE}}));
    const auto message = messages_of(batch).at(0);
    EXPECT_EQ(message.type, RTM_DELADDR);
    EXPECT_FALSE(attribute_of(message, IFA_LABEL));
    EXPECT_FALSE(attribute_of(message, IFA_FLAGS));
}

}  // namespace
}  // namespace holdfast::net
