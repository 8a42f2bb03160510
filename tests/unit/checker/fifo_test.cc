#include "checker/fifo.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

class FifoTest : public Scratch {
protected:
    plan::FifoPlan plan() const {
        return {.path = path("fifo"), .uid = getuid(), .gid = getgid(), .reader = {}};
    }
    Result<std::unique_ptr<Fifo>> open() { return Fifo::open(*loop_, plan(), no_guard); }
    std::string waiting_lines() const {
        const os::UniqueFd fd{::open(path("fifo").c_str(), O_RDONLY | O_NONBLOCK)};
        std::string text(65536, '\0');
        const ssize_t size = ::read(fd.get(), text.data(), text.size());
        return text.substr(0, size > 0 ? static_cast<std::size_t>(size) : 0);
    }
};

TEST_F(FifoTest, IsCreatedReadableForAllWhateverTheUmask) {
    const mode_t before = umask(0177);
    auto fifo = open();
    umask(before);
    ASSERT_TRUE(fifo) << fifo.error().text();
    struct stat facts {};
    ASSERT_EQ(stat(path("fifo").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0644U);
    EXPECT_TRUE(S_ISFIFO(facts.st_mode));
}

TEST_F(FifoTest, KeepsTheOrderOfItsLines) {
    auto fifo = open();
    ASSERT_TRUE(fifo);
    (*fifo)->write("INSTANCE \"a\" BACKUP 100\n");
    (*fifo)->write("INSTANCE \"a\" MASTER 100\n");
    EXPECT_EQ(waiting_lines(), "INSTANCE \"a\" BACKUP 100\nINSTANCE \"a\" MASTER 100\n");
}

TEST_F(FifoTest, AFullFifoLosesLinesCountsThemAndSaysSoOnce) {
    auto fifo = open();
    ASSERT_TRUE(fifo);
    const std::string line(1023, 'x');
    for (int count = 0; count < 100; ++count)
        (*fifo)->write(line + "\n");
    EXPECT_EQ((*fifo)->lost(), 36U);  // 64 KiB fit
    EXPECT_TRUE(logged("HF2307 FIFO " + path("fifo") + " is full, nobody reads it: 1 line lost so far"));
    EXPECT_FALSE(logged("2 lines"));
}

TEST_F(FifoTest, IsRemovedAtTheEndIfItWasCreated) {
    EXPECT_TRUE(open());
    EXPECT_FALSE(exists("fifo"));
    ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_TRUE(open());
    EXPECT_TRUE(exists("fifo"));
}

TEST_F(FifoTest, AFileThatIsNoFifoIsLeftAlone) {
    std::ofstream{path("fifo")} << "precious";
    const auto fifo = open();
    ASSERT_FALSE(fifo);
    EXPECT_NE(fifo.error().text().find("is no FIFO: remove it or name another"), std::string::npos);
    EXPECT_EQ(text("fifo"), "precious");
}

TEST_F(FifoTest, ASymbolicLinkIsRefused) {
    ASSERT_EQ(mkfifo(path("elsewhere").c_str(), 0600), 0);
    ASSERT_EQ(symlink(path("elsewhere").c_str(), path("fifo").c_str()), 0);
    EXPECT_FALSE(open());
}

TEST_F(FifoTest, AFifoOfSomebodyElseIsRefused) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
    ASSERT_EQ(chown(path("fifo").c_str(), 12345, 12345), 0);
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text().find("belongs to user 12345, not to user 0"), std::string::npos);
    plan::FifoPlan as_configured = plan();
    as_configured.uid = 12345;
    EXPECT_TRUE(Fifo::open(*loop_, as_configured, no_guard));
}

TEST_F(FifoTest, TheReaderGetsThePathAndTheLinesAndIsAskedToEnd) {
    plan::FifoPlan with_reader = plan();
    with_reader.reader = script("reader",
                                "trap 'echo TERM >> out; exit 0' TERM\nexec 3<>\"$1\"\nwhile read line <&3; "
                                "do echo \"$line\" >> out; done");
    auto fifo = Fifo::open(*loop_, with_reader, no_guard);
    ASSERT_TRUE(fifo);
    (*fifo)->write("one\n");
    (*fifo)->write("two\n");
    ASSERT_TRUE(becomes_true([&] { return text("out") == "one\ntwo\n" && !(*fifo)->awaits_reader(); }));
    (*fifo)->retire();
    ASSERT_TRUE(becomes_true([&] { return text("out") == "one\ntwo\nTERM\n"; }));
    EXPECT_FALSE(exists("fifo"));
    EXPECT_FALSE(logged("HF2308"));
}

TEST_F(FifoTest, AReaderThatEndsByItselfIsNews) {
    plan::FifoPlan with_reader = plan();
    with_reader.reader = script("reader", "echo 'ImportError: no module' >&2; exit 1");
    auto fifo = Fifo::open(*loop_, with_reader, no_guard);
    ASSERT_TRUE(fifo);
    ASSERT_TRUE(becomes_true([&] { return logged("HF2308 the reader of FIFO " + path("fifo")); }));
    EXPECT_TRUE(logged("ended: exit status 1; it printed: ImportError: no module"));
    EXPECT_FALSE((*fifo)->awaits_reader());
}

}  // namespace
}  // namespace holdfast::checker::testing
