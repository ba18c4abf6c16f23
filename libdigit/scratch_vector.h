// SPDX-License-Identifier: Apache-2.0
// Vectors for what is computed on the way, from memory that is lent for one picture.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include "libdigit/lent_block.h"

namespace digit {

// While it lives, ScratchVectors and ScratchArrays of this thread take from `block` what fits into
// it, and everything goes back at its end, when none of them may be left. malloc would keep what
// small pictures need for each of a server's hundreds of threads, and takes longer. Not nested.
class ScratchScope {
  public:
    explicit ScratchScope(LentBlock& block) noexcept;
    ~ScratchScope();
    ScratchScope(const ScratchScope&) = delete;
    ScratchScope& operator=(const ScratchScope&) = delete;
};

// From this thread's scope; nullptr where there is none or it is full.
void* take_scratch(std::size_t bytes) noexcept;
// Whether it came from there; then there is nothing to free.
bool is_scratch(const void* memory) noexcept;

// Memory that does not come from a scope comes from the heap, so that a vector works without one
// too, and for a picture of any size.
template <typename T>
struct ScratchAllocator {
    using value_type = T;

    ScratchAllocator() = default;
    template <typename Other>
    ScratchAllocator(const ScratchAllocator<Other>&) noexcept {}

    T* allocate(std::size_t count) {
        void* memory = take_scratch(count * sizeof(T));
        return static_cast<T*>(memory != nullptr ? memory : ::operator new(count * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t) noexcept {
        if (!is_scratch(memory)) ::operator delete(memory);
    }
    template <typename Other>
    bool operator==(const ScratchAllocator<Other>&) const noexcept {
        return true;
    }
};

template <typename T>
using ScratchVector = std::vector<T, ScratchAllocator<T>>;

// An array of a size that does not change, of any values at first. T: trivial.
template <typename T>
class ScratchArray {
  public:
    explicit ScratchArray(std::size_t size)
        : data_(ScratchAllocator<T>().allocate(size)), size_(size) {}
    ~ScratchArray() { ScratchAllocator<T>().deallocate(data_, size_); }
    ScratchArray(const ScratchArray&) = delete;
    ScratchArray& operator=(const ScratchArray&) = delete;

    T* data() { return data_; }
    const T* data() const { return data_; }
    T& operator[](std::size_t i) { return data_[i]; }

  private:
    T* data_;
    std::size_t size_;
};

}  // namespace digit
