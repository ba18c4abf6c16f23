// SPDX-License-Identifier: Apache-2.0
#include "libdigit/exif.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>
#include <vector>

namespace digit::test {
namespace {

// A TIFF structure written field by field in either byte order.
struct Tiff {
    explicit Tiff(bool is_little) : little(is_little) {
        bytes = little ? std::vector<std::uint8_t>{'I', 'I'} : std::vector<std::uint8_t>{'M', 'M'};
        u16(42);
        u32(8);
    }
    void u16(unsigned value) {
        const auto high = static_cast<std::uint8_t>(value >> 8);
        const auto low = static_cast<std::uint8_t>(value);
        bytes.push_back(little ? low : high);
        bytes.push_back(little ? high : low);
    }
    void u32(std::uint32_t value) {
        u16(little ? value & 0xffff : value >> 16);
        u16(little ? value >> 16 : value & 0xffff);
    }
    void entry(unsigned tag, unsigned type, std::uint32_t count, unsigned value) {
        u16(tag);
        u16(type);
        u32(count);
        u16(value);
        u16(0);
    }
    bool little;
    std::vector<std::uint8_t> bytes;
};

constexpr unsigned kShort = 3;
constexpr unsigned kOrientation = 0x0112;

Tiff with_orientation(bool little, unsigned value) {
    Tiff tiff(little);
    tiff.u16(3);
    tiff.entry(0x0100, 4, 1, 640);
    tiff.entry(kOrientation, kShort, 1, value);
    tiff.entry(0x0128, kShort, 1, 2);
    tiff.u32(0);
    return tiff;
}

}  // namespace

class ExifTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ExifTest);
    CPPUNIT_TEST(each_orientation_is_read_in_both_byte_orders);
    CPPUNIT_TEST(values_out_of_range_are_one);
    CPPUNIT_TEST(another_type_or_count_is_one);
    CPPUNIT_TEST(a_directory_beyond_the_end_is_one);
    CPPUNIT_TEST(a_directory_may_claim_more_entries_than_there_are);
    CPPUNIT_TEST(what_is_cut_before_the_orientation_is_one);
    CPPUNIT_TEST(app1_needs_its_signature);
    CPPUNIT_TEST(random_bytes_give_one_to_eight);
    CPPUNIT_TEST_SUITE_END();

    void each_orientation_is_read_in_both_byte_orders() {
        for (bool little : {false, true})
            for (unsigned value = 1; value <= 8; ++value)
                CPPUNIT_ASSERT_EQUAL(static_cast<int>(value),
                                     tiff_orientation(with_orientation(little, value).bytes));
    }

    void values_out_of_range_are_one() {
        for (bool little : {false, true})
            for (unsigned value : {0u, 9u, 255u, 256u, 0x600u, 65535u})
                CPPUNIT_ASSERT_EQUAL(1, tiff_orientation(with_orientation(little, value).bytes));
    }

    void another_type_or_count_is_one() {
        for (bool little : {false, true}) {
            Tiff tiff(little);
            tiff.u16(1);
            tiff.entry(kOrientation, 1, 1, 6);
            CPPUNIT_ASSERT_EQUAL(1, tiff_orientation(tiff.bytes));
            for (std::uint32_t count : {0u, 2u, 0xffffffffu}) {
                Tiff many(little);
                many.u16(1);
                many.entry(kOrientation, kShort, count, 6);
                CPPUNIT_ASSERT_EQUAL(1, tiff_orientation(many.bytes));
            }
        }
    }

    void a_directory_beyond_the_end_is_one() {
        for (bool little : {false, true})
            for (std::uint32_t offset : {0u, 45u, 49u, 50u, 51u, 0x7fffffffu, 0xffffffffu}) {
                Tiff tiff(little);
                tiff.bytes.resize(4);
                tiff.u32(offset);
                const auto rest = with_orientation(little, 6).bytes;
                tiff.bytes.insert(tiff.bytes.end(), rest.begin() + 8, rest.end());
                CPPUNIT_ASSERT_EQUAL(std::size_t{50}, tiff.bytes.size());
                CPPUNIT_ASSERT_EQUAL(1, tiff_orientation(tiff.bytes));
            }
    }

    void a_directory_may_claim_more_entries_than_there_are() {
        for (bool little : {false, true}) {
            Tiff tiff(little);
            tiff.u16(65535);
            tiff.entry(0x0100, 4, 1, 640);
            tiff.entry(kOrientation, kShort, 1, 8);
            CPPUNIT_ASSERT_EQUAL(8, tiff_orientation(tiff.bytes));
        }
    }

    void what_is_cut_before_the_orientation_is_one() {
        for (bool little : {false, true}) {
            const auto whole = with_orientation(little, 6).bytes;
            const std::size_t end_of_orientation = 8 + 2 + 2 * 12;
            for (std::size_t size = 0; size <= whole.size(); ++size)
                CPPUNIT_ASSERT_EQUAL(size < end_of_orientation ? 1 : 6,
                                     tiff_orientation({whole.data(), size}));
        }
    }

    void app1_needs_its_signature() {
        std::vector<std::uint8_t> app1 = {'E', 'x', 'i', 'f', 0, 0};
        const auto tiff = with_orientation(true, 5).bytes;
        CPPUNIT_ASSERT_EQUAL(1, exif_orientation(app1));
        app1.insert(app1.end(), tiff.begin(), tiff.end());
        CPPUNIT_ASSERT_EQUAL(5, exif_orientation(app1));
        app1[3] = 'F';
        CPPUNIT_ASSERT_EQUAL(1, exif_orientation(app1));
        CPPUNIT_ASSERT_EQUAL(1, exif_orientation({}));
    }

    void random_bytes_give_one_to_eight() {
        std::mt19937 random(1);
        for (int i = 0; i < 20000; ++i) {
            auto bytes = with_orientation(i % 2 == 0, 6).bytes;
            for (int k = 0; k < 4; ++k)
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            bytes.resize(random() % (bytes.size() + 1));
            const int orientation = tiff_orientation(bytes);
            CPPUNIT_ASSERT(orientation >= 1 && orientation <= 8);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ExifTest);

}  // namespace digit::test
