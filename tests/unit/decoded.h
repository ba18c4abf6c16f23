// SPDX-License-Identifier: Apache-2.0
// What becomes of a file, for the decoders' tests.
#pragma once

#include <cppunit/TestAssert.h>

#include <utility>

#include "libdigit/decode.h"
#include "tests/unit/image_writers.h"

namespace digit::test {

// decode(), which with memory that is lent has to tell the same: there small PNGs take another way.
inline Result<Picture> decode_both_ways(const Bytes& file, const Limits& limits, Colour colour) {
    Result<Picture> picture = decode(file, limits, colour);
    LentBlock block;
    const Result<Picture> lent = decode(file, limits, colour, &block);
    // It takes less memory, so that a limit may be just enough.
    if (lent.ok() && !picture.ok() && picture.status().code == Code::kTooExpensive) return picture;
    CPPUNIT_ASSERT_EQUAL(picture.ok(), lent.ok());
    if (picture.ok()) {
        CPPUNIT_ASSERT_EQUAL(picture->width, lent->width);
        CPPUNIT_ASSERT_EQUAL(picture->height, lent->height);
        CPPUNIT_ASSERT_EQUAL(picture->channels, lent->channels);
        CPPUNIT_ASSERT(picture->pixels == lent->pixels);
    } else {
        CPPUNIT_ASSERT_EQUAL(picture.status().message(), lent.status().message());
    }
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
