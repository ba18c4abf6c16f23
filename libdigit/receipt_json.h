// SPDX-License-Identifier: Apache-2.0
// What was seen of a picture and done to it, as JSON: the server and digit-classify say the same.
#pragma once

#include <string>

#include "libdigit/classify.h"
#include "libdigit/json_writer.h"

namespace digit {

// One object, its members in the order in which people read them, the picture first.
void write_receipt(JsonWriter& json, const Receipt& receipt);

// "probabilities" and an array of ten, six decimals each.
void write_probabilities(JsonWriter& json, const Classification& result);

// The 28×28 that was classified, as the data URI of a grey PNG: light ink on dark.
std::string picture_data_uri(const Framed& framed);

// "dark-on-light" or "light-on-dark".
const char* polarity_name(Polarity polarity);

}  // namespace digit
