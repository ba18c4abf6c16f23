// SPDX-License-Identifier: Apache-2.0
// C++ objects that live and die with an APR pool.
#pragma once

#include <apr_pools.h>

#include <utility>

namespace digit {

// A T that the pool's cleanup destroys.
template <class T, class... Arguments>
T* make_in_pool(apr_pool_t* pool, Arguments&&... arguments) {
    T* object = new T{std::forward<Arguments>(arguments)...};
    const auto destroy = [](void* data) -> apr_status_t {
        delete static_cast<T*>(data);
        return APR_SUCCESS;
    };
    apr_pool_cleanup_register(pool, object, destroy, apr_pool_cleanup_null);
    return object;
}

}  // namespace digit
