#include "os/ledger.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace holdfast::os {
namespace {

using namespace std::chrono_literals;

TEST(ALedger, KnowsWhatTheProcessBeforeHasReported) {
    const UniqueFd page = *Ledger::create(Instant{100s});
    {
        auto first = *Ledger::map(page.get());
        EXPECT_EQ(first.reported(), Instant{100s});
        first.report_until(Instant{150s});
    }
    const auto next = *Ledger::map(page.get());
    EXPECT_EQ(next.begin(), Instant{100s});
    EXPECT_EQ(next.reported(), Instant{150s});
}

TEST(ALedger, CannotBeMadeShorterUnderItsReader) {
    const UniqueFd page = *Ledger::create(Instant{1s});
    EXPECT_NE(ftruncate(page.get(), 0), 0);
}

TEST(ALedger, OfAnotherSizeIsRefused) {
    const UniqueFd file{open("/dev/null", O_RDWR | O_CLOEXEC)};
    EXPECT_FALSE(Ledger::map(file.get()));
}

}  // namespace
}  // namespace holdfast::os
