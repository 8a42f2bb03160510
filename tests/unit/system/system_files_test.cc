#include "system/system_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace holdfast::system {
namespace {

namespace fs = std::filesystem;
using Kind = config::Files::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

class RealFiles : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "files.XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        for (const char* name : {"b.conf", "a.conf", "c.txt"}) {
            std::ofstream{folder_ / name} << name << "\n";
            fs::permissions(folder_ / name, fs::perms{0644});
        }
    }
    void TearDown() override { fs::remove_all(folder_); }
    std::string at(const char* name) const { return folder_ / name; }

    fs::path folder_;
    SystemFiles files_;
};

TEST_F(RealFiles, AreOfOneKind) {
    EXPECT_EQ(files_.kind(at("a.conf")), Kind::regular);
    EXPECT_EQ(files_.kind(at("none")), Kind::absent);
    EXPECT_EQ(files_.kind(at("a.conf") + "/below"), Kind::absent);
    EXPECT_EQ(files_.kind(folder_), Kind::directory);
    EXPECT_EQ(files_.kind("/dev/null"), Kind::other);
    fs::permissions(at("b.conf"), fs::perms{0755});
    EXPECT_EQ(files_.kind(at("b.conf")), Kind::executable);
    fs::create_symlink(at("a.conf"), folder_ / "link");
    EXPECT_EQ(files_.kind(at("link")), Kind::regular);
}

TEST_F(RealFiles, AreReadWhole) {
    const std::string text(200'000, 'x');
    std::ofstream{at("large")} << text;
    EXPECT_EQ(files_.read(at("large")).value(), text);
    EXPECT_FALSE(files_.read(at("none")));
    EXPECT_FALSE(files_.read(folder_)) << "a folder";
}

TEST_F(RealFiles, AreFoundByPatternInOrder) {
    EXPECT_THAT(files_.glob(folder_ / "*.conf", "/"), ElementsAre(at("a.conf"), at("b.conf")));
    EXPECT_THAT(files_.glob("{c.txt,a.conf}", folder_), testing::UnorderedElementsAre("a.conf", "c.txt"));
    EXPECT_THAT(files_.glob("*.none", folder_), IsEmpty());
}

TEST_F(RealFiles, PatternsBelowAFolderNameFilesAsTheUserDid) {
    EXPECT_THAT(files_.glob("[ab].conf", folder_), ElementsAre("a.conf", "b.conf"));
}

TEST_F(RealFiles, EnvironmentIsThatOfTheProcess) {
    setenv("HOLDFAST_TEST_VARIABLE", "value", 1);
    EXPECT_EQ(files_.environment("HOLDFAST_TEST_VARIABLE"), "value");
    unsetenv("HOLDFAST_TEST_VARIABLE");
    EXPECT_EQ(files_.environment("HOLDFAST_TEST_VARIABLE"), std::nullopt);
    EXPECT_EQ(files_.current_directory(), fs::current_path());
}

}  // namespace
}  // namespace holdfast::system
