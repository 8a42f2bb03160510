#include "config/reference.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::config::testing {
namespace {

TEST(Reference, NamesEveryKeywordWithItsArguments) {
    const std::string text = reference_mdoc();
    EXPECT_NE(text.find(".It Li \"priority 1..255\"\n"), std::string::npos);
    EXPECT_NE(text.find(".Ss vrrp_instance\n"), std::string::npos);
    EXPECT_EQ(text.find("\n\n"), std::string::npos);  // mdoc has no empty lines
}

bool is_effective(const std::string& block, const std::string& keyword) {
    for (const auto& entry : reference_entries())
        if (entry.block == block && entry.keyword == keyword) return entry.effective;
    return false;
}

TEST(Reference, SaysWhatHasNoEffectYet) {
    EXPECT_FALSE(is_effective("virtual_server", "lvs_sched"));
    EXPECT_TRUE(is_effective("vrrp_instance", "virtual_ipaddress"));
    EXPECT_TRUE(is_effective("(root)", "vrrp_instance"));
}

TEST(Reference, ListsKeywordsForCompletion) {
    const std::string list = completion_list();
    EXPECT_NE(list.find("vrrp_instance nopreempt\n"), std::string::npos);
    EXPECT_NE(list.find("virtual_server/real_server/HTTP_GET/url status_code\n"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::config::testing
