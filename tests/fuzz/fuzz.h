// SPDX-License-Identifier: Apache-2.0
// What every fuzz target is made of. A target is one file that defines LLVMFuzzerTestOneInput;
// --enable-fuzzers links it with libFuzzer, any other build with replay_main.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace digit::fuzz {

// Ends the program, so that the fuzzer keeps the input, when a promise is broken.
inline void require(bool kept, const char* promise) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Cuts the first line off `input` and returns it without its line feed.
inline std::string take_line(std::span<const std::uint8_t>& input) {
    const std::string_view text = as_text(input);
    const std::size_t end = text.find('\n');
    const std::string line(text.substr(0, end));
    input = input.subspan(end == std::string_view::npos ? input.size() : end + 1);
    return line;
}

}  // namespace digit::fuzz
