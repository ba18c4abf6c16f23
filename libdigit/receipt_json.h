// SPDX-License-Identifier: Apache-2.0
// What was seen of a picture and done to it, as JSON: the server and digit-classify say the same.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "libdigit/classify.h"

namespace digit {

// Members in the order in which people read them, the picture first.
nlohmann::ordered_json receipt_json(const Receipt& receipt);

// The 28×28 that was classified, as the data URI of a grey PNG: light ink on dark.
std::string picture_data_uri(const Framed& framed);

// "dark-on-light" or "light-on-dark".
const char* polarity_name(Polarity polarity);

}  // namespace digit
