// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target on files and folders named on the command line, for compilers without
// libFuzzer. What breaks a promise or crashes ends the program, after its name was printed.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

int files = 0;

void replay_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
    std::fprintf(stderr, "%s\n", path.c_str());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    ++files;
}

void replay(const fs::path& path) {
    if (!fs::is_directory(path)) return replay_file(path);
    for (const auto& entry : fs::recursive_directory_iterator(path))
        if (entry.is_regular_file()) replay_file(entry.path());
}

}  // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) replay(argv[i]);
    std::printf("%d inputs\n", files);
    return files > 0 ? 0 : 1;
}
