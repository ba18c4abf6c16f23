// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>
#include <zlib.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "libdigit/stored_idat.h"
#include "tests/unit/image_writers.h"

namespace digit::test {
namespace {

Bytes noise(std::size_t size) {
    Bytes bytes(size);
    unsigned state = 1;
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>((state = state * 69069 + 1) >> 24);
    return bytes;
}

// What store_idat() makes of it; empty where it declines.
Bytes stored(const Bytes& chunk, std::size_t data_bytes) {
    const Bytes file = png_signature() + chunk;
    Inflater inflater;
    Bytes whole(stored_idat_bytes(data_bytes));
    if (!store_idat(*PngChunks(file).next(), inflater, whole)) return {};
    return whole;
}

Bytes idat(const Bytes& data) { return png_chunk("IDAT", zlib_compress(data)); }

}  // namespace

class StoredIdatTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StoredIdatTest);
    CPPUNIT_TEST(a_stored_chunk_holds_the_same_data);
    CPPUNIT_TEST(a_chunk_that_is_not_just_the_data_is_declined);
    CPPUNIT_TEST(one_inflater_takes_one_stream_after_another);
    CPPUNIT_TEST_SUITE_END();

    void a_stored_chunk_holds_the_same_data() {
        for (const std::size_t size : {1u, 2u, 255u, 256u, 812u, 65535u})
            for (const Bytes& data : {noise(size), Bytes(size, 7)}) {
                const Bytes whole = stored(idat(data), size);
                // Its length and type, and a stream that zlib reads, the sum at its end included.
                Bytes head = png_chunk("IDAT", Bytes(size + 11));
                head.resize(8);
                CPPUNIT_ASSERT(std::equal(head.begin(), head.end(), whole.begin()));
                Bytes inflated(size + 1);
                uLongf got = inflated.size();
                CPPUNIT_ASSERT_EQUAL(
                    Z_OK, uncompress(inflated.data(), &got, whole.data() + 8, whole.size() - 12));
                inflated.resize(got);
                CPPUNIT_ASSERT(data == inflated);
            }
    }

    void a_chunk_that_is_not_just_the_data_is_declined() {
        const Bytes data = noise(812);
        CPPUNIT_ASSERT(!stored(idat(data), 812).empty());
        CPPUNIT_ASSERT(stored(idat(data), 811).empty());
        CPPUNIT_ASSERT(stored(idat(data), 813).empty());
        CPPUNIT_ASSERT(stored(png_chunk("IDAT", {}), 812).empty());
        CPPUNIT_ASSERT(stored(png_chunk("IDAT", noise(300)), 812).empty());
        Bytes stream = zlib_compress(data);
        stream.resize(stream.size() - 1);
        CPPUNIT_ASSERT(stored(png_chunk("IDAT", stream), 812).empty());
        for (const std::size_t at : {std::size_t{4}, std::size_t{20}, idat(data).size() - 1}) {
            Bytes wrong = idat(data);
            wrong[at] ^= 1;  // type, data and CRC
            CPPUNIT_ASSERT(stored(wrong, 812).empty());
        }
        // zlib would refuse what is copied from farther back than the window that is stated.
        Bytes narrow = zlib_compress(data);
        narrow[0] = 0x08;
        narrow[1] = 0x1d;
        CPPUNIT_ASSERT(stored(png_chunk("IDAT", narrow), 812).empty());
        narrow[0] = 0x28;  // 1024 bytes
        narrow[1] = 0x15;
        CPPUNIT_ASSERT(!stored(png_chunk("IDAT", narrow), 812).empty());
        // Bytes behind the stream, which libpng does not mind either.
        CPPUNIT_ASSERT(!stored(png_chunk("IDAT", zlib_compress(data) + Bytes(9, 1)), 812).empty());
    }

    void one_inflater_takes_one_stream_after_another() {
        Inflater inflater;
        const Bytes first = noise(100);
        const Bytes second(5000, 3);
        Bytes inflated(100);
        const auto inflate = [&](const Bytes& stream, std::size_t size) {
            inflated.resize(size);
            return inflater.inflate(stream, inflated);
        };
        CPPUNIT_ASSERT(inflate(zlib_compress(first), 100) && inflated == first);
        CPPUNIT_ASSERT(!inflate(Bytes(50, 0xff), 100));
        CPPUNIT_ASSERT(inflate(zlib_compress(second), 5000) && inflated == second);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StoredIdatTest);

}  // namespace digit::test
