// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nettle/base64.h>

#include <optional>
#include <string>
#include <string_view>

namespace digit {

// The bytes that RFC 4648 base64 stands for; white space in it is skipped. Nothing where it is not
// base64 or ends early.
inline std::optional<std::string> base64_decoded(std::string_view text) {
    base64_decode_ctx context;
    base64_decode_init(&context);
    std::string bytes(BASE64_DECODE_LENGTH(text.size()), '\0');
    std::size_t size = bytes.size();
    if (!base64_decode_update(&context, &size, reinterpret_cast<std::uint8_t*>(bytes.data()),
                              text.size(), text.data()) ||
        !base64_decode_final(&context))
        return std::nullopt;
    bytes.resize(size);
    return bytes;
}

}  // namespace digit
