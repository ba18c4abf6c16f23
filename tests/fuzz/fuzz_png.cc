// SPDX-License-Identifier: Apache-2.0
// Input: a PNG file.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/picture.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    digit::fuzz::check_picture({data, size});
    return 0;
}
