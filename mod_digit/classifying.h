// SPDX-License-Identifier: Apache-2.0
// What all requests that carry pictures have in common.
#pragma once

#include <span>

#include "mod_digit/exchange.h"
#include "mod_digit/upload.h"

namespace digit {

// Why a place without a model answers nothing.
Problem no_model();

// Counts the pictures that were classified and notes all for LogFormat's %{DIGIT_PREDICTION}e and
// %{DIGIT_CONFIDENCE}e; "-" for a refused picture. Refusals are counted when they are answered.
void note_outcomes(Exchange& exchange, std::span<const Outcome> outcomes);

// The same for pictures that came as the network's own input. probabilities: 10 for each.
void note_probabilities(Exchange& exchange, std::span<const float> probabilities);

// POST or PUT of pictures, to the page or curl-api.
int classify_body(Exchange& exchange);

}  // namespace digit
