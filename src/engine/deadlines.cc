#include "engine/deadlines.h"

#include <utility>

namespace holdfast::engine {

template <class Id>
DeadlinesOf<Id>::DeadlinesOf(std::size_t count) : when_(count, never) {
    heap_.reserve(count);
    place_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        heap_.push_back(Id{static_cast<std::uint32_t>(i)});
        place_.push_back(i);
    }
}

template <class Id>
void DeadlinesOf<Id>::set(Id id, Instant when) {
    Instant& current = when_[index(id)];
    const bool sooner = when < current;
    if (when == current) return;
    current = when;
    if (sooner)
        rise(place_[index(id)]);
    else
        sink(place_[index(id)]);
}

template <class Id>
bool DeadlinesOf<Id>::before(std::size_t left, std::size_t right) const {
    const Id one = heap_[left];
    const Id other = heap_[right];
    const Instant its = when_[index(one)];
    const Instant others = when_[index(other)];
    return its != others ? its < others : index(one) < index(other);
}

template <class Id>
void DeadlinesOf<Id>::swap(std::size_t left, std::size_t right) {
    std::swap(heap_[left], heap_[right]);
    place_[index(heap_[left])] = left;
    place_[index(heap_[right])] = right;
}

template <class Id>
void DeadlinesOf<Id>::rise(std::size_t at) {
    while (at > 0 && before(at, (at - 1) / 2)) {
        swap(at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

template <class Id>
void DeadlinesOf<Id>::sink(std::size_t at) {
    for (;;) {
        std::size_t least = at;
        for (const std::size_t child : {2 * at + 1, 2 * at + 2})
            if (child < heap_.size() && before(child, least)) least = child;
        if (least == at) return;
        swap(at, least);
        at = least;
    }
}

template class DeadlinesOf<RouterId>;
template class DeadlinesOf<GuardId>;

}  // namespace holdfast::engine
