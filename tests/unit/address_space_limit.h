// SPDX-License-Identifier: Apache-2.0
// Little memory: as long as one lives, this process gets at most so many bytes more.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace digit::test {

class AddressSpaceLimit {
  public:
    explicit AddressSpaceLimit(rlim_t more_bytes) {
        rlim_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        if (pages == 0) throw std::runtime_error("/proc/self/statm");
        if (getrlimit(RLIMIT_AS, &before_) != 0) throw std::runtime_error("getrlimit");
        rlimit limit = before_;
        limit.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more_bytes;
        if (setrlimit(RLIMIT_AS, &limit) != 0) throw std::runtime_error("setrlimit");
    }
    ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &before_); }
    AddressSpaceLimit(const AddressSpaceLimit&) = delete;
    AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

  private:
    rlimit before_{};
};

}  // namespace digit::test
