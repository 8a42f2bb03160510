#include "core/pid_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace holdfast::core {
namespace {

namespace fs = std::filesystem;

class PidFiles : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "pids.XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { fs::remove_all(folder_); }
    std::string path() const { return folder_ / "a.pid"; }
    std::string content() const {
        std::ifstream file{path()};
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    fs::path folder_;
};

TEST_F(PidFiles, HoldOneNumberAndANewlineReadableByAllWhateverTheUmask) {
    const mode_t before = umask(0177);
    PidFile file{path()};
    EXPECT_TRUE(file.write(4711));
    umask(before);
    EXPECT_EQ(content(), "4711\n");
    struct stat facts {};
    ASSERT_EQ(stat(path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777, 0644u);
    EXPECT_EQ(std::distance(fs::directory_iterator{folder_}, fs::directory_iterator{}), 1)
        << "the temporary file is gone";
}

TEST_F(PidFiles, GoWithTheirOwner) {
    {
        PidFile file{path()};
        ASSERT_TRUE(file.write(4711));
    }
    EXPECT_FALSE(fs::exists(path()));
}

TEST_F(PidFiles, StayWhenTheyAreSomebodyElsesByNow) {
    {
        PidFile file{path()};
        ASSERT_TRUE(file.write(4711));
        std::ofstream{path()} << "1234\n";
    }
    EXPECT_EQ(content(), "1234\n");
}

TEST_F(PidFiles, AreNeverAbsentWhileANewProcessTakesTheSamePath) {
    PidFile file{path()};
    ASSERT_TRUE(file.write(4711));
    PidFile renewed{path()};
    ASSERT_TRUE(renewed.write(4712));
    file = std::move(renewed);
    EXPECT_EQ(content(), "4712\n");
}

TEST_F(PidFiles, ThatCannotBeWrittenSayWhich) {
    PidFile file{folder_ / "none" / "a.pid"};
    const auto written = file.write(1);
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().text().find("none/a.pid"), std::string::npos);
}

TEST_F(PidFiles, NameNoDaemonWhenTheNumberIsDeadForeignOrNoNumber) {
    EXPECT_EQ(running_daemon(path()), 0) << "no file";
    std::ofstream{path()} << "nonsense\n";
    EXPECT_EQ(running_daemon(path()), 0);
    std::ofstream{path()} << "-1\n";
    EXPECT_EQ(running_daemon(path()), 0);
    std::ofstream{path()} << getppid() << "\n";  // alive, but of another name
    EXPECT_EQ(running_daemon(path()), 0);
    std::ofstream{path()} << getpid() << "\n";
    EXPECT_EQ(running_daemon(path()), 0) << "ourselves";
}

TEST(PidPaths, AreInTheRuntimeDirectoryUnderOurOwnName) {
    const PidPaths paths = pid_paths({}, {}, "/run/holdfast");
    EXPECT_EQ(paths.core, "/run/holdfast/holdfastd.pid");
    EXPECT_EQ(paths.vrrp, "/run/holdfast/vrrp.pid");
    EXPECT_EQ(paths.checker, "/run/holdfast/checkers.pid");
}

TEST(PidPaths, AreKeepalivedsUnderItsName) {
    Options options;
    options.as_keepalived = true;
    config::Config config;
    EXPECT_EQ(pid_paths(options, config, "/run/holdfast").core, "/run/keepalived.pid");
    EXPECT_EQ(pid_paths(options, config, "/run/holdfast").checker, "/run/checkers.pid");
    config.instance.value = "red";
    EXPECT_EQ(pid_paths(options, config, "/run/holdfast").core, "/run/keepalived/keepalived_red.pid");
    EXPECT_EQ(pid_paths(options, config, "/run/holdfast").vrrp, "/run/keepalived/vrrp_red.pid");
}

TEST(PidPaths, OfOptionsWin) {
    Options options;
    options.as_keepalived = true;
    options.pid_file = "/a";
    options.vrrp_pid_file = "/b";
    options.checkers_pid_file = "/c";
    config::Config config;
    config.instance.value = "red";
    const PidPaths paths = pid_paths(options, config, "/run");
    EXPECT_EQ(paths.core + paths.vrrp + paths.checker, "/a/b/c");
}

}  // namespace
}  // namespace holdfast::core
