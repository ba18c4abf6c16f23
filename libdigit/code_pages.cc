// SPDX-License-Identifier: Apache-2.0
#include "libdigit/code_pages.h"

#include <link.h>
#include <nettle/sha2.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>

namespace digit {
namespace {

std::span<const ElfW(Phdr)> segments_of(const dl_phdr_info& object) {
    return {object.dlpi_phdr, object.dlpi_phnum};
}

bool has(const dl_phdr_info& object, std::uintptr_t address) {
    return std::ranges::any_of(segments_of(object), [&](const ElfW(Phdr) & segment) {
        return segment.p_type == PT_LOAD &&
               address - (object.dlpi_addr + segment.p_vaddr) < segment.p_memsz;
    });
}

// What no relocation and nobody else has written to is as it is in the file: of segments that can
// be written, which those are that were made read-only afterwards too, nothing is given back.
int give_back_if_wanted(dl_phdr_info* object, std::size_t, void*) {
    // A library of each; all are position-independent, so there are no relocations in their code.
    const std::uintptr_t wanted[] = {
        reinterpret_cast<std::uintptr_t>(&give_back_code_pages),
        reinterpret_cast<std::uintptr_t>(static_cast<void (*)()>(&std::terminate)),
        reinterpret_cast<std::uintptr_t>(&nettle_sha256_init),
    };
    if (std::ranges::none_of(wanted, [&](std::uintptr_t at) { return has(*object, at); })) return 0;
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    for (const ElfW(Phdr) & segment : segments_of(*object)) {
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
        const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void give_back_code_pages() { dl_iterate_phdr(give_back_if_wanted, nullptr); }

}  // namespace digit
