// SPDX-License-Identifier: Apache-2.0
// What becomes of a file, for the decoders' tests.
#pragma once

#include <cppunit/TestAssert.h>

#include <utility>

#include "libdigit/decode.h"
#include "tests/unit/image_writers.h"

namespace digit::test {

// Whether decode() tells the same where memory is lent: there small PNGs take another way. It takes
// less memory, so that a limit may be just enough. What was just in time once may be late the
// second time, so there is more of it.
inline bool is_same_where_lent(const Result<Picture>& picture, const Bytes& file,
                               const Limits& limits, Colour colour) {
    LentBlock block;
    Limits unhurried = limits;
    if (picture.ok()) unhurried.max_cpu_ms = 10'000;
    const Result<Picture> lent = decode(file, unhurried, colour, &block);
    if (!picture.ok())
        return lent.ok() ? picture.status().code == Code::kTooExpensive
                         : picture.status().message() == lent.status().message();
    return lent.ok() && picture->width == lent->width && picture->height == lent->height &&
           picture->channels == lent->channels && picture->pixels == lent->pixels;
}

inline Result<Picture> decode_both_ways(const Bytes& file, const Limits& limits, Colour colour) {
    Result<Picture> picture = decode(file, limits, colour);
    CPPUNIT_ASSERT(is_same_where_lent(picture, file, limits, colour));
    return picture;
}

inline Code code_of(const Bytes& file, const Limits& limits = {}) {
    const Result<Picture> picture = decode_both_ways(file, limits, Colour::kLuma);
    return picture ? Code::kOk : picture.status().code;
}

// Fails the test where the file is refused. With all the time and size that it needs: sanitizers
// make the largest pictures several times slower, and noise does not compress.
inline Picture decoded(const Bytes& file, Colour colour = Colour::kLuma) {
    Limits limits;
    limits.max_cpu_ms = 10'000;
    limits.max_file_bytes = 16u << 20;
    Result<Picture> picture = decode_both_ways(file, limits, colour);
    if (!picture) CPPUNIT_FAIL(picture.status().message());
    return std::move(*picture);
}

}  // namespace digit::test
