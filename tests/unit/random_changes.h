// SPDX-License-Identifier: Apache-2.0
// What every decoder promises of damaged files.
#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <random>

#include "libdigit/decode.h"
#include "tests/unit/image_writers.h"

namespace digit::test {

// `count` times, three bytes of `file` become others: it is a whole picture then, or refused with a
// reason.
inline void assert_survives_changes(const Bytes& file, std::mt19937& random, int count) {
    for (int i = 0; i < count; ++i) {
        Bytes changed = file;
        for (int k = 0; k < 3; ++k)
            changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
        const Result<Picture> picture = decode(changed, Limits{}, Colour::kRgb);
        if (picture)
            CPPUNIT_ASSERT_EQUAL(std::size_t{picture->width} * picture->height *
                                     static_cast<std::size_t>(picture->channels),
                                 picture->pixels.size());
        else
            CPPUNIT_ASSERT(!picture.status().detail.empty());
    }
}

}  // namespace digit::test
