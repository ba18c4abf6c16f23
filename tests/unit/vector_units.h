// SPDX-License-Identifier: Apache-2.0
// Every vector unit of this CPU, one after the other.
#pragma once

#include <cppunit/TestAssert.h>
#define HWY_WANT_AVX3_DL  // as network.cc, whose AVX-512 with VNNI is tested too
#include <hwy/targets.h>

#include <cstdint>

namespace digit::test {

// Runs `check` once for every vector unit that was compiled and that this CPU has.
template <class Check>
void on_every_vector_unit(const Check& check) {
    int units = 0;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        check();
        ++units;
    }
    hwy::SetSupportedTargetsForTest(0);
    CPPUNIT_ASSERT(units > 0);
}

}  // namespace digit::test
