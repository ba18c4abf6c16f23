// SPDX-License-Identifier: Apache-2.0
// Digits from fonts, and drawn digits as the network sees them.
#include "trainer/draw_fonts.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "libdigit/frame.h"
#include "tests/unit/temporary_folder.h"
#include "trainer/draw_font_digit.h"
#include "trainer/draw_framed.h"
#include "trainer/draw_outline.h"

namespace digit {
namespace {

// Ten different upright figures: a frame with a hole that grows from digit to digit.
std::array<Shape, 10> ten_figures() {
    std::array<Shape, 10> digits;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const float hole = 20 + static_cast<float>(i);
        digits[i].points = {{0, 0}, {60, 0}, {60, 100}, {0, 100}};
        digits[i].close();
        for (const Point& point : {Point{20, 20}, Point{20, 20 + 2 * hole},
                                   Point{20 + hole, 20 + 2 * hole}, Point{20 + hole, 20}})
            digits[i].points.push_back(point);
        digits[i].close();
    }
    return digits;
}

}  // namespace

class DrawFontsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DrawFontsTest);
    CPPUNIT_TEST(a_missing_folder_is_an_error_that_names_it);
    CPPUNIT_TEST(a_folder_without_fonts_says_what_to_install);
    CPPUNIT_TEST(a_file_that_is_no_font_is_passed_over);
    CPPUNIT_TEST(boxes_for_missing_glyphs_do_not_look_like_digits);
    CPPUNIT_TEST(symbols_do_not_look_like_digits);
    CPPUNIT_TEST(every_font_of_the_list_has_a_package_a_family_and_a_licence);
    CPPUNIT_TEST(every_face_has_ten_digits_of_height_one_around_the_origin);
    CPPUNIT_TEST(printed_digits_depend_on_seed_and_index_alone);
    CPPUNIT_TEST(framed_digits_do_not_depend_on_threads_or_count);
    CPPUNIT_TEST(framed_digits_have_labels_in_turn_and_ink);
    CPPUNIT_TEST_SUITE_END();

  public:
    void setUp() override {
        auto rasteriser = Rasteriser::make();
        CPPUNIT_ASSERT(rasteriser.ok());
        rasteriser_ = std::make_unique<Rasteriser>(std::move(*rasteriser));
    }

    void a_missing_folder_is_an_error_that_names_it() {
        const auto fonts = FontSet::load({"/no/such/folder"});
        CPPUNIT_ASSERT(!fonts.ok());
        CPPUNIT_ASSERT(fonts.status().code == Code::kIo);
        CPPUNIT_ASSERT_EQUAL(std::string("/no/such/folder"), fonts.status().where);
    }

    void a_folder_without_fonts_says_what_to_install() {
        const test::TemporaryFolder folder;
        const auto fonts = FontSet::load({folder.path()});
        CPPUNIT_ASSERT(!fonts.ok());
        CPPUNIT_ASSERT(fonts.status().detail.find("script/bootstrap --training") !=
                       std::string::npos);
    }

    void a_file_that_is_no_font_is_passed_over() {
        const test::TemporaryFolder folder;
        std::ofstream(folder.path() / "broken.ttf") << std::string(1000, '\1');
        std::ofstream(folder.path() / "empty.otf").flush();
        const auto fonts = FontSet::load({folder.path()});
        CPPUNIT_ASSERT(!fonts.ok());
        CPPUNIT_ASSERT(fonts.status().code == Code::kIo);
    }

    void boxes_for_missing_glyphs_do_not_look_like_digits() {
        std::array<Shape, 10> digits = ten_figures();
        CPPUNIT_ASSERT(look_like_digits(digits));
        digits[7] = digits[3];
        CPPUNIT_ASSERT(!look_like_digits(digits));
    }

    void symbols_do_not_look_like_digits() {
        std::array<Shape, 10> solid = ten_figures();
        solid[4].points.resize(4);
        solid[4].ends.resize(1);
        CPPUNIT_ASSERT(!look_like_digits(solid));
        std::array<Shape, 10> low = ten_figures();
        transform(low[2], scaling(0.3f, 0.3f));
        CPPUNIT_ASSERT(!look_like_digits(low));
        std::array<Shape, 10> wide = ten_figures();
        transform(wide[2], scaling(3, 1));
        CPPUNIT_ASSERT(!look_like_digits(wide));
    }

    void every_font_of_the_list_has_a_package_a_family_and_a_licence() {
        CPPUNIT_ASSERT(allowed_fonts().size() > 100);
        for (const AllowedFont& font : allowed_fonts()) {
            CPPUNIT_ASSERT(!std::string(font.package).empty());
            CPPUNIT_ASSERT(!std::string(font.family).empty());
            CPPUNIT_ASSERT(!std::string(font.licence).empty());
        }
    }

    void every_face_has_ten_digits_of_height_one_around_the_origin() {
        const FontSet* fonts = installed_fonts();
        if (fonts == nullptr) return;
        for (const FontFace& face : fonts->faces())
            for (std::size_t i = 0; i < 10; ++i) {
                const Bounds bounds = bounds_of(face.digits[i].points);
                CPPUNIT_ASSERT_DOUBLES_EQUAL(1, bounds.height(), 1e-3);
                CPPUNIT_ASSERT_DOUBLES_EQUAL(0, bounds.left + bounds.right, 1e-3);
                CPPUNIT_ASSERT(face.stroke_width[i] > 0 && face.stroke_width[i] < 0.7f);
            }
        int at = 0;
        for (const FontSet::Family& family : fonts->families()) {
            CPPUNIT_ASSERT_EQUAL(at, family.begin);
            CPPUNIT_ASSERT(family.end > family.begin);
            at = family.end;
        }
        CPPUNIT_ASSERT_EQUAL(fonts->faces().size(), static_cast<std::size_t>(at));
    }

    void printed_digits_depend_on_seed_and_index_alone() {
        const FontSet* fonts = installed_fonts();
        if (fonts == nullptr) return;
        for (std::uint64_t i = 0; i < 300; ++i) {
            const DrawnDigit drawn = draw_font_digit(*fonts, *rasteriser_, 5, i);
            CPPUNIT_ASSERT_EQUAL(static_cast<int>(i % 10), drawn.label);
            const auto [dark, light] = std::minmax_element(drawn.luma.begin(), drawn.luma.end());
            CPPUNIT_ASSERT(*light - *dark >= 20);
            CPPUNIT_ASSERT(drawn.luma == draw_font_digit(*fonts, *rasteriser_, 5, i).luma);
            CPPUNIT_ASSERT(drawn.luma != draw_font_digit(*fonts, *rasteriser_, 6, i).luma);
        }
    }

    void framed_digits_do_not_depend_on_threads_or_count() {
        const DrawMix mix{installed_fonts()};
        const FramedDigits one = draw_framed_digits(100, 3, 1, mix, *rasteriser_);
        const FramedDigits two = draw_framed_digits(100, 3, 2, mix, *rasteriser_);
        CPPUNIT_ASSERT(one.pixels == two.pixels);
        CPPUNIT_ASSERT(one.labels == two.labels);
        std::vector<std::uint8_t> pixels(10 * kInputPixels);
        std::vector<std::uint8_t> labels(10);
        draw_framed_digits(40, 10, 3, mix, *rasteriser_, pixels.data(), labels.data());
        CPPUNIT_ASSERT(
            std::equal(pixels.begin(), pixels.end(), one.pixels.begin() + 40 * kInputPixels));
    }

    void framed_digits_have_labels_in_turn_and_ink() {
        const FramedDigits digits =
            draw_framed_digits(500, 4, 2, DrawMix{installed_fonts()}, *rasteriser_);
        CPPUNIT_ASSERT_EQUAL(std::size_t{500}, digits.size());
        for (std::size_t i = 0; i < digits.size(); ++i) {
            CPPUNIT_ASSERT_EQUAL(i % 10, std::size_t{digits.labels[i]});
            const auto begin = digits.pixels.begin() + static_cast<std::ptrdiff_t>(i * 784);
            CPPUNIT_ASSERT_EQUAL(255, int{*std::max_element(begin, begin + 784)});
        }
    }

  private:
    // Nothing, and a notice, where no font of the list is installed.
    const FontSet* installed_fonts() {
        if (!fonts_ && !searched_) {
            searched_ = true;
            auto loaded = FontSet::load(FontSet::default_folders());
            if (loaded.ok())
                fonts_ = std::make_unique<FontSet>(std::move(*loaded));
            else
                std::fprintf(stderr, "skipped: tests with fonts (%s)\n",
                             loaded.status().message().c_str());
        }
        return fonts_.get();
    }

    std::unique_ptr<Rasteriser> rasteriser_;
    std::unique_ptr<FontSet> fonts_;
    bool searched_ = false;
};

CPPUNIT_TEST_SUITE_REGISTRATION(DrawFontsTest);

}  // namespace digit
