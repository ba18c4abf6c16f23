// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/scratch_pool.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <thread>

namespace digit::test {
namespace {

class ScratchPoolTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ScratchPoolTest);
    CPPUNIT_TEST(what_came_back_is_lent_again);
    CPPUNIT_TEST(no_two_hold_the_same);
    CPPUNIT_TEST_SUITE_END();

    void what_came_back_is_lent_again() {
        ScratchPool pool;
        const ClassifyScratch* first = &*pool.lend();
        CPPUNIT_ASSERT(first == &*pool.lend());
        auto held = pool.lend();
        CPPUNIT_ASSERT(first == &*held);
        CPPUNIT_ASSERT(first != &*pool.lend());
    }

    void no_two_hold_the_same() {
        ScratchPool pool;
        std::atomic<int> disturbed = 0;
        const auto work = [&](std::uint8_t mine) {
            for (int i = 0; i < 2000; ++i) {
                auto scratch = pool.lend();
                (*scratch).pixels.assign(1, mine);
                std::this_thread::yield();
                disturbed += (*scratch).pixels.at(0) != mine;
            }
        };
        std::vector<std::thread> threads;
        for (std::uint8_t t = 1; t <= 4; ++t) threads.emplace_back(work, t);
        for (std::thread& thread : threads) thread.join();
        CPPUNIT_ASSERT_EQUAL(0, disturbed.load());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ScratchPoolTest);

}  // namespace
}  // namespace digit::test
