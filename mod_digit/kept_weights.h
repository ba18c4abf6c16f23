// SPDX-License-Identifier: Apache-2.0
// The weights files that serve, kept by the process from one reading of the configuration to the
// next. At a restart httpd throws away everything that the configuration made and unloads the
// module itself, so what survives can hold no C++ object and no pointer into the module: it is the
// file's own bytes, in a format that every version of the module reads and checks, in sealed
// anonymous memory that not even httpd itself can change and no process has mapped.
#pragma once

#include <apr_pools.h>
#include <apr_time.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libdigit/pages.h"
#include "libdigit/status.h"

namespace digit {

// An open descriptor of sealed memory; closed with its owner.
class SealedBytes {
  public:
    // Errors: kOutOfMemory, of descriptors too.
    static Result<SealedBytes> make(std::span<const std::uint8_t> bytes);

    SealedBytes() = default;
    SealedBytes(SealedBytes&& other) noexcept : fd_(other.release()) {}
    ~SealedBytes();

    int fd() const { return fd_; }
    int release();

  private:
    int fd_ = -1;
};

struct KeptWeights {
    int fd = -1;  // whose bytes read_sealed() gives
    std::string path;
    std::string sha256;               // of the tensors, as ModelState has it
    std::vector<std::string> places;  // where it served, as ModelUse::place says
    apr_time_t since = 0;             // when it began to
};

// Whether keep_weights() was called before in this process: whether this is a restart.
bool has_kept_weights(apr_pool_t* process_pool);
std::vector<KeptWeights> kept_weights(apr_pool_t* process_pool);

// From now on these are the ones; descriptors of earlier ones that are not among them are closed.
// The process owns the descriptors. Called before httpd forks; no more threads than one.
void keep_weights(apr_pool_t* process_pool, std::span<const KeptWeights> all);

// Errors: kIo, kOutOfMemory.
Result<Pages> read_sealed(int fd);

}  // namespace digit
