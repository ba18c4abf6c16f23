// SPDX-License-Identifier: Apache-2.0
// The names of stored corrections: nobody can tell one from another, from the time or from what was
// stored before, and none takes the place of another.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "mod_digit/correction.h"
#include "tests/unit/temporary_folder.h"

namespace digit::test {
namespace {

// Of what the kernel is made to give next, 16 bytes a name; empty: its own randomness.
std::vector<std::array<unsigned char, 16>> told;
bool kernel_has_none = false;

}  // namespace
}  // namespace digit::test

// In place of the C library's.
extern "C" int getentropy(void* buffer, size_t length) {
    using namespace digit::test;
    if (kernel_has_none) {
        errno = ENOSYS;
        return -1;
    }
    if (told.empty() || length != told.front().size())
        return getrandom(buffer, length, 0) == static_cast<ssize_t>(length) ? 0 : -1;
    std::memcpy(buffer, told.front().data(), length);
    told.erase(told.begin());
    return 0;
}

namespace digit::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBits = 128;

bool store(const fs::path& folder, std::uint8_t shade = 0) {
    Correction correction;
    correction.digit = 7;
    correction.pixels.fill(shade);
    return std::holds_alternative<Stored>(store_correction(folder, 1000000, correction));
}

// Without ".png".
std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder / "7")) {
        CPPUNIT_ASSERT_EQUAL(std::string(".png"), entry.path().extension().string());
        names.insert(entry.path().stem().string());
    }
    return names;
}

int hexadecimal(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

class CorrectionNamesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CorrectionNamesTest);
    CPPUNIT_TEST(they_are_the_kernels_random_bits_and_nothing_else);
    CPPUNIT_TEST(many_are_distinct_and_each_of_their_bits_is_as_often_0_as_1);
    CPPUNIT_TEST(processes_that_are_alike_to_the_last_byte_choose_different_ones);
    CPPUNIT_TEST(one_that_is_taken_is_never_written_over);
    CPPUNIT_TEST(without_randomness_nothing_is_stored);
    CPPUNIT_TEST_SUITE_END();

  public:
    void tearDown() override {
        told.clear();
        kernel_has_none = false;
    }

  private:
    void they_are_the_kernels_random_bits_and_nothing_else() {
        const TemporaryFolder folder;
        told = {
            {0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xff, 0x10, 0, 0, 0, 0, 0x0f}};
        CPPUNIT_ASSERT(store(folder.path()));
        CPPUNIT_ASSERT(told.empty());
        CPPUNIT_ASSERT(names_in(folder.path()) ==
                       std::set<std::string>{"000123456789abcdefff10000000000f"});
    }

    // Of a clock or a counter the leading bits would always be the same.
    void many_are_distinct_and_each_of_their_bits_is_as_often_0_as_1() {
        constexpr std::size_t kMany = 400;
        const TemporaryFolder folder;
        for (std::size_t i = 0; i < kMany; ++i) CPPUNIT_ASSERT(store(folder.path()));
        const std::set<std::string> names = names_in(folder.path());
        CPPUNIT_ASSERT_EQUAL(kMany, names.size());
        std::array<std::size_t, kNameBits> ones{};
        for (const std::string& name : names) {
            CPPUNIT_ASSERT_EQUAL(kNameBits / 4, name.size());
            CPPUNIT_ASSERT_EQUAL(std::string::npos, name.find_first_not_of("0123456789abcdef"));
            for (std::size_t bit = 0; bit < kNameBits; ++bit)
                ones[bit] += (hexadecimal(name[bit / 4]) >> (bit % 4)) & 1;
        }
        // 8 standard deviations of 10: once in 10^13 runs by chance.
        for (const std::size_t count : ones) CPPUNIT_ASSERT(count > 120 && count < 280);
    }

    // As the workers of httpd are after a fork: what a process draws from a state of its own would
    // come out the same in both.
    void processes_that_are_alike_to_the_last_byte_choose_different_ones() {
        const TemporaryFolder folder;
        CPPUNIT_ASSERT(store(folder.path()));
        for (int i = 0; i < 2; ++i) {
            const pid_t child = fork();
            if (child == 0) _exit(store(folder.path()) ? 0 : 1);
            int status = -1;
            CPPUNIT_ASSERT_EQUAL(child, waitpid(child, &status, 0));
            CPPUNIT_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, names_in(folder.path()).size());
    }

    void one_that_is_taken_is_never_written_over() {
        const TemporaryFolder folder;
        const std::array<unsigned char, 16> one = {1};
        const std::array<unsigned char, 16> two = {2};
        told = {one, one, two};
        CPPUNIT_ASSERT(store(folder.path(), 100));
        const fs::path first = folder.path() / "7" / ("01" + std::string(30, '0') + ".png");
        const auto size = fs::file_size(first);
        const auto written = fs::last_write_time(first);
        CPPUNIT_ASSERT(store(folder.path(), 200));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, names_in(folder.path()).size());
        CPPUNIT_ASSERT(told.empty());
        CPPUNIT_ASSERT(written == fs::last_write_time(first) && size == fs::file_size(first));
    }

    void without_randomness_nothing_is_stored() {
        const TemporaryFolder folder;
        kernel_has_none = true;
        const auto stored = store_correction(folder.path(), 10, {7, {}});
        CPPUNIT_ASSERT(std::holds_alternative<Problem>(stored));
        const Problem& problem = std::get<Problem>(stored);
        CPPUNIT_ASSERT_EQUAL(500, problem.kind->status);
        CPPUNIT_ASSERT_MESSAGE(problem.log,
                               problem.log.find("cannot be named") != std::string::npos);
        CPPUNIT_ASSERT(names_in(folder.path()).empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CorrectionNamesTest);

}  // namespace digit::test
