// What outlives a process that reports: since when there are reports, and up to when everything has been
// reported. Memory of its parent's, so that the next process neither repeats nor leaves out anything.
#pragma once

#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "os/unique_fd.h"

namespace holdfast::os {

class Ledger {
public:
    // Everything before `begin` counts as reported.
    static Result<UniqueFd> create(Instant begin);
    static Result<Ledger> map(int fd);
    Ledger(Ledger&& other) noexcept : page_{std::exchange(other.page_, nullptr)} {}
    Ledger& operator=(Ledger&&) = delete;
    Ledger(const Ledger&) = delete;
    ~Ledger();

    Instant begin() const;
    Instant reported() const;
    void report_until(Instant when);

private:
    struct Page;
    explicit Ledger(Page* page) : page_{page} {}
    Page* page_;
};

}  // namespace holdfast::os
