// SPDX-License-Identifier: Apache-2.0
// The ways in which people write letters that look like no digit, as strokes.
#pragma once

#include <span>

#include "trainer/draw_allographs.h"

namespace digit {

// In the form of allographs(); their `digit` says nothing.
std::span<const Allograph> letter_allographs();

}  // namespace digit
