// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/page_template.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <sstream>

namespace digit::test {
namespace {

namespace mustache = kainjow::mustache;

mustache::data values() {
    mustache::data data;
    data.set("title", "<a  b>");
    data.set("shown", true);
    mustache::data list{mustache::data::type::list};
    for (const char* item : {"one two", "three"}) list.push_back(mustache::data("item", item));
    data.set("list", list);
    return data;
}

std::string page_of(const std::string& text) {
    auto parsed = PageTemplate::parse(text);
    if (auto* fault = std::get_if<LoadFault>(&parsed)) return fault->reason;
    auto data = values();
    return std::get<PageTemplate>(parsed).render(data);
}

}  // namespace

class PageTemplateTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PageTemplateTest);
    CPPUNIT_TEST(a_page_is_what_the_library_makes_of_its_template);
    CPPUNIT_TEST(what_is_no_template_is_refused_with_its_place);
    CPPUNIT_TEST_SUITE_END();

    void a_page_is_what_the_library_makes_of_its_template() {
        for (const char* text :
             {"", " ", "  ", "a b", " a  b c ", "a {{title}} b", "a {{ title }} b {{{title}}} c",
              "one\n  {{#shown}}  \n  two three\n  {{/shown}}\nfour five\n",
              "{{#list}} <li class=\"a b\">{{item}} </li>{{/list}} end",
              "{{! a b c }}\n x y {{^shown}} a b {{/shown}} z",
              "a b {{=<% %>=}} c <% title %> d <%={{ }}=%> e {{title}} f", "a } b { c }} d",
              "\ta b\t\r\n c d\r\n{{#shown}}\r\n e f {{/shown}}\r\n"}) {
            auto data = values();
            CPPUNIT_ASSERT_EQUAL(mustache::mustache(std::string(text)).render(data), page_of(text));
        }
        std::ifstream file(DIGIT_SOURCE_DIR "/www/page.mustache");
        std::stringstream own;
        own << file.rdbuf();
        auto data = values();
        const std::string page = mustache::mustache(own.str()).render(data);
        CPPUNIT_ASSERT(page.find("</html>") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(page, page_of(own.str()));
    }

    void what_is_no_template_is_refused_with_its_place() {
        CPPUNIT_ASSERT_EQUAL(std::string("is not a mustache template: Unclosed tag at 8"),
                             page_of("a b c d {{title"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PageTemplateTest);

}  // namespace digit::test
