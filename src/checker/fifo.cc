#include "checker/fifo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "checker/scripts.h"

namespace holdfast::checker {

Result<std::unique_ptr<Fifo>> Fifo::open(os::EventLoop& loop, const plan::FifoPlan& plan) {
    const bool created = mkfifo(plan.path.c_str(), 0644) == 0;
    if (!created && errno != EEXIST) return Error::system("create FIFO " + plan.path);
    // O_RDWR: a FIFO without a reader takes lines all the same, and opening it never waits for one.
    os::UniqueFd fd{::open(plan.path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd) return Error::system("open FIFO " + plan.path);
    struct stat facts {};
    if (fstat(fd.get(), &facts) != 0) return Error::system("look at FIFO " + plan.path);
    if (!S_ISFIFO(facts.st_mode))
        return Error::invalid(plan.path + " is there, but is no FIFO: remove it or name another");
    if (facts.st_uid != geteuid() && facts.st_uid != plan.uid)
        return Error::invalid("FIFO " + plan.path + " belongs to user " + std::to_string(facts.st_uid) +
                              ", not to the configured one");
    if (created) {
        fchmod(fd.get(), 0644);
        if (fchown(fd.get(), plan.uid, plan.gid) != 0)
            os::log(os::Level::warning,
                    "FIFO " + plan.path + " cannot be given to its configured user; grant CAP_CHOWN");
    }
    std::unique_ptr<Fifo> fifo{new Fifo{plan, std::move(fd), created}};
    if (plan.reader) fifo->start_reader(loop);
    return fifo;
}

void Fifo::start_reader(os::EventLoop& loop) {
    const auto pid = launch(*plan_.reader, {plan_.path}, -1);
    if (!pid)
        return os::log(os::Level::error,
                       "the reader of FIFO " + plan_.path + " could not be run: " + pid.error().text());
    reader_ = *pid;
    auto exit = loop.child(reader_, [this](os::ChildExit how) {
        os::log(os::Level::warning, "the reader of FIFO " + plan_.path + " ended: " + how.text());
        reader_ = 0;
    });
    if (exit) reader_exit_ = std::move(*exit);
}

Fifo::~Fifo() {
    reader_exit_ = {};
    if (reader_ > 0) kill(-reader_, SIGTERM);
    if (created_) unlink(plan_.path.c_str());
}

void Fifo::write(const std::string& line) {
    if (::write(fd_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) return;
    if (const auto held_back = limit_.allow(plan_.path, os::EventLoop::now()))
        os::log(os::Level::warning, "FIFO " + plan_.path + " is full: nobody reads it; " +
                                        std::to_string(*held_back + 1) + " lines lost");
}

}  // namespace holdfast::checker
