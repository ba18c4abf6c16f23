// SPDX-License-Identifier: Apache-2.0
// Ctrl-C as a wish, not as an end.
#pragma once

namespace digit {

// From now on the first SIGINT or SIGTERM only sets what interrupted() tells; the second ends the
// program.
void catch_interrupts();
bool interrupted();

}  // namespace digit
