// SPDX-License-Identifier: Apache-2.0
#include "libdigit/vector_library.h"

#include <dlfcn.h>

#include <hwy/targets.h>

namespace digit {

void keep_vector_library() {
    Dl_info library, own;
    if (dladdr(reinterpret_cast<void*>(&hwy::SupportedTargets), &library) == 0 ||
        dladdr(reinterpret_cast<void*>(&keep_vector_library), &own) == 0 ||
        library.dli_fbase == own.dli_fbase)
        return;
    // It is loaded already: this only marks it.
    void* handle = dlopen(library.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    if (handle != nullptr) dlclose(handle);
}

}  // namespace digit
