// SPDX-License-Identifier: Apache-2.0
// What reader and writer of weights files must agree on.
#pragma once

#include <nettle/sha2.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace digit {

// 28×28 row-major, divided by 255, light ink on dark, centre of mass centred.
inline constexpr char kWeightsInputConvention[] = "mnist 28x28 ink=1";

// SHA-256 over the tensors' bytes as stored, layer by layer, weight before bias; so the order in
// which a file holds them does not matter.
class Sha256 {
  public:
    Sha256() { sha256_init(&context_); }
    void update(std::string_view bytes) {
        sha256_update(&context_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
    }
    // Lower-case hexadecimal; starts over.
    std::string hex() {
        std::uint8_t digest[SHA256_DIGEST_SIZE];
        sha256_digest(&context_, sizeof digest, digest);
        std::string text;
        for (const std::uint8_t byte : digest) {
            text += "0123456789abcdef"[byte >> 4];
            text += "0123456789abcdef"[byte & 15];
        }
        return text;
    }

  private:
    sha256_ctx context_;
};

}  // namespace digit
