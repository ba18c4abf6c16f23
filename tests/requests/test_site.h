// SPDX-License-Identifier: Apache-2.0
// A small network and the page, for programs that answer requests without httpd.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <variant>

#include "tests/requests/whole_request.h"
#include "tests/unit/test_network.h"

namespace digit::test {

// Says what is not as it has to be, and ends the program.
inline void require(bool kept, const std::string& promise) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", promise.c_str());
    std::exit(1);
}

inline const Model& test_model() {
    static const auto model = Model::make(random_network({784, 16, 10}, Activation::kRelu));
    require(model.ok(), "there is a model");
    return *model;
}

inline const Page& test_page() {
    static const auto page = Page::load(DIGIT_SOURCE_DIR "/www");
    require(std::holds_alternative<Page>(page), "there is a page");
    return std::get<Page>(page);
}

}  // namespace digit::test
