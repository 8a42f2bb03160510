#include "core/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "os/published.h"
#include "unit/status/examples.h"

namespace holdfast::core {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

class Histories : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "state.XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        recorder_ = make();
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::unique_ptr<Recorder> make() { return std::move(*Recorder::create(*loop_, folder_)); }
    void publish(const status::RoutersSnapshot& routers) {
        auto page = os::PublishedPage::map(page_.get());
        const auto bytes = status::written(routers);
        std::copy(bytes.begin(), bytes.end(), page->begin().begin());
        page->publish(bytes.size());
    }
    fs::path path(std::uint32_t number) const { return folder_ / "history" / status::recording_name(number); }
    Result<status::Recording> kept(std::uint32_t number) const {
        std::ifstream file{path(number)};
        std::ostringstream text;
        text << file.rdbuf();
        return status::decode_recording(text.str());
    }

    fs::path folder_;
    std::unique_ptr<os::EventLoop> loop_ = std::move(*os::EventLoop::create());
    os::UniqueFd page_ = std::move(*os::create_published_page(std::size_t{1} << 20));
    std::unique_ptr<Recorder> recorder_;
};

TEST_F(Histories, AreKeptWhileTheyAreMadeWhenSomethingHappened) {
    status::RoutersSnapshot routers = status::example_routers();
    publish(routers);
    recorder_->keep_news();
    EXPECT_FALSE(kept(1));  // nothing is watched
    recorder_->watch(page_.get());
    recorder_->keep_news();
    const auto first = kept(1);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_EQ(first->head.end, status::RunEnd::running);
    fs::remove(path(1));
    recorder_->keep_news();
    EXPECT_FALSE(kept(1));  // it is known already
    status::Transition next = routers.instances[0].transitions.back();
    next.told = next.when = Instant{1000s};
    routers.instances[0].transitions.push_back(next);
    publish(routers);
    recorder_->keep_news();
    EXPECT_TRUE(kept(1));
}

TEST_F(Histories, AreOneFileForEachRunThatOnlyOwnerAndGroupRead) {
    publish(status::example_routers());
    recorder_->keep(page_.get(), status::RunEnd::crashed);
    recorder_->keep(page_.get(), status::RunEnd::ended);
    make()->keep(page_.get(), status::RunEnd::ended);
    const auto first = kept(1);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_EQ(first->head.end, status::RunEnd::ended);
    EXPECT_EQ(first->routers.instances.at(0).name, "VI_1");
    EXPECT_TRUE(kept(2));
    EXPECT_FALSE(kept(3));
    struct stat facts {};
    ASSERT_EQ(stat(path(1).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777, 0640u);
    ASSERT_EQ(stat((folder_ / "history").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777, 0750u);
}

TEST_F(Histories, OfAProcessThatDiedAreKeptBeforeTheEndAtTheLatest) {
    publish(status::example_routers());
    recorder_->keep_soon(page_.get());
    EXPECT_FALSE(kept(1));
    page_.reset();
    recorder_->finish();
    ASSERT_TRUE(kept(1));
    EXPECT_EQ(kept(1)->head.end, status::RunEnd::crashed);
}

TEST_F(Histories, ThatSayNothingDisplaceNothing) {
    publish(status::example_routers());
    recorder_->keep(page_.get(), status::RunEnd::crashed);
    publish({.head = status::example_head()});
    recorder_->keep(page_.get(), status::RunEnd::ended);
    recorder_->keep(-1, status::RunEnd::ended);
    EXPECT_THAT(kept(1)->routers.instances, SizeIs(1));
}

TEST_F(Histories, AreBoundedInNumberAndTheNewestStay) {
    publish(status::example_routers());
    for (std::size_t run = 0; run < status::most_recordings + 3; ++run)
        make()->keep(page_.get(), status::RunEnd::ended);
    EXPECT_FALSE(kept(3));
    EXPECT_TRUE(kept(4));
    EXPECT_TRUE(kept(status::most_recordings + 3));
}

TEST_F(Histories, AreBoundedInBytesButOneStays) {
    publish(status::example_routers());
    recorder_->keep(page_.get(), status::RunEnd::ended);
    fs::resize_file(path(1), status::most_recordings_bytes);
    make()->keep(page_.get(), status::RunEnd::ended);
    EXPECT_FALSE(fs::exists(path(1)));
    EXPECT_TRUE(kept(2));
}

TEST_F(Histories, FollowNoLinkThatSomebodyLaid) {
    publish(status::example_routers());
    fs::create_directory(folder_ / "history");
    std::ofstream{folder_ / "other"} << "mine";
    fs::create_symlink(folder_ / "other", path(1));
    recorder_->keep(page_.get(), status::RunEnd::ended);
    std::ifstream file{folder_ / "other"};
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), "mine");
    EXPECT_TRUE(kept(2));
}

}  // namespace
}  // namespace holdfast::core
