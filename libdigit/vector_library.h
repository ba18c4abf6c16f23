// SPDX-License-Identifier: Apache-2.0
// The shared library of Google Highway, which knows the CPU's vector units.
#pragma once

namespace digit {

// Has it stay in the process when what was linked with it is unloaded. It measures the CPU's clock
// each time it is loaded, 4 ms on a virtual machine, and a server loads its modules again and
// again. Does nothing where it is no library of its own.
void keep_vector_library();

}  // namespace digit
