#include "net/netlink.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "net/addresses.h"
#include "net/batches.h"
#include "unit/net/kernel_news.h"

namespace holdfast::net {
namespace {

using ::testing::HasSubstr;

AddressRequest request(int number) {
    return {.operation = Operation::add,
            .address = {.ifindex = 1,
                        .address = IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(number)),
                        .prefix_length = 32}};
}

TEST(RequestBatch, TakesRequestsUntilItIsFullAndKeepsThemWhole) {
    RequestBatch batch;
    int taken = 0;
    while (append(batch, request(taken)))
        ++taken;
    EXPECT_GT(taken, 1000);
    EXPECT_EQ(batch.count(), static_cast<std::size_t>(taken));
    EXPECT_EQ(testing::messages_of(batch).size(), static_cast<std::size_t>(taken));
}

TEST(RequestBatch, IsEmptyAgainAfterClear) {
    RequestBatch batch;
    ASSERT_TRUE(append(batch, request(1)));
    batch.clear();
    EXPECT_EQ(batch.count(), 0u);
    EXPECT_TRUE(batch.bytes().empty());
}

TEST(RequestBatch, ARequestThatOutgrowsItsRoomIsNotPartOfIt) {
    RequestBatch batch;
    batch.begin(RTM_NEWADDR, 0, ifaddrmsg{});
    for (int i = 0; i < 3; ++i)
        batch.put(1, ByteView{std::vector<std::uint8_t>(10'000)});
    EXPECT_FALSE(batch.end());
    EXPECT_EQ(batch.count(), 0u);
    EXPECT_TRUE(append(batch, request(1))) << "the next one is not affected";
}

TEST(Outcome, OfAMissingCapabilityNamesTheRemedy) {
    const Outcome refused{.kind = Outcome::Kind::refused, .error_number = EPERM};
    EXPECT_FALSE(refused.reached());
    EXPECT_THAT(refused.text(), HasSubstr("CAP_NET_ADMIN"));
}

TEST(Outcome, QuotesTheKernelsWords) {
    const Outcome refused{
        .kind = Outcome::Kind::refused, .error_number = EINVAL, .detail = "Invalid gateway"};
    EXPECT_EQ(refused.text(), "Invalid argument (Invalid gateway)");
}

}  // namespace
}  // namespace holdfast::net
