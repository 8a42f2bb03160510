#include "core/legacy.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "os/process_handle.h"

namespace holdfast::core {
namespace {

TEST(Note, SaysWhichProcessesThereAreAndWhatIsToBeDone) {
    const Bequest bequest{
        .vrrp = {.pid = getpid()}, .reads_again = true, .deposit = 77, .log_level = os::Level::debug};
    const auto read = read_note(write_note(bequest));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->vrrp.pid, getpid());
    EXPECT_EQ(read->vrrp.start_time, os::start_time_of(getpid()));
    EXPECT_EQ(read->checker.pid, 0);
    EXPECT_TRUE(read->reads_again);
    EXPECT_EQ(read->deposit, 77u);
    EXPECT_FALSE(read->re_executed);
    EXPECT_EQ(read->log_level, os::Level::debug);
}

TEST(Note, OfAnotherVersionOrTornIsRefused) {
    const std::string note = write_note({});
    EXPECT_FALSE(read_note("holdfast-legacy 2\n" + note.substr(note.find('\n') + 1)));
    const std::size_t level = note.find("log-level");  // earlier versions end there
    for (std::size_t size = 0; size + 1 < note.size(); ++size)
        EXPECT_EQ(read_note(note.substr(0, size)).has_value(), size == level || size == level - 1) << size;
    EXPECT_FALSE(read_note(std::string{note}.replace(note.find("vrrp 0"), 6, "vrrp -1")));
}

TEST(Legacy, IsNothingWhenNobodyLeftAny) {
    unsetenv("HOLDFAST_LEGACY");
    unsetenv("LISTEN_FDS");
    EXPECT_FALSE(take_legacy());
    setenv("HOLDFAST_LEGACY", "note=999,page=x,=,configuration", 1);
    EXPECT_FALSE(take_legacy());
    EXPECT_EQ(std::getenv("HOLDFAST_LEGACY"), nullptr);
}

}  // namespace
}  // namespace holdfast::core
