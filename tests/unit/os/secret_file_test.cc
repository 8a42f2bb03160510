#include "os/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace holdfast::os {
namespace {

class SecretFile : public testing::Test {
protected:
    SecretFile() {
        char name[] = "/tmp/holdfast-secret-XXXXXX";
        folder_ = mkdtemp(name);
    }
    ~SecretFile() override { std::filesystem::remove_all(folder_); }
    std::string holding(const std::string& text, mode_t mode = 0600) const {
        std::ofstream{path()} << text;
        chmod(path().c_str(), mode);
        return path();
    }
    std::string path() const { return folder_ + "/key"; }

    std::string folder_;
};

TEST_F(SecretFile, HoldsAKeyWithoutTheEndOfItsLine) {
    EXPECT_EQ(read_secret(holding("0123456789abcdef\n")).value(), "0123456789abcdef");
    EXPECT_EQ(read_secret(holding(" two words of a key \r\n")).value(), "two words of a key");
}

TEST_F(SecretFile, ThatIsMissingTooShortTooLongOrNoFileIsRefusedWithItsName) {
    EXPECT_EQ(read_secret(path()).error().text(), "read " + path() + ": No such file or directory");
    EXPECT_FALSE(read_secret(holding("0123456789abcde\n")));
    EXPECT_FALSE(read_secret(holding("")));
    EXPECT_TRUE(read_secret(holding(std::string(longest_secret, 'k'))));
    EXPECT_FALSE(read_secret(holding(std::string(longest_secret + 1, 'k'))));
    EXPECT_FALSE(read_secret(folder_));
    const std::string fifo = folder_ + "/fifo";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_FALSE(read_secret(fifo)) << "and nobody waited for its writer";
}

TEST_F(SecretFile, ThatOthersMayReadOrChangeIsToldApart) {
    EXPECT_FALSE(is_open_to_others(holding("0123456789abcdef")));
    EXPECT_TRUE(is_open_to_others(holding("0123456789abcdef", 0640)));
    EXPECT_TRUE(is_open_to_others(holding("0123456789abcdef", 0602)));
    EXPECT_FALSE(is_open_to_others(folder_ + "/nonesuch"));
}

}  // namespace
}  // namespace holdfast::os
