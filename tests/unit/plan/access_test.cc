#include "plan/access.h"

#include <gtest/gtest.h>

namespace holdfast::plan {
namespace {

TEST(PlannedReaders, AreTheOwnGroupWhichNeedNotExist) {
    const ReadersPlan readers = plan_readers({});
    EXPECT_EQ(readers.group, "holdfast");
    EXPECT_FALSE(readers.group_is_named);
    EXPECT_EQ(readers.socket_mode, 0660U);
}

TEST(PlannedReaders, AreWhoTheConfigurationNames) {
    config::GlobalDefs global;
    global.control_socket_group.value = "operators";
    global.control_socket_mode.value = 0600;
    const ReadersPlan readers = plan_readers(global);
    EXPECT_EQ(readers.group, "operators");
    EXPECT_TRUE(readers.group_is_named);
    EXPECT_EQ(readers.socket_mode, 0600U);
}

TEST(PlannedReaders, AreTheOnlyOnesBesideRootWhoReadWhatIsKept) {
    EXPECT_EQ(kept_folder_mode & 07U, 0U);
    EXPECT_EQ(kept_file_mode & 07U, 0U);
    EXPECT_EQ(kept_file_mode & 070U, 040U);
}

TEST(PlannedUmask, IsThatOfTheCommandLineThenTheConfigurationThenAStrictOne) {
    config::GlobalDefs global;
    EXPECT_EQ(plan_umask(global, {}), 0177U);
    global.umask.value = 022;
    EXPECT_EQ(plan_umask(global, {}), 022U);
    EXPECT_EQ(plan_umask(global, 0), 0U);
}

}  // namespace
}  // namespace holdfast::plan
