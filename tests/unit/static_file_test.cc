// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/static_file.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>

#include "mod_digit/page.h"
#include "tests/unit/temporary_folder.h"

namespace digit::test {
namespace {

std::string reason_of(const std::string& path) {
    const auto file = load_static_file(path, "name", "text/css");
    const auto* fault = std::get_if<LoadFault>(&file);
    return fault == nullptr ? "taken" : fault->reason;
}

}  // namespace

class StaticFileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StaticFileTest);
    CPPUNIT_TEST(a_file_of_4_mib_is_taken_and_one_byte_more_is_not);
    CPPUNIT_TEST(a_folder_and_a_missing_file_are_refused);
    CPPUNIT_TEST(a_page_lacking_any_of_its_files_is_refused_by_that_name);
    CPPUNIT_TEST_SUITE_END();

    void a_file_of_4_mib_is_taken_and_one_byte_more_is_not() {
        const TemporaryFolder folder;
        const std::string path = folder.path() / "large.css";
        std::ofstream(path).put('x');
        std::filesystem::resize_file(path, 4u << 20);
        CPPUNIT_ASSERT_EQUAL(std::string("taken"), reason_of(path));
        std::filesystem::resize_file(path, (4u << 20) + 1);
        CPPUNIT_ASSERT_EQUAL(path + " has more than the 4 MiB that a file of the page may have",
                             reason_of(path));
    }

    void a_folder_and_a_missing_file_are_refused() {
        const TemporaryFolder folder;
        const std::string path = folder.path();
        CPPUNIT_ASSERT_EQUAL(path + " cannot be read: Is a directory", reason_of(path));
        CPPUNIT_ASSERT_EQUAL(path + "/none cannot be read: No such file or directory",
                             reason_of(path + "/none"));
    }

    void a_page_lacking_any_of_its_files_is_refused_by_that_name() {
        namespace fs = std::filesystem;
        const TemporaryFolder folder;
        const fs::path www = folder.path() / "www";
        fs::copy(DIGIT_SOURCE_DIR "/www", www, fs::copy_options::recursive);
        CPPUNIT_ASSERT(std::holds_alternative<Page>(Page::load(www)));
        for (const char* name :
             {"page.mustache", "style/page.css", "script/command.js", "samples/7.png"}) {
            fs::rename(www / name, folder.path() / "aside");
            const auto page = Page::load(www);
            const auto* fault = std::get_if<LoadFault>(&page);
            CPPUNIT_ASSERT_MESSAGE(name, fault != nullptr);
            CPPUNIT_ASSERT_EQUAL(
                (www / name).string() + " cannot be read: No such file or directory",
                fault->reason);
            fs::rename(folder.path() / "aside", www / name);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StaticFileTest);

}  // namespace digit::test
