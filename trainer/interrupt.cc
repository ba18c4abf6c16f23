// SPDX-License-Identifier: Apache-2.0
#include "trainer/interrupt.h"

#include <csignal>

namespace digit {

namespace {

// The one global of the trainer: a signal handler has no other place to leave word.
volatile std::sig_atomic_t received = 0;

void remember(int) { received = 1; }

}  // namespace

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = remember;
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return received != 0; }

}  // namespace digit
