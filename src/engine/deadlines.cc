#include "engine/deadlines.h"

#include <utility>

namespace holdfast::engine {

Deadlines::Deadlines(std::size_t routers) : when_(routers, never) {
    heap_.reserve(routers);
    place_.reserve(routers);
    for (std::size_t i = 0; i < routers; ++i) {
        heap_.push_back(RouterId{static_cast<std::uint32_t>(i)});
        place_.push_back(i);
    }
}

void Deadlines::set(RouterId id, Instant when) {
    Instant& current = when_[index(id)];
    const bool sooner = when < current;
    if (when == current) return;
    current = when;
    if (sooner)
        rise(place_[index(id)]);
    else
        sink(place_[index(id)]);
}

bool Deadlines::before(std::size_t left, std::size_t right) const {
    const RouterId one = heap_[left];
    const RouterId other = heap_[right];
    const Instant its = when_[index(one)];
    const Instant others = when_[index(other)];
    return its != others ? its < others : index(one) < index(other);
}

void Deadlines::swap(std::size_t left, std::size_t right) {
    std::swap(heap_[left], heap_[right]);
    place_[index(heap_[left])] = left;
    place_[index(heap_[right])] = right;
}

void Deadlines::rise(std::size_t at) {
    while (at > 0 && before(at, (at - 1) / 2)) {
        swap(at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

void Deadlines::sink(std::size_t at) {
    for (;;) {
        std::size_t least = at;
        for (const std::size_t child : {2 * at + 1, 2 * at + 2})
            if (child < heap_.size() && before(child, least)) least = child;
        if (least == at) return;
        swap(at, least);
        at = least;
    }
}

}  // namespace holdfast::engine
