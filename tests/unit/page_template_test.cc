// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/page_template.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <sstream>

namespace digit::test {
namespace {

namespace mustache = kainjow::mustache;

mustache::data list_of(std::initializer_list<mustache::data> items) {
    mustache::data list{mustache::data::type::list};
    for (const mustache::data& item : items) list.push_back(item);
    return list;
}

mustache::data object_of(std::initializer_list<std::pair<const char*, mustache::data>> members) {
    mustache::data object;
    for (const auto& [name, value] : members) object.set(name, value);
    return object;
}

// What our page and the templates below name.
mustache::data values() {
    const auto text = [](const char* words) { return mustache::data(std::string(words)); };
    const auto flag = [](bool is) { return mustache::data(is); };
    const auto bar = object_of({{"label", text("4")},
                                {"value", text("0.5")},
                                {"percent_of_digit", text("50.0")},
                                {"winner", flag(true)}});
    const auto answer =
        object_of({{"label", text("Answer 1")},
                   {"digit", text("4")},
                   {"percent", text("50.0")},
                   {"sureness", text("not sure")},
                   {"uncertain", flag(true)},
                   {"picture", text("data:image/png;base64,A")},
                   {"runner_up", text("9")},
                   {"bars", list_of({bar, bar})},
                   {"format", text("PNG")},
                   {"width", text("28")},
                   {"height", text("28")},
                   {"ink", text("light ink")},
                   {"warnings", list_of({object_of({{"sentence", text("a & b")}})})}});
    const auto refusal = object_of({{"title", text("No picture")}, {"message", text("none sent")}});
    return object_of(
        {{"title", text("<a  b>")},
         {"shown", flag(true)},
         {"list",
          list_of({object_of({{"item", text("one two")}}), object_of({{"item", text("three")}})})},
         {"base", text("./")},
         {"feedback", flag(true)},
         {"together", flag(true)},
         {"milliseconds", text("1.4")},
         {"results",
          list_of({object_of({{"answer", answer}}), object_of({{"refusal", refusal}})})}});
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
              "{{ title }} b", "{{# shown}}a b{{/ shown}} c d", "{{title}} {{title}} a b",
              "a b {{ =<% %>= }} c <% title %> d", "{{{=<% %>=}}} c <% title %> d",
              "{{{ title }}} a", "one\n  {{#shown}}  \n  two three\n  {{/shown}}\nfour five\n",
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
        CPPUNIT_ASSERT(page.find("runner_up") == std::string::npos);
        for (const char* part : {"not sure", "a &amp; b", "none sent", "</html>"})
            CPPUNIT_ASSERT_MESSAGE(part, page.find(part) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(page, page_of(own.str()));
    }

    void what_is_no_template_is_refused_with_its_place() {
        CPPUNIT_ASSERT_EQUAL(std::string("is not a mustache template: Unclosed tag at 8"),
                             page_of("a b c d {{title"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PageTemplateTest);

}  // namespace digit::test
