// SPDX-License-Identifier: Apache-2.0
#include "libdigit/scratch_vector.h"

namespace digit {
namespace {

thread_local LentBlock* lent = nullptr;

}  // namespace

ScratchScope::ScratchScope(LentBlock& block) noexcept {
    block.clear();
    lent = &block;
}

ScratchScope::~ScratchScope() {
    lent->clear();
    lent = nullptr;
}

void* take_scratch(std::size_t bytes) noexcept {
    return lent != nullptr ? lent->take(bytes) : nullptr;
}

bool is_scratch(const void* memory) noexcept { return lent != nullptr && lent->holds(memory); }

}  // namespace digit
