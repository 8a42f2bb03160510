#include "os/small_files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace holdfast::os {
namespace {

using ::testing::ElementsAre;

class SmallFiles : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-files-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    static mode_t mode_of(const std::string& path) {
        struct stat facts {};
        return stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
    }

    std::string folder_;
};

TEST_F(SmallFiles, AreReplacedAsAWholeWithTheirAccess) {
    ASSERT_TRUE(replace_file(path("a"), "one", {.mode = 0640, .group = {}}));
    std::ofstream{path(".a.new")} << "of a process that ended in the middle";
    ASSERT_TRUE(replace_file(path("a"), "two", {.mode = 0640, .group = {}}));
    EXPECT_EQ(read_small_file(path("a"), 100).value(), "two");
    EXPECT_EQ(mode_of(path("a")), 0640U);
    EXPECT_THAT(names_in(folder_, 10).value(), ElementsAre("a"));
}

TEST_F(SmallFiles, AreReadOnlyIfTheyAreRegularAndSmall) {
    std::ofstream{path("large")} << std::string(101, 'x');
    EXPECT_FALSE(read_small_file(path("large"), 100));
    EXPECT_TRUE(read_small_file(path("large"), 101));
    ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_FALSE(read_small_file(path("fifo"), 100)) << "and nobody waits for a writer";
    ASSERT_EQ(symlink("large", path("link").c_str()), 0);
    EXPECT_FALSE(read_small_file(path("link"), 1000));
    EXPECT_EQ(read_small_file(path("none"), 100).error().error_number(), ENOENT);
}

TEST_F(SmallFiles, ThatCannotBeWrittenSayWhyAndLeaveTheOldOne) {
    ASSERT_TRUE(replace_file(path("a"), "one", {.mode = 0600, .group = {}}));
    ASSERT_EQ(mkdir(path(".a.new").c_str(), 0700), 0);  // in the way
    const auto written = replace_file(path("a"), "two", {.mode = 0600, .group = {}});
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().text().find(path("a")), std::string::npos);
    EXPECT_EQ(read_small_file(path("a"), 100).value(), "one");
}

TEST_F(SmallFiles, LieInAFolderThatIsMadeOrCorrected) {
    ASSERT_TRUE(keep_folder(path("kept"), {.mode = 0750, .group = {}}));
    EXPECT_EQ(mode_of(path("kept")), 0750U);
    ASSERT_EQ(chmod(path("kept").c_str(), 0777), 0);
    ASSERT_TRUE(keep_folder(path("kept"), {.mode = 0750, .group = {}}));
    EXPECT_EQ(mode_of(path("kept")), 0750U);
    std::ofstream{path("file")} << "x";
    EXPECT_FALSE(keep_folder(path("file"), {.mode = 0750, .group = {}}));
    EXPECT_FALSE(keep_folder(path("no/such/place"), {.mode = 0750, .group = {}}));
    for (const char* name : {"kept/b", "kept/a", "kept/.hidden", "kept/c"})
        std::ofstream{path(name)} << "x";
    EXPECT_THAT(names_in(path("kept"), 10).value(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(names_in(path("kept"), 2).value().size(), 2U);
    EXPECT_EQ(names_in(path("none"), 2).error().error_number(), ENOENT);
}

}  // namespace
}  // namespace holdfast::os
