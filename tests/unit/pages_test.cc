// SPDX-License-Identifier: Apache-2.0
#include "libdigit/pages.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "libdigit/model.h"
#include "tests/unit/address_space_limit.h"
#include "tests/unit/sanitizers.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

constexpr std::size_t kMiB = 1 << 20;
// On both sides of a page and of where a huge page is worth it.
constexpr std::size_t kSizes[] = {
    1,        4096,         kMiB,     kMiB / 4 * 7 - 1,  kMiB / 4 * 7,
    2 * kMiB, 2 * kMiB + 1, 4 * kMiB, kMiB / 4 * 15 - 1, kMiB / 4 * 15 + 1,
};

// Pages of address space that the process has; without the heap, which would change it.
long address_space(int statm) {
    char text[32] = {};
    return pread(statm, text, sizeof text - 1, 0) > 0 ? std::strtol(text, nullptr, 10) : -1;
}

// Of memory of so many bytes; aborts the process if any of it stays mapped.
void map_and_unmap(std::size_t size, int statm) {
    const long before = address_space(statm);
    {
        Pages pages(size);
        const Pages taken(pages.release());
    }
    if (before <= 0 || address_space(statm) != before) abort();
}

class PagesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PagesTest);
    CPPUNIT_TEST(memory_of_every_size_is_there);
    CPPUNIT_TEST(memory_goes_with_its_owner);
    CPPUNIT_TEST(large_memory_begins_at_a_huge_page);
    CPPUNIT_TEST(without_memory_there_is_no_network);
    CPPUNIT_TEST_SUITE_END();

    void memory_of_every_size_is_there() {
        for (const std::size_t size : kSizes) {
            Pages pages(size);
            CPPUNIT_ASSERT_EQUAL(size, pages.bytes().size());
            CPPUNIT_ASSERT(std::all_of(pages.bytes().begin(), pages.bytes().end(),
                                       [](std::uint8_t byte) { return byte == 0; }));
            pages.bytes().front() = pages.bytes().back() = 7;
            pages.make_read_only();
            // As from one reading of the configuration to the next.
            const Pages taken(pages.release());
            CPPUNIT_ASSERT(pages.empty());
            CPPUNIT_ASSERT_EQUAL(7, int{taken.bytes().back()});
        }
    }

    void memory_goes_with_its_owner() {
        // AddressSanitizer takes address space of its own whenever it likes; so do other threads,
        // such as OpenBLAS's, which a child process has none of.
        if (kWithAddressSanitizer) return;
        const pid_t child = fork();
        if (child == 0) {
            const int statm = open("/proc/self/statm", O_RDONLY);
            for (const std::size_t size : kSizes) map_and_unmap(size, statm);
            _exit(0);
        }
        int status = -1;
        CPPUNIT_ASSERT_EQUAL(child, waitpid(child, &status, 0));
        CPPUNIT_ASSERT_EQUAL(0, status);
    }

    void large_memory_begins_at_a_huge_page() {
        std::vector<Pages> several;
        for (int i = 0; i < 3; ++i) {
            several.emplace_back(3 * kMiB + 5);
            const auto start = reinterpret_cast<std::uintptr_t>(several.back().bytes().data());
            CPPUNIT_ASSERT_EQUAL(std::uintptr_t{0}, start % (2 * kMiB));
        }
    }

    void without_memory_there_is_no_network() {
        if (kWithAddressSanitizer) return;  // it reserves the whole address space
        const NetworkParameters network = random_network({784, 4096, 10}, Activation::kRelu);
        const WeightsView view = view_of(network);
        {
            const AddressSpaceLimit limit(2 * kMiB);  // of the 6 that it takes
            const auto model = Model::make(view);
            CPPUNIT_ASSERT(!model.ok() && model.status().code == Code::kOutOfMemory);
        }
        CPPUNIT_ASSERT(Model::make(view).ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PagesTest);

}  // namespace
}  // namespace digit::test
