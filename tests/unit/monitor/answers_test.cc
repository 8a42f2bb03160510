#include "monitor/answers.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/status/examples.h"

namespace holdfast::monitor {
namespace {

os::UniqueFd page_with(const std::string& text) {
    auto page = os::create_published_page(1000);
    auto writer = os::PublishedPage::map(page->get());
    const auto room = writer->begin();
    std::copy(text.begin(), text.end(), room.begin());
    writer->publish(text.size());
    return std::move(*page);
}

TEST(Answers, AreWhatIsPublishedWithTheSizesBeforeIt) {
    Answers answers{page_with("routers"), page_with("checks!!")};
    EXPECT_EQ(*answers.to(status::Enquiry::snapshots), "holdfast-status 1 snapshots 7 8\nrouterschecks!!");
}

TEST(Answers, AreTheSameTextUntilSomethingIsPublished) {
    auto page = page_with("one");
    const os::UniqueFd again{fcntl(page.get(), F_DUPFD_CLOEXEC, 0)};
    Answers answers{std::move(page), {}};
    const auto first = answers.to(status::Enquiry::snapshots);
    EXPECT_EQ(answers.to(status::Enquiry::snapshots), first);
    auto writer = os::PublishedPage::map(again.get());
    writer->begin()[0] = 'x';
    writer->publish(1);
    EXPECT_EQ(*answers.to(status::Enquiry::snapshots), "holdfast-status 1 snapshots 1 0\nx");
}

TEST(Answers, TakenApartAreTheSameObjectUntilSomethingIsPublished) {
    using status::written;
    const auto text_of = [](const std::vector<std::uint8_t>& bytes) {
        return std::string{bytes.begin(), bytes.end()};
    };
    status::RoutersSnapshot routers = status::example_routers();
    auto page = os::create_published_page(100000);
    auto writer = os::PublishedPage::map(page->get());
    const auto publish = [&] {
        const std::string text = text_of(written(routers));
        std::copy(text.begin(), text.end(), writer->begin().begin());
        writer->publish(text.size());
    };
    publish();
    Answers answers{std::move(*page), page_with("this is no status")};
    const auto first = answers.published();
    ASSERT_TRUE(first->routers);
    EXPECT_EQ(first->routers->instances.at(0).name, "VI_1");
    EXPECT_FALSE(first->checks);
    EXPECT_EQ(answers.published(), first);
    routers.instances[0].name = "VI_2";
    publish();
    EXPECT_EQ(answers.published()->routers->instances.at(0).name, "VI_2");
}

TEST(Answers, OfNothingAreEmpty) {
    Answers answers{{}, *os::create_published_page(10)};
    EXPECT_EQ(*answers.to(status::Enquiry::snapshots), "holdfast-status 1 snapshots 0 0\n");
    EXPECT_FALSE(answers.published()->routers || answers.published()->checks);
}

}  // namespace
}  // namespace holdfast::monitor
