// SPDX-License-Identifier: Apache-2.0
// What becomes of a file, for the decoders' tests.
#pragma once

#include <cppunit/TestAssert.h>

#include <utility>

#include "libdigit/decode.h"
#include "tests/unit/image_writers.h"

namespace digit::test {

inline Code code_of(const Bytes& file, const Limits& limits = {}) {
    const Result<Picture> picture = decode(file, limits, Colour::kLuma);
    return picture ? Code::kOk : picture.status().code;
}

// Fails the test where the file is refused. With all the time and size that it needs: sanitizers
// make the largest pictures several times slower, and noise does not compress.
inline Picture decoded(const Bytes& file, Colour colour = Colour::kLuma) {
    Limits limits;
    limits.max_cpu_ms = 10'000;
    limits.max_file_bytes = 16u << 20;
    Result<Picture> picture = decode(file, limits, colour);
    if (!picture) CPPUNIT_FAIL(picture.status().message());
    return std::move(*picture);
}

}  // namespace digit::test
