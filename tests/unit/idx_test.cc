// SPDX-License-Identifier: Apache-2.0
#include "trainer/idx.h"

#include <cppunit/extensions/HelperMacros.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/temporary_folder.h"
#include "trainer/dataset.h"

namespace digit {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes header(std::uint8_t type, const std::vector<std::uint32_t>& sizes) {
    Bytes file = {0, 0, type, static_cast<std::uint8_t>(sizes.size())};
    for (std::uint32_t size : sizes)
        for (int shift : {24, 16, 8, 0}) file.push_back(static_cast<std::uint8_t>(size >> shift));
    return file;
}

Bytes pictures(std::uint32_t count, std::uint32_t edge = 28) {
    Bytes file = header(8, {count, edge, edge});
    for (std::uint32_t i = 0; i < count * edge * edge; ++i)
        file.push_back(static_cast<std::uint8_t>(i));
    return file;
}

Bytes labels(std::uint32_t count, std::uint8_t first = 0) {
    Bytes file = header(8, {count});
    for (std::uint32_t i = 0; i < count; ++i)
        file.push_back(static_cast<std::uint8_t>((first + i) % 10));
    return file;
}

void write_plain(const std::filesystem::path& path, const Bytes& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

void write_gzipped(const std::filesystem::path& path, const Bytes& bytes) {
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
}

std::string refusal(const Bytes& file, int rank) {
    const Result<Idx> idx = parse_idx(file, rank, "f");
    return idx ? "" : idx.status().message();
}

class IdxTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(IdxTest);
    CPPUNIT_TEST(an_array_is_read_with_its_sizes_and_bytes);
    CPPUNIT_TEST(a_file_cut_at_any_byte_is_refused);
    CPPUNIT_TEST(a_file_with_a_byte_too_many_is_refused);
    CPPUNIT_TEST(a_wrong_magic_type_or_rank_is_refused);
    CPPUNIT_TEST(sizes_of_zero_or_beyond_any_memory_are_refused);
    CPPUNIT_TEST(gzipped_and_plain_files_give_the_same_data_set);
    CPPUNIT_TEST(a_gzip_file_cut_at_any_byte_is_refused);
    CPPUNIT_TEST(pictures_and_labels_that_disagree_are_refused);
    CPPUNIT_TEST(a_label_that_is_no_digit_is_refused);
    CPPUNIT_TEST(pictures_of_another_size_are_refused);
    CPPUNIT_TEST(a_missing_file_is_named);
    CPPUNIT_TEST(a_file_that_unpacks_to_more_than_is_taken_is_refused);
    CPPUNIT_TEST(a_folder_in_place_of_a_file_is_refused);
    CPPUNIT_TEST_SUITE_END();

    void an_array_is_read_with_its_sizes_and_bytes() {
        const Result<Idx> idx = parse_idx(pictures(2), 3, "f");
        CPPUNIT_ASSERT(idx.ok());
        CPPUNIT_ASSERT((idx->sizes == std::vector<std::uint32_t>{2, 28, 28}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2 * 784}, idx->bytes.size());
        CPPUNIT_ASSERT_EQUAL(5, int{idx->bytes[5]});
    }

    void a_file_cut_at_any_byte_is_refused() {
        const Bytes whole = pictures(1);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            CPPUNIT_ASSERT(!refusal(part, 3).empty());
        }
    }

    void a_file_with_a_byte_too_many_is_refused() {
        Bytes file = labels(3);
        file.push_back(0);
        CPPUNIT_ASSERT_EQUAL(std::string("f: announces 3 elements and holds 4"), refusal(file, 1));
    }

    void a_wrong_magic_type_or_rank_is_refused() {
        for (std::size_t i = 0; i < 4; ++i) {
            Bytes file = labels(3);
            file[i] = 0x0d;
            CPPUNIT_ASSERT(!refusal(file, 1).empty());
        }
        CPPUNIT_ASSERT_EQUAL(std::string("f: has 1 dimensions instead of 3"),
                             refusal(labels(30), 3));
    }

    void sizes_of_zero_or_beyond_any_memory_are_refused() {
        CPPUNIT_ASSERT_EQUAL(std::string("f: has a dimension of size 0"),
                             refusal(header(8, {0, 28, 28}), 3));
        CPPUNIT_ASSERT_EQUAL(std::string("f: announces more elements than a computer can hold"),
                             refusal(header(8, {0xffffffff, 0xffffffff, 0xffffffff}), 3));
    }

    void gzipped_and_plain_files_give_the_same_data_set() {
        const test::TemporaryFolder folder;
        write_plain(folder.path() / "plain", pictures(20));
        write_gzipped(folder.path() / "zipped.gz", pictures(20));
        write_plain(folder.path() / "labels", labels(20));
        const Result<Dataset> plain = read_idx_pair(folder.path(), "plain", "labels");
        const Result<Dataset> zipped = read_idx_pair(folder.path(), "zipped", "labels");
        CPPUNIT_ASSERT(plain.ok());
        CPPUNIT_ASSERT(zipped.ok());
        CPPUNIT_ASSERT_EQUAL(20, plain->size());
        CPPUNIT_ASSERT(plain->pixels == zipped->pixels);
        CPPUNIT_ASSERT_EQUAL(digest_of(*plain), digest_of(*zipped));
    }

    void a_gzip_file_cut_at_any_byte_is_refused() {
        const test::TemporaryFolder folder;
        write_plain(folder.path() / "pictures", pictures(10));
        write_gzipped(folder.path() / "labels.gz", labels(10));
        const auto size = std::filesystem::file_size(folder.path() / "labels.gz");
        for (auto cut = size; cut-- > 0;) {
            std::filesystem::resize_file(folder.path() / "labels.gz", cut);
            CPPUNIT_ASSERT(!read_idx_pair(folder.path(), "pictures", "labels").ok());
        }
    }

    void pictures_and_labels_that_disagree_are_refused() {
        const test::TemporaryFolder folder;
        write_plain(folder.path() / "p", pictures(10));
        write_plain(folder.path() / "l", labels(9));
        const Result<Dataset> data = read_idx_pair(folder.path(), "p", "l");
        CPPUNIT_ASSERT(!data.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("p: holds 10 pictures, but l holds 9 labels"),
                             data.status().message());
    }

    void a_label_that_is_no_digit_is_refused() {
        const test::TemporaryFolder folder;
        Bytes wrong = labels(10);
        wrong.back() = 10;
        write_plain(folder.path() / "p", pictures(10));
        write_plain(folder.path() / "l", wrong);
        const Result<Dataset> data = read_idx_pair(folder.path(), "p", "l");
        CPPUNIT_ASSERT(!data.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("l: holds the label 10, which is no digit"),
                             data.status().message());
    }

    void pictures_of_another_size_are_refused() {
        const test::TemporaryFolder folder;
        write_plain(folder.path() / "p", pictures(10, 27));
        write_plain(folder.path() / "l", labels(10));
        CPPUNIT_ASSERT(!read_idx_pair(folder.path(), "p", "l").ok());
    }

    void a_file_that_unpacks_to_more_than_is_taken_is_refused() {
        const test::TemporaryFolder folder;
        const std::string path = folder.path() / "labels.gz";
        write_gzipped(path, labels(1000));
        CPPUNIT_ASSERT(read_maybe_gzipped(path, 1008).ok());
        CPPUNIT_ASSERT_EQUAL(path + ": holds more than 1007 bytes",
                             read_maybe_gzipped(path, 1007).status().message());
    }

    void a_folder_in_place_of_a_file_is_refused() {
        const test::TemporaryFolder folder;
        CPPUNIT_ASSERT_EQUAL(folder.path().string() + ": cannot be read (Is a directory)",
                             read_maybe_gzipped(folder.path()).status().message());
    }

    void a_missing_file_is_named() {
        const test::TemporaryFolder folder;
        const Result<Dataset> data = read_idx_pair(folder.path(), "p", "l");
        CPPUNIT_ASSERT(!data.ok());
        CPPUNIT_ASSERT_EQUAL(
            (folder.path() / "p").string() + ": is not there, nor is the same with .gz",
            data.status().message());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IdxTest);

}  // namespace
}  // namespace digit
