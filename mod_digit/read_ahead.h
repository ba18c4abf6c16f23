// SPDX-License-Identifier: Apache-2.0
// What the first reading of a start has made of the weights files, for the second one. httpd reads
// its configuration twice when it starts, and unloads the module in between: the first time while
// the terminal is there to tell errors to, the second time to serve. What was read, verified,
// packed and tried once need not be again: it stays where it is in the process's memory, read-only.
#pragma once

#include <apr_pools.h>

#include <string>
#include <vector>

#include "libdigit/pages.h"

namespace digit {

// One file that a model was made of.
struct ReadAhead {
    std::string path;
    Pages file;    // its bytes, verified
    Pages packed;  // of the model
    int golden_right = 0;
};

// Leaves them to take_read_ahead(), which the same process calls, from no more threads than one.
void leave_read_ahead(apr_pool_t* process_pool, std::vector<ReadAhead> all);

// What was left, once; nothing where another version of the module left it, which might have packed
// in another way.
std::vector<ReadAhead> take_read_ahead(apr_pool_t* process_pool);

}  // namespace digit
