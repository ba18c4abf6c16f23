// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/openapi.h"

#include "libdigit/weights_digest.h"

namespace digit {
namespace {

constexpr char kDocument[] =
#include "mod_digit/openapi.inc"
    ;

StaticFile make_document() {
    StaticFile file{"openapi.json", "application/json", {}, kDocument};
    Sha256 digest;
    digest.update(file.bytes);
    file.etag = '"' + digest.hex().substr(0, 32) + '"';
    return file;
}

}  // namespace

const StaticFile& openapi_document() {
    static const StaticFile document = make_document();
    return document;
}

}  // namespace digit
