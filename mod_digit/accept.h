// SPDX-License-Identifier: Apache-2.0
// Proactive content negotiation, RFC 9110 §12.5.1. Pure. httpd's own lives in mod_negotiation and
// chooses between files.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace digit {

// The index of the media type in `offers` that the Accept header likes best; of equals the first,
// as with an empty header, and 0 where nothing is acceptable: an answer of another type is more
// useful than a refusal. offers: "type/subtype", lower case, at least one.
std::size_t preferred_type(std::string_view accept, std::span<const std::string_view> offers);

}  // namespace digit
