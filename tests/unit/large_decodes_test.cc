// SPDX-License-Identifier: Apache-2.0
#include "libdigit/large_decodes.h"

#include <cppunit/extensions/HelperMacros.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

#include "libdigit/decode.h"
#include "tests/unit/image_writers.h"

namespace digit::test {
namespace {

// An interlaced picture, of which the reducer holds every sum until the end.
Bytes interlaced(std::uint32_t width, std::uint32_t height) {
    PngSpec spec;
    spec.width = width;
    spec.height = height;
    spec.colour_type = 6;
    spec.interlaced = true;
    spec.rows.assign(std::size_t{width} * height * 4, 100);
    return write_png(spec);
}

// A child that takes a slot and keeps it until it is killed.
pid_t child_with_slot(LargeDecodes& slots) {
    int taken[2];
    CPPUNIT_ASSERT_EQUAL(0, pipe(taken));
    const pid_t child = fork();
    if (child == 0) {
        const bool got = slots.enter().has_value();
        [[maybe_unused]] const ssize_t told = write(taken[1], got ? "y" : "n", 1);
        for (;;) pause();
    }
    char answer = 0;
    CPPUNIT_ASSERT_EQUAL(ssize_t{1}, read(taken[0], &answer, 1));
    CPPUNIT_ASSERT_EQUAL('y', answer);
    close(taken[0]);
    close(taken[1]);
    return child;
}

}  // namespace

class LargeDecodesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LargeDecodesTest);
    CPPUNIT_TEST(there_are_as_many_slots_as_were_asked_for);
    CPPUNIT_TEST(more_slots_than_there_is_memory_are_refused);
    CPPUNIT_TEST(a_slot_is_taken_for_all_processes_and_free_again_when_its_own_is_killed);
    CPPUNIT_TEST(a_large_picture_waits_for_a_slot_and_an_ordinary_one_does_not);
    CPPUNIT_TEST_SUITE_END();

    void there_are_as_many_slots_as_were_asked_for() {
        LargeDecodes slots(2);
        const auto first = slots.enter();
        CPPUNIT_ASSERT(first && slots.enter());
        CPPUNIT_ASSERT(!slots.enter());
        slots.leave(*first);
        CPPUNIT_ASSERT(slots.enter() == first);
    }

    void more_slots_than_there_is_memory_are_refused() {
        CPPUNIT_ASSERT_THROW(LargeDecodes(std::size_t{1} << 60), std::bad_alloc);
    }

    void a_slot_is_taken_for_all_processes_and_free_again_when_its_own_is_killed() {
        LargeDecodes slots(1);
        const pid_t child = child_with_slot(slots);
        CPPUNIT_ASSERT(!slots.enter());
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        CPPUNIT_ASSERT(slots.enter());
    }

    void a_large_picture_waits_for_a_slot_and_an_ordinary_one_does_not() {
        LargeDecodes slots(1);
        Limits limits;
        limits.large_decodes = &slots;
        limits.max_cpu_ms = 10'000;
        const Bytes large = interlaced(3000, 700);
        CPPUNIT_ASSERT(decode(large, limits, Colour::kRgb).ok());
        const auto held = slots.enter();
        CPPUNIT_ASSERT(held);  // the decode gave it back
        const auto refused = decode(large, limits, Colour::kRgb);
        CPPUNIT_ASSERT(!refused && refused.status().code == Code::kBusy);
        CPPUNIT_ASSERT_EQUAL(
            std::string("PNG: it takes more than 4 MiB of memory to decode, and as many such "
                        "pictures as the server decodes at a time are being decoded"),
            refused.status().message());
        CPPUNIT_ASSERT(decode(interlaced(28, 28), limits, Colour::kRgb).ok());
        slots.leave(*held);
        CPPUNIT_ASSERT(decode(large, limits, Colour::kRgb).ok());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LargeDecodesTest);

}  // namespace digit::test
