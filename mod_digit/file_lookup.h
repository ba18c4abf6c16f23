// SPDX-License-Identifier: Apache-2.0
// The search for a file that a request's URL may name, which no answer of this module needs: left
// out at a place with DigitSkipFileLookup on.
#pragma once

#include <httpd.h>

namespace digit {

// For the hook map_to_storage, after all modules but httpd's core. OK where the server, vhost or
// <Location> that the request is for has this handler and DigitSkipFileLookup on: then httpd
// neither looks at the file system nor merges what <Directory>, <Files> and .htaccess say. Declines
// everything else.
int skip_file_lookup(request_rec* r) noexcept;

// For the hook translate_name, before all others: httpd has merged <Location> and <If> by then, and
// forgets it before map_to_storage. Merging them again takes a microsecond. Declines everything.
int note_location(request_rec* r) noexcept;

}  // namespace digit
