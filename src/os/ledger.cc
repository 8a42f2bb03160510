#include "os/ledger.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace holdfast::os {

struct Ledger::Page {
    std::int64_t begin_ns;
    std::atomic<std::int64_t> reported_ns;
};

Result<UniqueFd> Ledger::create(Instant begin) {
    UniqueFd fd{memfd_create("holdfast-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    const auto begin_ns = static_cast<std::int64_t>(begin.time_since_epoch().count());
    const Page page{.begin_ns = begin_ns, .reported_ns = begin_ns};
    if (!fd || fchmod(fd.get(), 0600) != 0 ||
        pwrite(fd.get(), &page, sizeof page, 0) != static_cast<ssize_t>(sizeof page) ||
        fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return Error::system("note what has been reported");
    return fd;
}

Result<Ledger> Ledger::map(int fd) {
    struct stat facts {};
    if (fstat(fd, &facts) != 0) return Error::system("read what has been reported");
    if (facts.st_size != static_cast<off_t>(sizeof(Page)))
        return Error::invalid("the note of what has been reported has the wrong size");
    void* memory = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Error::system("map what has been reported");
    return Ledger{static_cast<Page*>(memory)};
}

Ledger::~Ledger() {
    if (page_ != nullptr) munmap(page_, sizeof(Page));
}

Instant Ledger::begin() const {
    return Instant{Duration{page_->begin_ns}};
}

Instant Ledger::reported() const {
    return Instant{Duration{page_->reported_ns.load(std::memory_order_relaxed)}};
}

void Ledger::report_until(Instant when) {
    page_->reported_ns.store(when.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace holdfast::os
