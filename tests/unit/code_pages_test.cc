// SPDX-License-Identifier: Apache-2.0
#include "libdigit/code_pages.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <string>

#include "libdigit/weights_digest.h"

namespace digit::test {
namespace {

// KiB of a library's code or constants that are mapped in this process, by the kernel's own
// account; kind: "r-xp" or "r--p".
long mapped_kib(const std::string& library, const std::string& kind) {
    std::ifstream smaps("/proc/self/smaps");
    long sum = 0;
    bool inside = false;
    for (std::string line; std::getline(smaps, line);) {
        if (line.find("-") < line.find(":"))
            inside = line.find(library) != line.npos && line.find(kind) != line.npos;
        else if (inside && line.starts_with("Rss:"))
            sum += std::stol(line.substr(4));
    }
    return sum;
}

std::string digest() {
    Sha256 sha256;
    sha256.update("abc");
    return sha256.hex();
}

class CodePagesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CodePagesTest);
    CPPUNIT_TEST(what_is_given_back_comes_back_when_it_is_needed);
    CPPUNIT_TEST_SUITE_END();

    void what_is_given_back_comes_back_when_it_is_needed() {
        const std::string expected =
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        CPPUNIT_ASSERT_EQUAL(expected, digest());
        CPPUNIT_ASSERT(mapped_kib("/libnettle.so", "r-xp") > 0);
        const long constants = mapped_kib("/libstdc++.so", "r--p");
        give_back_code_pages();
        CPPUNIT_ASSERT_EQUAL(0L, mapped_kib("/libnettle.so", "r-xp"));
        // Some of them were needed to tell.
        CPPUNIT_ASSERT(mapped_kib("/libstdc++.so", "r--p") < constants);
        CPPUNIT_ASSERT_EQUAL(expected, digest());
        CPPUNIT_ASSERT(mapped_kib("/libnettle.so", "r-xp") > 0);
        CPPUNIT_ASSERT_THROW(throw std::string("caught"), std::string);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CodePagesTest);

}  // namespace
}  // namespace digit::test
