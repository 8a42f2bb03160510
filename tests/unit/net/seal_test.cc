#include "net/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace holdfast::net {
namespace {

using ::testing::HasSubstr;

std::vector<std::uint8_t> bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

std::string hex_of(ByteView bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

const std::string good_key = "hex:" + std::string(64, '1');

// A key file of the test, gone with it.
class KeyFile {
public:
    explicit KeyFile(const std::string& text, mode_t mode = 0600) {
        std::ofstream{path_} << text;
        chmod(path_.c_str(), mode);
    }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;
    ~KeyFile() { unlink(path_.c_str()); }
    std::string written() const { return "file:" + path_; }

private:
    std::string path_ = ::testing::TempDir() + "seal-key-" + std::to_string(getpid());
};

// As `openssl dgst -sha256 -mac HMAC` has it; the keys of RFC 4231 are shorter or longer than ours may be.
TEST(Seal, IsHmacSha256) {
    const auto key = SealKey::read("hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    ASSERT_TRUE(key);
    EXPECT_EQ(hex_of(key->seal(bytes_of("holdfast"))),
              "4b3b1e7b87be634c1c4efb096ad95f41f66b00c3ff16bb32b76367fd5c5e7aa4");
}

TEST(Seal, OpensOnlyWhatWasSealedWithTheSameKey) {
    const auto key = SealKey::read(good_key);
    const auto other = SealKey::read(std::string(32, 'x'));
    ASSERT_TRUE(key && other);
    std::vector<std::uint8_t> sealed = bytes_of("holdfast");
    const auto trailer = key->seal(sealed);
    sealed.insert(sealed.end(), trailer.begin(), trailer.end());
    const ByteView opened = key->opened(sealed);
    EXPECT_EQ(std::string(opened.begin(), opened.end()), "holdfast");
    EXPECT_TRUE(other->opened(sealed).empty());
    for (std::uint8_t& byte : sealed) {
        byte ^= 1U;
        EXPECT_TRUE(key->opened(sealed).empty());
        byte ^= 1U;
    }
    EXPECT_TRUE(key->opened(ByteView{sealed}.first(31)).empty());
    EXPECT_TRUE(key->opened({}).empty());
}

TEST(SealKey, StandsInTheFirstLineOfAFileThatNobodyElseReads) {
    for (const std::string& text : {good_key + "\n", std::string(32, 'k'), std::string(64, 'k') + "\r\n"})
        EXPECT_TRUE(SealKey::read(KeyFile{text}.written())) << text;
    for (const mode_t mode : {0640U, 0604U, 0660U, 0602U}) {
        const KeyFile file{good_key, mode};
        const auto key = SealKey::read(file.written());
        ASSERT_FALSE(key) << mode;
        EXPECT_THAT(key.error().text(), HasSubstr("chmod 600"));
    }
}

TEST(SealKey, IsRefusedWithItsReasonAndWithoutItsBytes) {
    for (const std::string& wrong :
         {std::string{}, std::string{"short"}, std::string(65, 's'), "hex:" + std::string(62, 'a'),
          "hex:" + std::string(63, 'a') + "s", "hex:" + std::string(65, 'a')}) {
        const auto key = SealKey::read(wrong);
        ASSERT_FALSE(key) << wrong;
        EXPECT_THAT(key.error().text(), HasSubstr("the key has"));
        EXPECT_THAT(key.error().text(), ::testing::Not(HasSubstr("aaaa")));
    }
    EXPECT_THAT(SealKey::read("file:/nowhere").error().text(), HasSubstr("/nowhere"));
    EXPECT_THAT(SealKey::read("file:/dev/null").error().text(), HasSubstr("no regular file"));
}

}  // namespace
}  // namespace holdfast::net
