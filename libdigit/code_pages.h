// SPDX-License-Identifier: Apache-2.0
// Memory that is mapped for code which has done its work.
#pragma once

namespace digit {

// Unmaps the pages of this library's, the C++ library's and nettle's code and constants from the
// process; each comes back, from the file or the page cache, when it is read again. For a server's
// first process, which reads files, templates and digests once and then only waits, while its
// workers, which inherit none of these pages, map what they need (docs/PERFORMANCE.md, Memory). A
// debugger's breakpoints in them go too.
void give_back_code_pages();

}  // namespace digit
