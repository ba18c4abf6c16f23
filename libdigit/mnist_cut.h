// SPDX-License-Identifier: Apache-2.0
// Pictures of MNIST's that have been cut to their ink.
#pragma once

#include <optional>

#include "libdigit/grid_ink.h"
#include "libdigit/picture.h"

namespace digit {

// Of a grey picture whose longer edge has 20 pixels, as one of MNIST's that was cut to its ink, its
// ink put so that its centre of mass is in the middle of 28×28. Nothing where no level of black or
// white is surely its background's, or its edges are not soft as MNIST's are.
std::optional<GridInk> ink_of_cut(const Picture& picture);

}  // namespace digit
