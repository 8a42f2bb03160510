#include "checker/fifo.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;

constexpr mode_t fifo_mode = 0644;

Result<void> judge(const struct stat& facts, const plan::FifoPlan& plan) {
    if (!S_ISFIFO(facts.st_mode))
        return Error::invalid(plan.path + " is there, but is no FIFO: remove it or name another");
    if (facts.st_uid != geteuid() && facts.st_uid != plan.uid)
        return Error::invalid("FIFO " + plan.path + " belongs to user " + std::to_string(facts.st_uid) +
                              ", not to user " + std::to_string(plan.uid) +
                              ": remove it or change its owner");
    return {};
}

Result<os::UniqueFd> open_existing(const plan::FifoPlan& plan) {
    struct stat facts {};
    if (lstat(plan.path.c_str(), &facts) != 0) return Error::system("look at FIFO " + plan.path);
    if (auto good = judge(facts, plan); !good)
        return std::move(good).error();  // opening a device may do things
    // O_RDWR: a FIFO without a reader takes lines all the same, and opening it never waits for one.
    os::UniqueFd fd{::open(plan.path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd) return Error::system("open FIFO " + plan.path);
    if (fstat(fd.get(), &facts) != 0) return Error::system("look at FIFO " + plan.path);
    if (auto good = judge(facts, plan); !good) return std::move(good).error();
    return fd;
}

}  // namespace

Result<std::unique_ptr<Fifo>> Fifo::open(os::EventLoop& loop, const plan::FifoPlan& plan,
                                         const Guard& guard) {
    const bool created = mkfifo(plan.path.c_str(), fifo_mode) == 0;
    if (!created && errno != EEXIST) return Error::system("create FIFO " + plan.path);
    auto fd = open_existing(plan);
    if (!fd) return std::move(fd).error();
    std::unique_ptr<Fifo> fifo{new Fifo{plan, std::move(*fd), created}};
    if (created) {
        const bool as_configured =
            fchmod(fifo->fd_.get(), fifo_mode) == 0 && fchown(fifo->fd_.get(), plan.uid, plan.gid) == 0;
        if (!as_configured)
            os::log(Level::warning,
                    labelled(Number::fifo_owner, "FIFO " + plan.path + " cannot be given to user " +
                                                     std::to_string(plan.uid) + ": grant CAP_CHOWN"));
    }
    if (plan.reader) fifo->start_reader(loop, *plan.reader, guard);
    return fifo;
}

void Fifo::start_reader(os::EventLoop& loop, const plan::Command& command, const Guard& guard) {
    const std::string what = "the reader of FIFO " + plan_.path;
    const auto refused = [&](const Error& why) {
        os::log(Level::error,
                labelled(Number::script_not_started, what + " could not be run: " + why.text()));
    };
    if (const auto still = guard(command); !still) return refused(still.error());
    auto run = ScriptRun::start(
        loop, {.owner = {}, .what = what, .command = command, .arguments = {plan_.path}},
        {.ended = [this](ScriptRun& reader, os::ChildExit how) { reader_ended(reader, how); },
         .silent = [](ScriptRun&) {}});
    if (!run) return refused(run.error());
    reader_ = std::move(*run);
}

void Fifo::reader_ended(const ScriptRun& reader, os::ChildExit how) const {
    if (!fd_) return;  // we asked for it
    const std::string words = reader.last_words();
    os::log(Level::warning, labelled(Number::fifo_reader_ended,
                                     reader.job().what + " (" + reader.job().command.path + ") ended: " +
                                         how.text() + (words.empty() ? "" : "; it printed: " + words)));
}

void Fifo::retire() {
    if (!fd_) return;
    fd_.reset();
    if (created_) unlink(plan_.path.c_str());
    if (reader_) reader_->signal(SIGTERM);
}

bool Fifo::awaits_reader() const {
    if (!fd_ || !reader_ || !reader_->is_running()) return false;
    int bytes = 0;
    return ioctl(fd_.get(), FIONREAD, &bytes) == 0 && bytes > 0;
}

void Fifo::write(const std::string& line) {
    if (!fd_) return;
    if (::write(fd_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) return;
    ++lost_;
    if (limit_.allow(plan_.path, os::EventLoop::now()))
        os::log(Level::warning,
                labelled(Number::fifo_full, "FIFO " + plan_.path +
                                                " is full, nobody reads it: " + std::to_string(lost_) +
                                                (lost_ == 1 ? " line" : " lines") + " lost so far"));
}

}  // namespace holdfast::checker
