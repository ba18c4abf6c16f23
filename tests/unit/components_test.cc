// SPDX-License-Identifier: Apache-2.0
#include "libdigit/components.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "libdigit/byte_bits.h"

namespace digit::test {
namespace {

// Area and mass of every 8-connected piece, by flooding; sorted.
std::vector<std::pair<std::int64_t, std::int64_t>> flood(InkPlane plane, int threshold) {
    std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
    const auto ink = [&](int x, int y) -> std::uint8_t& {
        return plane.ink[static_cast<std::size_t>(y * plane.width + x)];
    };
    for (int y = 0; y < plane.height; ++y)
        for (int x = 0; x < plane.width; ++x) {
            if (ink(x, y) < threshold) continue;
            std::int64_t area = 0, mass = 0;
            std::vector<std::pair<int, int>> open{{x, y}};
            while (!open.empty()) {
                const auto [px, py] = open.back();
                open.pop_back();
                if (px < 0 || px >= plane.width || py < 0 || py >= plane.height) continue;
                if (ink(px, py) < threshold) continue;
                ++area;
                mass += std::exchange(ink(px, py), std::uint8_t{0});
                for (int dy = -1; dy <= 1; ++dy)
                    for (int dx = -1; dx <= 1; ++dx) open.emplace_back(px + dx, py + dy);
            }
            pieces.emplace_back(area, mass);
        }
    std::sort(pieces.begin(), pieces.end());
    return pieces;
}

class ComponentsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ComponentsTest);
    CPPUNIT_TEST(pieces_are_those_of_a_flood);
    CPPUNIT_TEST(noise_takes_no_more_room_than_its_pieces);
    CPPUNIT_TEST(bytes_are_compared_eight_at_a_time);
    CPPUNIT_TEST(bytes_are_added_up_eight_at_a_time);
    CPPUNIT_TEST_SUITE_END();

    // Widths around 8 and 64, at which pixels are looked at together; long runs and short ones.
    void pieces_are_those_of_a_flood() {
        std::mt19937 random(7);
        for (const int width : {1, 7, 8, 9, 28, 63, 64, 65, 127, 128, 129, 200})
            for (const unsigned ink_of_ten : {1u, 5u, 9u, 10u}) {
                InkPlane plane{width, 20, {}};
                plane.ink.resize(static_cast<std::size_t>(width) * 20);
                for (std::uint8_t& level : plane.ink)
                    level =
                        random() % 10 < ink_of_ten ? static_cast<std::uint8_t>(random() % 256) : 0;
                if (ink_of_ten == 10) std::fill(plane.ink.begin(), plane.ink.end(), 200);
                for (const std::uint8_t threshold : {kInkThreshold, kCleanInkThreshold}) {
                    const Components found = find_components(plane, threshold);
                    std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
                    for (const Component& c : found.all) pieces.emplace_back(c.area, c.mass);
                    std::sort(pieces.begin(), pieces.end());
                    CPPUNIT_ASSERT(flood(plane, threshold) == pieces);
                    std::int64_t in_runs = 0, in_pieces = 0;
                    for (const Run& run : found.runs) in_runs += run.to - run.from;
                    for (const auto& [area, mass] : pieces) in_pieces += area;
                    CPPUNIT_ASSERT_EQUAL(in_pieces, in_runs);
                }
            }
    }

    // As many pieces as a plane can have: lists that doubled as they grew took 44 MiB, of the 32
    // that a request may.
    void noise_takes_no_more_room_than_its_pieces() {
        InkPlane plane{1001, 500, {}};
        plane.ink.resize(1001 * 500);
        for (std::size_t y = 0; y < 500; y += 2)
            for (std::size_t x = 0; x < 1001; x += 2) plane.ink[y * 1001 + x] = 255;
        const Components found = find_components(plane, 100);
        CPPUNIT_ASSERT_EQUAL(std::size_t{250 * 501}, found.all.size());
        CPPUNIT_ASSERT_EQUAL(found.all.size(), found.all.capacity());
        CPPUNIT_ASSERT(found.runs.capacity() < found.runs.size() + 250 * 16);
    }

    void bytes_are_compared_eight_at_a_time() {
        for (std::uint64_t least : {1u, 24u, 56u, 100u, 128u})
            for (std::uint64_t level = 0; level < 256; ++level)
                for (int byte = 0; byte < 8; ++byte)
                    for (const std::uint64_t others : {std::uint64_t{0}, ~std::uint64_t{0}}) {
                        const std::uint64_t eight =
                            (others & ~(std::uint64_t{255} << 8 * byte)) | level << 8 * byte;
                        const std::uint32_t rest = others == 0 ? 0u : 255u & ~(1u << byte);
                        CPPUNIT_ASSERT_EQUAL(rest | (level >= least ? 1u << byte : 0u),
                                             bytes_of_at_least(eight, least));
                    }
    }

    void bytes_are_added_up_eight_at_a_time() {
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{8 * 255}, sum_of_bytes(~std::uint64_t{0}));
        std::uint64_t eight = 0;
        std::uint32_t sum = 0;
        for (int byte = 0; byte < 8; ++byte) {
            const std::uint32_t level = 255u - 31u * static_cast<std::uint32_t>(byte);
            CPPUNIT_ASSERT_EQUAL(level, sum_of_bytes(std::uint64_t{level} << 8 * byte));
            eight |= std::uint64_t{level} << 8 * byte;
            sum += level;
            CPPUNIT_ASSERT_EQUAL(sum, sum_of_bytes(eight));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ComponentsTest);

}  // namespace
}  // namespace digit::test
