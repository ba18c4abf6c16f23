// SPDX-License-Identifier: Apache-2.0
// What a refusal says.
#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "libdigit/status.h"

namespace digit::test {

// row: which of many, for the test's report.
inline void assert_refusal(const std::string& row, const Status& status, Code code,
                           const char* where, const char* detail) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(row, std::string(code_name(code)),
                                 std::string(code_name(status.code)));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(row, std::string(where), status.where);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(row, std::string(detail), status.detail);
}

}  // namespace digit::test
