// SPDX-License-Identifier: Apache-2.0
// The shared library of Google Highway, which knows the CPU's vector units.
#pragma once

namespace digit {

// Keeps it in the process when the last that was linked with it is unloaded. It measures the CPU's
// clock each time it is loaded, 5 ms on a virtual machine, and httpd loads its modules twice when
// it starts and again at every restart. Does nothing where it is part of the program.
void keep_vector_library();

}  // namespace digit
