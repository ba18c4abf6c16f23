// SPDX-License-Identifier: Apache-2.0
// Fetching MNIST.
#pragma once

#include <string>

#include "libdigit/status.h"

namespace digit {

// PyTorch's mirror; LeCun's own server asks for a password since 2023.
inline constexpr const char* kMnistMirror = "https://ossci-datasets.s3.amazonaws.com/mnist/";

// $XDG_CACHE_HOME/mod_digit, else ~/.cache/mod_digit, else the empty string.
std::string cache_folder();

// Makes sure that `folder` holds the four files of MNIST, gzipped or not: those that are missing
// are fetched from `mirror` + NAME.gz, with a progress bar. Each is written beside its place and
// renamed once its uncompressed content has the digest of kMnistFiles, so that there is never a
// part of one. Errors: kIo.
Status download_mnist(const std::string& mirror, const std::string& folder);

}  // namespace digit
