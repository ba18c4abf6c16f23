// SPDX-License-Identifier: Apache-2.0
#include "trainer/drawn_pool.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <span>

#include "libdigit/components.h"
#include "trainer/draw_other.h"

namespace digit {
namespace {

DrawnPool pen_pool(int pictures, int others, float fresh) {
    DrawnSettings settings;
    settings.pictures = pictures;
    settings.others = others;
    settings.fresh = fresh;
    settings.font_share = 0;
    Result<DrawnPool> pool = DrawnPool::make(settings, 1, {});
    CPPUNIT_ASSERT(pool.ok());
    return std::move(*pool);
}

int same_pictures(const Dataset& a, const Dataset& b) {
    int same = 0;
    for (int i = 0; i < a.size(); ++i)
        same += std::equal(a.picture(i).begin(), a.picture(i).end(), b.picture(i).begin());
    return same;
}

// An outline as large as a digit with two pieces or more within it: eyes may touch the mouth at
// this size.
bool is_face(std::span<const std::uint8_t> picture) {
    InkPlane plane{kInputEdge, kInputEdge, {}};
    plane.ink.assign(picture.begin(), picture.end());
    const auto pieces = find_components(plane, kInkThreshold).all;
    const auto outline = std::find_if(pieces.begin(), pieces.end(), [](const Component& c) {
        return c.height() >= 18 && c.width() >= 12;
    });
    if (outline == pieces.end()) return false;
    return std::count_if(pieces.begin(), pieces.end(), [&](const Component& c) {
               return c.left > outline->left && c.right < outline->right && c.top > outline->top &&
                      c.bottom < outline->bottom;
           }) >= 2;
}

class DrawnPoolTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DrawnPoolTest);
    CPPUNIT_TEST(every_epoch_draws_the_asked_number_anew);
    CPPUNIT_TEST(an_epoch_reached_at_once_has_what_it_has_step_by_step);
    CPPUNIT_TEST(held_out_pictures_are_in_no_epoch);
    CPPUNIT_TEST(among_what_is_no_digit_are_faces);
    CPPUNIT_TEST(fonts_that_are_not_there_are_refused);
    CPPUNIT_TEST_SUITE_END();

    void every_epoch_draws_the_asked_number_anew() {
        Team team(2);
        DrawnPool pool = pen_pool(40, 10, 0.3f);
        pool.prepare(0, team);
        CPPUNIT_ASSERT_EQUAL(9, int{pool.pictures().labels[39]});
        CPPUNIT_ASSERT_EQUAL(kNoDigit, int{pool.pictures().labels[40]});
        for (int epoch = 1; epoch < 6; ++epoch) {
            const Dataset before = pool.pictures();
            pool.prepare(epoch, team);
            CPPUNIT_ASSERT_EQUAL(35, same_pictures(before, pool.pictures()));
        }
    }

    void an_epoch_reached_at_once_has_what_it_has_step_by_step() {
        Team one(1), two(2);
        DrawnPool steps = pen_pool(47, 13, 0.3f), jump = pen_pool(47, 13, 0.3f);
        for (int epoch = 0; epoch < 8; ++epoch) steps.prepare(epoch, two);
        jump.prepare(7, one);
        CPPUNIT_ASSERT(steps.pictures().pixels == jump.pictures().pixels);
        CPPUNIT_ASSERT(steps.pictures().labels == jump.pictures().labels);
    }

    void held_out_pictures_are_in_no_epoch() {
        Team team(2);
        DrawnPool pool = pen_pool(40, 0, 1);
        const Dataset held_out = pool.held_out_digits(40, team);
        for (int epoch = 0; epoch < 3; ++epoch) {
            pool.prepare(epoch, team);
            CPPUNIT_ASSERT_EQUAL(0, same_pictures(held_out, pool.pictures()));
        }
    }

    void among_what_is_no_digit_are_faces() {
        Team team(2);
        const Dataset others = pen_pool(0, 1, 0).held_out_others(1000, team);
        int faces = 0;
        for (int i = 0; i < others.size(); ++i) faces += is_face(others.picture(i));
        CPPUNIT_ASSERT(faces > 4);  // without them none is found
    }

    void fonts_that_are_not_there_are_refused() {
        CPPUNIT_ASSERT(!DrawnPool::make(DrawnSettings{}, 1, {"/nonexistent"}).ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DrawnPoolTest);

}  // namespace
}  // namespace digit
