// Bounded containers for the steady state: no allocation after construction, a bound with a name everywhere.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/result.h"

namespace holdfast {

// The last N things, oldest first; a new one pushes the oldest out.
template <class T>
class Ring {
public:
    explicit Ring(std::size_t capacity) : slots_(capacity) { HF_ASSERT(capacity > 0); }

    void push(T value) {
        slots_[(first_ + size_) % slots_.size()] = std::move(value);
        if (size_ < slots_.size())
            ++size_;
        else
            first_ = (first_ + 1) % slots_.size();
    }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    // index 0 is the oldest.
    const T& operator[](std::size_t index) const {
        HF_ASSERT(index < size_);
        return slots_[(first_ + index) % slots_.size()];
    }
    const T& newest() const { return (*this)[size_ - 1]; }

private:
    std::vector<T> slots_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace holdfast
