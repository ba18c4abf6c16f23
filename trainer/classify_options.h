// SPDX-License-Identifier: Apache-2.0
// The command line of digit-classify.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace digit {

struct ClassifyOptions {
    std::string model;
    std::vector<std::string> pictures;
    std::string labels;  // CSV file
    std::string root;    // of the paths in it
    std::string mnist;   // folder
    int validation =
        0;  // of MNIST: those that a training sets aside, in place of the test pictures
    std::uint64_t seed = 1;  // of that training
    bool inverted = false;
    bool json = false;
    bool explain = false;
    bool inspect = false;
    std::string contact_sheet;  // PNG file to write
    bool mistakes = false;      // only they are put on the sheet
    int threads = 1;
};

// The options, or the exit status of a command line that asks for nothing else.
std::variant<ClassifyOptions, int> parse_classify_options(int argc, char** argv);

}  // namespace digit
