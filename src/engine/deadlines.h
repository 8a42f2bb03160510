// The deadlines of all routers, or of all guards: a binary heap that knows where each router stands in it, so
// that moving one deadline among thousands costs a few comparisons and no memory. Equal deadlines come in the
// order of the routers, whatever happened before: who adopts decides as the one before would have.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"
#include "engine/ids.h"

namespace holdfast::engine {

template <class Id>
class DeadlinesOf {
public:
    explicit DeadlinesOf(std::size_t count);

    Instant of(Id id) const { return when_[index(id)]; }
    void set(Id id, Instant when);
    // The earliest deadline, `never` when there is none, and whose it is (only when there is one).
    Instant earliest() const { return heap_.empty() ? never : when_[index(heap_.front())]; }
    Id first() const { return heap_.front(); }

private:
    bool before(std::size_t left, std::size_t right) const;
    void swap(std::size_t left, std::size_t right);
    void rise(std::size_t at);
    void sink(std::size_t at);

    std::vector<Id> heap_;  // every router is always in it; those without a deadline at `never`
    std::vector<std::size_t> place_;
    std::vector<Instant> when_;
};

using Deadlines = DeadlinesOf<RouterId>;
using GuardDeadlines = DeadlinesOf<GuardId>;

}  // namespace holdfast::engine
