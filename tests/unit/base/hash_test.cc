#include "base/hash.h"

#include <gtest/gtest.h>

#include <string_view>

namespace holdfast {
namespace {

std::uint64_t hash_of(std::string_view text) {
    return fnv1a(std::as_bytes(std::span{text}));
}

// Values of draft-eastlake-fnv, appendix C.
TEST(Fnv1a, IsTheOneThatEverybodyKnows) {
    EXPECT_EQ(hash_of(""), 0xcbf29ce484222325U);
    EXPECT_EQ(hash_of("a"), 0xaf63dc4c8601ec8cU);
    EXPECT_EQ(hash_of("foobar"), 0x85944171f73967e8U);
}

}  // namespace
}  // namespace holdfast
