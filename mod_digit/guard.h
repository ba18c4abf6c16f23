// SPDX-License-Identifier: Apache-2.0
// The one place where exceptions end: everything httpd calls runs inside it.
#pragma once

#include <exception>
#include <new>

namespace digit {

// Runs `body` and returns what it does; where it throws, what `failed` makes of the reason.
template <class Body, class Failed>
auto guarded(Body body, Failed failed) noexcept -> decltype(body()) {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return failed("out of memory");
    } catch (const std::exception& e) {
        return failed(e.what());
    } catch (...) {
        return failed("unknown exception");
    }
}

}  // namespace digit
