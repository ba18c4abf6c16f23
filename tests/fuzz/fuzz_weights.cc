// SPDX-License-Identifier: Apache-2.0
// Input: a weights file.
#include <algorithm>
#include <array>

#include "libdigit/frame.h"
#include "libdigit/model.h"
#include "libdigit/network.h"
#include "libdigit/weights_file.h"
#include "tests/fuzz/fuzz.h"

namespace digit::fuzz {
namespace {

void check_refusal(const Status& status) {
    require(status.code != Code::kInternal && status.code != Code::kIo, "a file is refused");
    require(!status.detail.empty(), "a refusal has its reason");
}

// What an accepted network answers, of a blank picture and of another.
void check_forward(const Model& model) {
    std::array<std::uint8_t, 2 * kInputPixels> pixels{};
    std::fill_n(pixels.begin() + 300, 100, std::uint8_t{128});
    std::array<float, 2 * kDigits> probabilities{};
    forward(model, pixels, 2, probabilities);
    for (const float p : probabilities) require(p >= 0 && p <= 1.0001f, "a probability is 0 to 1");
}

void check_written_again(const NetworkParameters& parameters) {
    const std::string written = serialise_weights(parameters, WeightsDtype::kF32);
    const auto back =
        parse_weights({reinterpret_cast<const std::uint8_t*>(written.data()), written.size()});
    require(back.ok(), "what was read can be written and read again");
    require(back->layers.size() == parameters.layers.size(), "layers survive");
    for (std::size_t i = 0; i < parameters.layers.size(); ++i)
        require(back->layers[i].weight == parameters.layers[i].weight, "weights survive");
    require(back->early_exit.size() == parameters.early_exit.size(), "an early exit survives");
    for (std::size_t i = 0; i < parameters.early_exit.size(); ++i)
        require(back->early_exit[i].weight == parameters.early_exit[i].weight,
                "its weights survive");
}

}  // namespace
}  // namespace digit::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace digit;
    const auto parameters = parse_weights({data, size});
    if (!parameters.ok()) {
        fuzz::check_refusal(parameters.status());
        return 0;
    }
    // As the server does it, which never makes floats of all the numbers.
    const auto view = view_weights({data, size});
    fuzz::require(view.ok(), "what can be parsed can be viewed");
    const auto model = Model::make(*view);
    if (!model.ok()) {
        fuzz::check_refusal(model.status());
        return 0;
    }
    fuzz::check_forward(*model);
    fuzz::check_written_again(*parameters);
    return 0;
}
