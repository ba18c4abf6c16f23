// SPDX-License-Identifier: Apache-2.0
// Vectors in pages of their own.
#pragma once

#include <cstddef>
#include <new>
#include <span>

#include "libdigit/pages.h"

namespace digit {

// For vectors that are made rarely and kept long: what goes is the system's again at once, while
// malloc would keep it in the arena of whichever of a server's threads came first. Throws
// std::bad_alloc.
template <class T>
struct PageAllocator {
    using value_type = T;

    PageAllocator() = default;
    template <class U>
    PageAllocator(const PageAllocator<U>&) {}

    T* allocate(std::size_t count) {
        Pages pages(count * sizeof(T));
        if (pages.empty()) throw std::bad_alloc();
        return reinterpret_cast<T*>(pages.release().data());
    }
    void deallocate(T* start, std::size_t count) noexcept {
        Pages(std::span(reinterpret_cast<std::uint8_t*>(start), count * sizeof(T)));
    }

    bool operator==(const PageAllocator&) const = default;
};

}  // namespace digit
