// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/guard.h"

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>

namespace digit {
namespace {

// What httpd would be told of a body that throws `thrown`.
template <class Thrown>
std::string reason_of(Thrown thrown) {
    return guarded([&]() -> std::string { throw thrown; },
                   [](const char* reason) { return std::string(reason); });
}

class GuardTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GuardTest);
    CPPUNIT_TEST(what_does_not_throw_is_passed_on);
    CPPUNIT_TEST(whatever_is_thrown_becomes_a_reason);
    CPPUNIT_TEST_SUITE_END();

    void what_does_not_throw_is_passed_on() {
        CPPUNIT_ASSERT_EQUAL(7, guarded([] { return 7; }, [](const char*) { return 0; }));
    }

    void whatever_is_thrown_becomes_a_reason() {
        CPPUNIT_ASSERT_EQUAL(std::string("out of memory"), reason_of(std::bad_alloc()));
        CPPUNIT_ASSERT_EQUAL(std::string("so"), reason_of(std::runtime_error("so")));
        CPPUNIT_ASSERT_EQUAL(std::string("unknown exception"), reason_of(7));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GuardTest);

}  // namespace
}  // namespace digit
