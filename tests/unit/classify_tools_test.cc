// SPDX-License-Identifier: Apache-2.0
// What digit-classify reads and writes beside the pictures.
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "libdigit/classify.h"
#include "libdigit/png_writer.h"
#include "trainer/classify_many.h"
#include "trainer/confusion.h"
#include "trainer/contact_sheet.h"
#include "trainer/labels_csv.h"

namespace digit {
namespace {

std::string csv_refusal(std::string_view text) {
    const auto list = parse_labels(text, "l.csv");
    return list ? "" : list.status().message();
}

class ClassifyToolsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ClassifyToolsTest);
    CPPUNIT_TEST(columns_are_found_by_name_and_quotes_are_undone);
    CPPUNIT_TEST(lists_that_say_no_labels_are_refused);
    CPPUNIT_TEST(a_refused_picture_counts_as_wrong);
    CPPUNIT_TEST(an_empty_confusion_has_no_accuracy);
    CPPUNIT_TEST(a_written_png_decodes_to_its_pixels);
    CPPUNIT_TEST(a_contact_sheet_is_a_png_even_of_refused_pictures);
    CPPUNIT_TEST_SUITE_END();

    void columns_are_found_by_name_and_quotes_are_undone() {
        const auto list = parse_labels(
            "\xef\xbb\xbflabel,note,path\r\n7,x,a.png\r\n\r\n3,\"a, \"\"b\"\"\",\"c,d.png\"", "l");
        CPPUNIT_ASSERT(list.ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, list->size());
        CPPUNIT_ASSERT_EQUAL(std::string("a.png"), (*list)[0].path);
        CPPUNIT_ASSERT_EQUAL(7, (*list)[0].label);
        CPPUNIT_ASSERT_EQUAL(std::string("c,d.png"), (*list)[1].path);
        CPPUNIT_ASSERT_EQUAL(3, (*list)[1].label);
    }

    void lists_that_say_no_labels_are_refused() {
        const std::string columns =
            "l.csv: has no columns \"path\" and \"label\" in its first line";
        CPPUNIT_ASSERT_EQUAL(columns, csv_refusal(""));
        CPPUNIT_ASSERT_EQUAL(columns, csv_refusal("path,digit\na,1\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("l.csv: lists no picture"), csv_refusal("path,label\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("l.csv: record 3 has too few fields"),
                             csv_refusal("path,label\na,1\nb\n"));
        for (const char* label : {"10", "x", "", "-1"})
            CPPUNIT_ASSERT_EQUAL(std::string("l.csv: record 2 has a label that is no digit"),
                                 csv_refusal(std::string("path,label\na,") + label));
        CPPUNIT_ASSERT_EQUAL(std::string("l.csv: has a quote that does not end"),
                             csv_refusal("path,label\n\"a,1\n"));
    }

    void a_refused_picture_counts_as_wrong() {
        Confusion confusion;
        for (int i = 0; i < 3; ++i) confusion.add(7, 7);
        confusion.add(7, 1);
        confusion.add_refused(4);
        CPPUNIT_ASSERT_EQUAL(1, confusion.count(4, 10));
        const std::string text = confusion.text();
        const std::string last = "\naccuracy: 0.6000 (3 of 5)\n";
        CPPUNIT_ASSERT_EQUAL(text.size() - last.size(), text.rfind(last));
    }

    void an_empty_confusion_has_no_accuracy() {
        CPPUNIT_ASSERT(Confusion().text().ends_with("\naccuracy: 0.0000 (0 of 0)\n"));
    }

    void a_written_png_decodes_to_its_pixels() {
        for (int channels : {1, 3}) {
            std::vector<std::uint8_t> pixels;
            for (int i = 0; i < 40 * 30 * channels; ++i)
                pixels.push_back(static_cast<std::uint8_t>(i * 37));
            const auto picture =
                decode(encode_png(pixels, 40, 30, channels), Limits{}, Colour::kRgb);
            CPPUNIT_ASSERT(picture.ok());
            CPPUNIT_ASSERT_EQUAL(40u, picture->width);
            CPPUNIT_ASSERT_EQUAL(30u, picture->height);
            CPPUNIT_ASSERT(picture->pixels == pixels);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("data:image/png;base64,AQID"),
                             data_uri(std::vector<std::uint8_t>{1, 2, 3}));
    }

    void a_contact_sheet_is_a_png_even_of_refused_pictures() {
        std::vector<SheetEntry> entries(7);
        entries[1].label = 3;
        entries[2].result = Classification{};
        entries[3].picture = Picture{};
        entries[3].picture->width = 1;
        entries[3].picture->height = 300;
        entries[3].picture->pixels.assign(300, 7);
        const auto sheet = decode(draw_contact_sheet(entries), Limits{}, Colour::kLuma);
        CPPUNIT_ASSERT(sheet.ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClassifyToolsTest);

}  // namespace
}  // namespace digit
