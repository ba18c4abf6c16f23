// SPDX-License-Identifier: Apache-2.0
#include "libdigit/large_decodes.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <new>

namespace digit {
namespace {

bool is_gone(pid_t process) { return kill(process, 0) != 0 && errno == ESRCH; }

}  // namespace

LargeDecodes::LargeDecodes(std::size_t slots) {
    void* memory = mmap(nullptr, slots * sizeof(Owner), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    owners_ = {static_cast<Owner*>(memory), slots};
    for (Owner& owner : owners_) new (&owner) Owner(0);
}

LargeDecodes::~LargeDecodes() { munmap(owners_.data(), owners_.size_bytes()); }

std::optional<std::size_t> LargeDecodes::enter() {
    const pid_t self = getpid();
    for (std::size_t slot = 0; slot < owners_.size(); ++slot) {
        pid_t owner = 0;
        if (owners_[slot].compare_exchange_strong(owner, self)) return slot;
    }
    for (std::size_t slot = 0; slot < owners_.size(); ++slot) {
        pid_t owner = owners_[slot].load();
        if ((owner == 0 || is_gone(owner)) && owners_[slot].compare_exchange_strong(owner, self))
            return slot;
    }
    return std::nullopt;
}

}  // namespace digit
