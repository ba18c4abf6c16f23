// SPDX-License-Identifier: Apache-2.0
#include "trainer/sha256.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

#include <array>

namespace digit {

std::string sha256_hex(std::initializer_list<std::span<const std::uint8_t>> parts) {
    sha256_ctx context;
    sha256_init(&context);
    for (std::span<const std::uint8_t> part : parts)
        sha256_update(&context, part.size(), part.data());
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
    sha256_digest(&context, digest.size(), digest.data());
    std::string hex(BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE), '\0');
    base16_encode_update(hex.data(), digest.size(), digest.data());
    return hex;
}

}  // namespace digit
