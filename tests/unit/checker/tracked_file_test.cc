#include "checker/tracked_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace holdfast::checker {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST(NumberIn, IsInCsNotationAndLimited) {
    EXPECT_EQ(number_in("10\n20\n"), 10);
    EXPECT_EQ(number_in("  -3"), -3);
    EXPECT_EQ(number_in("0x1f"), 31);
    EXPECT_EQ(number_in("017"), 15);
    EXPECT_EQ(number_in("99999999999999999999"), 2147483647);
    EXPECT_EQ(number_in("-99999999999"), -2147483648);
    EXPECT_EQ(number_in("none"), 0);
    EXPECT_EQ(number_in(""), 0);
}

class AFile : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = fs::temp_directory_path() / "holdfast-file-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        plan_.path = (folder_ / "sub" / "state").string();
        fs::create_directory(folder_ / "sub");
    }
    void TearDown() override { fs::remove_all(folder_); }
    void put(const std::string& text) {  // as careful programs do
        std::ofstream{folder_ / "fresh"} << text;
        fs::rename(folder_ / "fresh", plan_.path);
    }
    void track(bool first = true) {
        file_.emplace(name_, plan_, *watch_, first, [this](Verdict verdict) {
            EXPECT_TRUE(verdict.good);
            said_.push_back(verdict.value);
        });
        file_->begin();
    }
    void until(std::vector<std::int32_t> said) {
        while (said_.size() < said.size())
            ASSERT_TRUE(loop_->turn(10s));
        EXPECT_EQ(said_, said);
    }

    fs::path folder_;
    std::string name_ = "file f";
    plan::FilePlan plan_;
    std::unique_ptr<os::EventLoop> loop_ = std::move(*os::EventLoop::create());
    std::unique_ptr<FileWatch> watch_ = std::move(*FileWatch::create(*loop_));
    std::vector<std::int32_t> said_;
    std::optional<TrackedFile> file_;
};

TEST_F(AFile, IsFollowedThroughWritesReplacementAndRemoval) {
    track();
    until({0});
    put("5");
    until({0, 5});
    std::ofstream{plan_.path} << "-7\n";
    until({0, 5, -7});
    fs::remove(plan_.path);
    until({0, 5, -7, 0});
}

TEST_F(AFile, IsFoundAgainWhenItsFolderWasReplaced) {
    put("1");
    track();
    until({1});
    fs::remove_all(folder_ / "sub");
    until({1, 0});
    fs::create_directory(folder_ / "sub");
    put("2");
    until({1, 0, 2});
}

TEST_F(AFile, IsMadeAtTheFirstStartOnly) {
    plan_.init = 9;
    track(false);
    until({0});
    EXPECT_FALSE(fs::exists(plan_.path));
    said_.clear();
    track();
    until({9});
    put("3");
    said_.clear();
    track();
    until({3});
    plan_.init_overwrites = true;
    said_.clear();
    track();
    ASSERT_FALSE(said_.empty());
    EXPECT_EQ(said_.back(), 9);
}

TEST_F(AFile, ThatIsNoneCountsAsZero) {
    ASSERT_EQ(mkfifo(plan_.path.c_str(), 0600), 0);
    track();
    until({0});
    EXPECT_FALSE(number_in_file(plan_.path));
    EXPECT_FALSE(number_in_file("/proc/sys/kernel/pid_max")) << "tells nobody of changes";
    EXPECT_EQ(number_in_file("/nonexistent/x").value(), 0);
}

}  // namespace
}  // namespace holdfast::checker
