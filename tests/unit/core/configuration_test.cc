#include "core/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

config::Diagnostics with(config::Class rank, config::Consequence consequence) {
    config::Diagnostics all;
    all.add({.rank = rank, .consequence = consequence, .message = "x"});
    return all;
}

TEST(Refusal, IsForFindingsThatStopAndForAnyWhenStrict) {
    using enum config::Class;
    using enum config::Consequence;
    Options strict;
    strict.strict_config = true;
    EXPECT_EQ(refusal({}, {}), 0);
    EXPECT_EQ(refusal({}, strict), 0);
    EXPECT_EQ(refusal(with(unknown_keyword, ignored), {}), 0);
    EXPECT_EQ(refusal(with(unknown_keyword, ignored), strict), 2);
    EXPECT_EQ(refusal(with(notice, none), strict), 0);
    EXPECT_EQ(refusal(with(bad_interface, stops), {}), 2);
    EXPECT_EQ(refusal(with(file_not_found, stops), {}), 6);
}

TEST(RefusedChange, IsOneOfWhereTheDaemonLives) {
    config::Config before;
    config::Config after;
    EXPECT_THAT(refused_change(before, after, {}), IsEmpty());
    after.instance.value = "red";
    EXPECT_THAT(refused_change(before, after, {}), HasSubstr("instance cannot change from none to red"));
    before.instance.value = "red";
    EXPECT_THAT(refused_change(before, after, {}), IsEmpty());
    before.net_namespace.value = "blue";
    EXPECT_THAT(refused_change(before, after, {}),
                HasSubstr("net_namespace cannot change from blue to none"));
}

TEST(RefusedChange, NoNamespaceKeywordMattersWhereAnOptionNamesOne) {
    Options options;
    options.net_namespace = "green";
    config::Config after;
    after.net_namespace.value = "blue";
    EXPECT_THAT(refused_change({}, after, options), IsEmpty());
}

TEST(ConfigurationPath, IsTheGivenOneOrOneOfTwoDefaults) {
    Options options;
    options.as_keepalived = true;
    EXPECT_EQ(configuration_path(options), "/etc/keepalived/keepalived.conf");
    options.configuration_file = "/x";
    EXPECT_EQ(configuration_path(options), "/x");
}

}  // namespace
}  // namespace holdfast::core
