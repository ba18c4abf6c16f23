// SPDX-License-Identifier: Apache-2.0
#include "trainer/report.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/unit/bars.h"
#include "tests/unit/temporary_folder.h"

namespace digit {
namespace {

int occurrences(const std::string& text, const std::string& part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

class ReportTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReportTest);
    CPPUNIT_TEST(the_page_shows_every_mistake_and_needs_nothing_else);
    CPPUNIT_TEST(a_training_without_any_look_still_has_a_page);
    CPPUNIT_TEST(metrics_have_a_line_a_look);
    CPPUNIT_TEST_SUITE_END();

    static std::string content_of(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    void the_page_shows_every_mistake_and_needs_nothing_else() {
        const test::TemporaryFolder folder;
        TrainingData data;
        data.validation = test::bars(20, 1);
        Outcome outcome;
        for (std::uint8_t label : data.validation.labels) {
            std::array<float, kDigits> logits{};
            logits[outcome.validation.logits.size() < 3 ? (label + 1) % 10 : label] = 5;
            outcome.validation.logits.push_back(logits);
        }
        const std::vector<EpochRecord> history = {{0, 0.1, 2, 0.3, 1, 0.5, 0, 4},
                                                  {1, 0.1, 1, 0.6, 1, 0.85, 0, 8}};
        CPPUNIT_ASSERT(write_report(folder.path() / "a" / "b", history, data, outcome,
                                    {{"recipe", "<script>"}})
                           .ok());
        const std::string page = content_of(folder.path() / "a" / "b" / "index.html");
        CPPUNIT_ASSERT_EQUAL(3, occurrences(page, "<figure>"));
        CPPUNIT_ASSERT_EQUAL(3, occurrences(page, "src=\"data:image/png;base64,"));
        CPPUNIT_ASSERT_EQUAL(3, occurrences(page, "<svg"));
        for (const char* outside : {"http:", "https:", "href=", "url(", "<script"})
            CPPUNIT_ASSERT_EQUAL(0, occurrences(page, outside));
        CPPUNIT_ASSERT(page.find("&lt;script&gt;") != std::string::npos);
    }

    void a_training_without_any_look_still_has_a_page() {
        const test::TemporaryFolder folder;
        CPPUNIT_ASSERT(write_report(folder.path(), {}, TrainingData(), {}, {}).ok());
        CPPUNIT_ASSERT(!write_report("/dev/null/x", {}, TrainingData(), {}, {}).ok());
    }

    void metrics_have_a_line_a_look() {
        const test::TemporaryFolder folder;
        const std::string path = folder.path() / "m.csv";
        CPPUNIT_ASSERT(write_metrics(path, {{0, 0.1, 2, 0.3, 1, 0.5, 0, 4}}, "validation").ok());
        CPPUNIT_ASSERT_EQUAL(
            std::string("epoch,learning_rate,train_loss,train_accuracy,validation_loss,"
                        "validation_accuracy,drawn_accuracy,seconds\n"
                        "0,0.1,2.000000,0.300000,1.000000,0.500000,0.000000,4.00\n"),
            content_of(path));
        CPPUNIT_ASSERT(!write_metrics("/dev/null/m.csv", {}, "test").ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReportTest);

}  // namespace
}  // namespace digit
