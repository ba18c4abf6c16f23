// SPDX-License-Identifier: Apache-2.0
#include "libdigit/mnist_picture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libdigit/mnist_cut.h"
#include "libdigit/mnist_grid.h"
#include "tests/unit/drawing.h"

namespace digit::test {
namespace {

Framed frame_one(const Picture& picture) {
    const auto readings = frame(picture);
    CPPUNIT_ASSERT_MESSAGE(readings.status().message(), readings.ok());
    return readings->front();
}

Picture blank() {
    Picture picture;
    picture.width = picture.height = 28;
    picture.pixels.assign(784, 0);
    return picture;
}

// A digit as MNIST has it.
Picture framed(int digit) {
    Picture picture = blank();
    const auto readings = frame(draw(digit, {}), kFrameToLearnFrom);
    CPPUNIT_ASSERT(readings.ok());
    std::ranges::copy(readings->front().pixels, picture.pixels.begin());
    return picture;
}

void fill(Picture& picture, int left, int top, int width, int height, int level = 250) {
    for (int y = top; y < top + height; ++y)
        std::fill_n(picture.pixels.begin() + y * 28 + left, width,
                    static_cast<std::uint8_t>(level));
}

// A digit 11 pixels high between two specks that are 20 pixels apart.
Picture small_between_specks(int level) {
    Picture picture = blank();
    fill(picture, 12, 9, 5, 11);
    fill(picture, 14, 5, 1, 1, level);
    fill(picture, 14, 24, 1, 1, level);
    return picture;
}

Picture two_side_by_side() {
    Picture picture = blank();
    fill(picture, 5, 4, 3, 20);
    fill(picture, 21, 4, 3, 20);
    return picture;
}

Picture sheet() {
    Picture picture = blank();
    fill(picture, 4, 4, 20, 20);
    return picture;
}

// Square, by linear interpolation between pixels' centres or by the nearest pixel.
Picture enlarged(const Picture& from, int edge, bool linear) {
    Picture to;
    to.width = to.height = static_cast<std::uint32_t>(edge);
    const auto pixel = [&](int x, int y) {
        return static_cast<double>(from.pixels[static_cast<std::size_t>(std::clamp(y, 0, 27) * 28 +
                                                                        std::clamp(x, 0, 27))]);
    };
    for (int y = 0; y < edge; ++y)
        for (int x = 0; x < edge; ++x) {
            const double u = (x + 0.5) * 28 / edge - 0.5;
            const double v = (y + 0.5) * 28 / edge - 0.5;
            if (!linear) {
                to.pixels.push_back(static_cast<std::uint8_t>(
                    pixel(static_cast<int>(u + 0.5), static_cast<int>(v + 0.5))));
                continue;
            }
            const int left = static_cast<int>(std::floor(u));
            const int top = static_cast<int>(std::floor(v));
            const double a = u - left;
            const double b = v - top;
            const double level =
                (1 - b) * ((1 - a) * pixel(left, top) + a * pixel(left + 1, top)) +
                b * ((1 - a) * pixel(left, top + 1) + a * pixel(left + 1, top + 1));
            to.pixels.push_back(static_cast<std::uint8_t>(level + 0.5));
        }
    return to;
}

// Without its margin.
Picture cut(const Picture& from) {
    const Box box = frame_one(from).receipt.ink_box;
    Picture to;
    to.width = static_cast<std::uint32_t>(box.width);
    to.height = static_cast<std::uint32_t>(box.height);
    for (int y = box.y; y < box.y + box.height; ++y)
        for (int x = box.x; x < box.x + box.width; ++x)
            to.pixels.push_back(from.pixels[static_cast<std::size_t>(y * 28 + x)]);
    return to;
}

class MnistPictureTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MnistPictureTest);
    CPPUNIT_TEST(a_framed_picture_comes_through_unchanged);
    CPPUNIT_TEST(what_lacks_anything_of_it_is_framed_anew);
    CPPUNIT_TEST(what_is_not_one_digit_is_framed_anew);
    CPPUNIT_TEST(a_broken_digit_stays_whole);
    CPPUNIT_TEST(specks_beside_a_digit_change_nothing);
    CPPUNIT_TEST(grey_in_three_channels_is_grey);
    CPPUNIT_TEST(an_enlarged_picture_is_what_it_was);
    CPPUNIT_TEST(a_drawing_of_more_detail_is_framed);
    CPPUNIT_TEST(a_picture_cut_to_its_ink_is_what_it_was);
    CPPUNIT_TEST(a_cut_picture_in_doubt_is_framed);
    CPPUNIT_TEST(a_cut_picture_of_more_ink_than_paper_is_framed);
    CPPUNIT_TEST_SUITE_END();

    void a_framed_picture_comes_through_unchanged() {
        for (const int digit : {1, 2, 4, 5, 6, 7}) {
            Picture picture = framed(digit);
            const std::vector<std::uint8_t> ink = picture.pixels;
            const Framed twice = frame_one(picture);
            CPPUNIT_ASSERT(std::ranges::equal(ink, twice.pixels));
            CPPUNIT_ASSERT(twice.receipt.polarity == Polarity::kLightOnDark);
            CPPUNIT_ASSERT_EQUAL(28, twice.receipt.crop.width);
            CPPUNIT_ASSERT_EQUAL(
                20, std::max(twice.receipt.ink_box.width, twice.receipt.ink_box.height));
            for (std::uint8_t& pixel : picture.pixels)
                pixel = static_cast<std::uint8_t>(255 - pixel);
            const Framed inverted = frame_one(picture);
            CPPUNIT_ASSERT(std::ranges::equal(ink, inverted.pixels));
            CPPUNIT_ASSERT(inverted.receipt.polarity == Polarity::kDarkOnLight);
        }
    }

    void what_lacks_anything_of_it_is_framed_anew() {
        using Spoil = std::function<void(Picture&)>;
        const auto every = [](const auto& change) -> Spoil {
            return [change](Picture& p) {
                for (std::uint8_t& pixel : p.pixels)
                    pixel = static_cast<std::uint8_t>(change(pixel));
            };
        };
        const std::vector<std::pair<const char*, Spoil>> all = {
            {"off centre",
             [](Picture& p) {
                 std::rotate(p.pixels.begin(), p.pixels.end() - 56, p.pixels.end());
             }},
            {"too high",
             [](Picture& p) {
                 fill(p, 13, 1, 1, 1, 200);
                 fill(p, 13, 27, 1, 1, 200);
             }},
            {"faint", every([](int pixel) { return pixel * 7 / 10; })},
            {"hardly anything strong",
             every([](int pixel) { return pixel < 255 ? pixel / 2 : 90; })},
            {"on grey", every([](int pixel) { return std::max(pixel, 1); })},
            {"a corner of ink", [](Picture& p) { p.pixels[0] = 60; }},
            {"coloured",
             [](Picture& p) {
                 p.channels = 3;
                 std::vector<std::uint8_t> rgb;
                 for (const std::uint8_t pixel : p.pixels)
                     rgb.insert(rgb.end(), {pixel, pixel, static_cast<std::uint8_t>(pixel / 2)});
                 p.pixels.assign(rgb.begin(), rgb.end());
             }},
            {"higher",
             [](Picture& p) {
                 p.pixels.resize(p.pixels.size() + 28);
                 ++p.height;
             }},
            {"enlarged, off centre",
             [](Picture& p) {
                 p = enlarged(p, 140, true);
                 std::rotate(p.pixels.begin(), p.pixels.end() - 10 * 140, p.pixels.end());
             }},
            {"enlarged, a margin of ink",
             [](Picture& p) {
                 p = enlarged(p, 140, true);
                 p.pixels.back() = 9;
             }},
            {"enlarged, coloured", [](Picture& p) {
                 p = enlarged(p, 140, true);
                 p.channels = 3;
                 std::vector<std::uint8_t> rgb;
                 for (const std::uint8_t pixel : p.pixels)
                     rgb.insert(rgb.end(), {pixel, pixel, static_cast<std::uint8_t>(pixel / 2)});
                 p.pixels = std::move(rgb);
             }}};
        for (const auto& [what, spoil] : all) {
            Picture picture = framed(4);
            CPPUNIT_ASSERT(as_mnist_has_it(picture).has_value());
            spoil(picture);
            CPPUNIT_ASSERT_MESSAGE(what, !as_mnist_has_it(picture));
        }
    }

    // The box and the centre of each are right.
    void what_is_not_one_digit_is_framed_anew() {
        CPPUNIT_ASSERT(!as_mnist_has_it(sheet()));
        CPPUNIT_ASSERT(!as_mnist_has_it(two_side_by_side()));
        CPPUNIT_ASSERT(!as_mnist_has_it(small_between_specks(60)));
        CPPUNIT_ASSERT(!as_mnist_has_it(small_between_specks(3)));
    }

    // Framed anew, the bar would be left out: it stands too far from the rest.
    void a_broken_digit_stays_whole() {
        Picture picture = blank();
        fill(picture, 7, 4, 14, 5);
        fill(picture, 9, 16, 11, 8);
        CPPUNIT_ASSERT(as_mnist_has_it(picture).has_value());
        CPPUNIT_ASSERT(std::ranges::equal(frame_one(picture).pixels, picture.pixels));
    }

    void specks_beside_a_digit_change_nothing() {
        Picture picture = framed(7);
        fill(picture, 9, 16, 1, 1, 90);
        CPPUNIT_ASSERT(std::ranges::equal(frame_one(picture).pixels, picture.pixels));
    }

    // As canvases and converters write it.
    void grey_in_three_channels_is_grey() {
        const Picture grey = framed(4);
        Picture picture;
        picture.width = picture.height = 28;
        picture.channels = 3;
        for (const std::uint8_t pixel : grey.pixels)
            picture.pixels.insert(picture.pixels.end(), 3, pixel);
        CPPUNIT_ASSERT(std::ranges::equal(frame_one(picture).pixels, grey.pixels));
    }

    // By framing, a pixel is some 10 levels off on average; between a digit and the same one a
    // pixel further right, 25. (The tips of this 7 are too thin to last.)
    void an_enlarged_picture_is_what_it_was() {
        for (const int digit : {1, 2, 4, 5, 6})
            for (const int edge : {56, 84, 100, 280})
                for (const bool linear : {true, false}) {
                    if (!linear && edge % 28 != 0) continue;  // of pixels of uneven sizes
                    const Picture original = framed(digit);
                    Picture picture = enlarged(original, edge, linear);
                    for (const bool inverted : {false, true}) {
                        if (inverted)
                            for (std::uint8_t& pixel : picture.pixels)
                                pixel = static_cast<std::uint8_t>(255 - pixel);
                        const auto found = as_mnist_has_it(picture);
                        const std::string which = std::to_string(digit) + " of " +
                                                  std::to_string(edge) + " px, linear " +
                                                  std::to_string(linear);
                        CPPUNIT_ASSERT_MESSAGE(which, found.has_value());
                        double off = 0;
                        for (std::size_t i = 0; i < 784; ++i)
                            off += std::abs(int{found->pixels[i]} - int{original.pixels[i]});
                        CPPUNIT_ASSERT_MESSAGE(which + ": " + std::to_string(off / 784),
                                               off / 784 < 6);
                        CPPUNIT_ASSERT_EQUAL(edge, found->receipt.crop.width);
                        const Box& box = found->receipt.ink_box;
                        CPPUNIT_ASSERT_DOUBLES_EQUAL(20 * edge / 28.0,
                                                     std::max(box.width, box.height), 1);
                    }
                }
    }

    // The same shape with sharp edges, as a large canvas has it, is not one of 28×28 enlarged.
    void a_drawing_of_more_detail_is_framed() {
        for (const int digit : {1, 2, 4, 5, 6}) {
            Picture picture = enlarged(framed(digit), 280, true);
            CPPUNIT_ASSERT(as_mnist_has_it(picture).has_value());
            for (std::uint8_t& pixel : picture.pixels) pixel = pixel < 100 ? 0 : 255;
            CPPUNIT_ASSERT(!ink_on_mnist_grid(picture).has_value());
        }
    }

    // (The other digits of these strokes fill two corners.)
    void a_picture_cut_to_its_ink_is_what_it_was() {
        for (const int digit : {4, 5, 6}) {
            const Picture original = framed(digit);
            Picture picture = cut(original);
            for (const bool inverted : {false, true}) {
                if (inverted)
                    for (std::uint8_t& pixel : picture.pixels)
                        pixel = static_cast<std::uint8_t>(255 - pixel);
                const auto found = as_mnist_has_it(picture);
                CPPUNIT_ASSERT_MESSAGE(std::to_string(digit), found.has_value());
                CPPUNIT_ASSERT(std::ranges::equal(found->pixels, original.pixels));
                CPPUNIT_ASSERT(found->receipt.polarity ==
                               (inverted ? Polarity::kDarkOnLight : Polarity::kLightOnDark));
                const Box& box = found->receipt.ink_box;
                CPPUNIT_ASSERT_EQUAL(0, box.x);
                CPPUNIT_ASSERT_EQUAL(0, box.y);
                CPPUNIT_ASSERT_EQUAL(static_cast<int>(picture.width), box.width);
                CPPUNIT_ASSERT_EQUAL(static_cast<int>(picture.height), box.height);
            }
        }
    }

    void a_cut_picture_in_doubt_is_framed() {
        const Picture picture = cut(framed(4));
        CPPUNIT_ASSERT(ink_of_cut(picture).has_value());
        Picture hard = picture;
        for (std::uint8_t& pixel : hard.pixels) pixel = pixel < 128 ? 0 : 255;
        const auto count = [](const Picture& of, std::uint8_t level) {
            return std::ranges::count(of.pixels, level);
        };
        CPPUNIT_ASSERT(count(hard, 0) >= 2 * count(hard, 255));
        CPPUNIT_ASSERT_MESSAGE("hard edges", !ink_of_cut(hard).has_value());

        Picture doubtful = picture;
        for (auto pixel = doubtful.pixels.begin(); count(doubtful, 0) >= 2 * count(doubtful, 255);
             ++pixel)
            if (*pixel == 0) *pixel = 255;
        const auto white = count(doubtful, 255);
        const auto soft = std::ssize(doubtful.pixels) - count(doubtful, 0) - white;
        CPPUNIT_ASSERT_MESSAGE("still soft", 2 * soft >= white);
        CPPUNIT_ASSERT_MESSAGE("half black, half white", !ink_of_cut(doubtful).has_value());
    }

    // Of a bold digit that is cut tight, the paper that is left is less than the ink.
    void a_cut_picture_of_more_ink_than_paper_is_framed() {
        Picture picture;
        picture.width = 10;
        picture.height = 20;
        for (int y = 0; y < 20; ++y)
            for (int x = 0; x < 10; ++x) {
                const double ink =
                    std::clamp(4.25 - std::abs(x + 0.5 - (3.5 + 3.5 * y / 19)), 0.0, 1.0);
                picture.pixels.push_back(static_cast<std::uint8_t>(255 - std::lround(255 * ink)));
            }
        const auto count = [&](std::uint8_t level) {
            return std::ranges::count(picture.pixels, level);
        };
        CPPUNIT_ASSERT(count(0) > 2 * count(255));
        CPPUNIT_ASSERT(!ink_of_cut(picture).has_value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MnistPictureTest);

}  // namespace
}  // namespace digit::test
