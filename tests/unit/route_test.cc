// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/route.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>

#include "mod_digit/accept.h"
#include "mod_digit/mounts.h"

namespace digit::test {
namespace {

constexpr std::string_view kBrowser =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

void assert_path(std::string_view expected, std::string_view mount, const MountTable& mounts,
                 std::string_view uri, std::string_view file = "") {
    const BelowMount below = below_mount(mounts, uri, file);
    CPPUNIT_ASSERT_EQUAL(std::string(expected), std::string(below.path));
    CPPUNIT_ASSERT_EQUAL(std::string(mount), std::string(below.mount));
}

std::string base(std::string_view path, std::string_view mount) {
    return relative_base({path, mount});
}

}  // namespace

class RouteTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RouteTest);
    CPPUNIT_TEST(the_page_is_shown_to_get_and_head);
    CPPUNIT_TEST(the_mount_point_without_its_slash_is_redirected_for_get_alone);
    CPPUNIT_TEST(pictures_are_taken_by_the_page_and_the_api);
    CPPUNIT_TEST(files_are_served_below_static);
    CPPUNIT_TEST(a_method_that_a_path_does_not_know_is_refused);
    CPPUNIT_TEST(options_tells_the_methods_of_known_paths);
    CPPUNIT_TEST(an_unknown_path_is_refused_whatever_the_method);
    CPPUNIT_TEST(accept_chooses_between_html_json_and_text);
    CPPUNIT_TEST(the_closest_range_decides_and_then_the_weight);
    CPPUNIT_TEST(a_flag_in_the_query_is_bare_1_or_true);
    CPPUNIT_TEST(the_longest_mount_point_wins);
    CPPUNIT_TEST(a_mount_point_matches_whole_segments_only);
    CPPUNIT_TEST(a_place_encloses_whole_segments_only);
    CPPUNIT_TEST(a_path_is_literal_where_httpd_would_not_change_it);
    CPPUNIT_TEST(a_folder_is_a_mount_point_for_what_lies_in_it);
    CPPUNIT_TEST(without_a_known_mount_point_known_paths_are_found_at_the_end);
    CPPUNIT_TEST(the_page_finds_its_files_from_every_depth);
    CPPUNIT_TEST_SUITE_END();

    void the_page_is_shown_to_get_and_head() {
        for (const std::string_view method : {"GET", "HEAD"}) {
            const Route r = route(method, "/", "application/json");
            CPPUNIT_ASSERT(r.action == Action::kShowPage);
            CPPUNIT_ASSERT(r.format == Format::kHtml);
        }
    }

    void the_mount_point_without_its_slash_is_redirected_for_get_alone() {
        CPPUNIT_ASSERT(route("GET", "", "").action == Action::kAddSlash);
        CPPUNIT_ASSERT(route("HEAD", "", "").action == Action::kAddSlash);
        CPPUNIT_ASSERT(route("POST", "", "").action == Action::kClassify);
    }

    void pictures_are_taken_by_the_page_and_the_api() {
        CPPUNIT_ASSERT(route("POST", "/", "").action == Action::kClassify);
        CPPUNIT_ASSERT(route("POST", "/curl-api", "").action == Action::kClassify);
        CPPUNIT_ASSERT(route("PUT", "/curl-api", "").action == Action::kClassify);
    }

    void files_are_served_below_static() {
        const Route r = route("GET", "/static/samples/7.png", "");
        CPPUNIT_ASSERT(r.action == Action::kServeFile);
        CPPUNIT_ASSERT(r.file == "samples/7.png");
    }

    void a_method_that_a_path_does_not_know_is_refused() {
        for (const auto& [method, path] :
             {std::pair{"DELETE", "/"}, std::pair{"PUT", "/"}, std::pair{"GET", "/curl-api"},
              std::pair{"HEAD", "/curl-api"}, std::pair{"POST", "/static/digit.css"},
              std::pair{"post", "/"}, std::pair{"", "/"}})
            CPPUNIT_ASSERT_MESSAGE(std::string(method) + " " + path,
                                   route(method, path, "").action == Action::kRefuseMethod);
        CPPUNIT_ASSERT(route("DELETE", "/", "").allow == "GET, HEAD, POST, OPTIONS");
        CPPUNIT_ASSERT(route("GET", "/curl-api", "").allow == "POST, PUT, OPTIONS");
        CPPUNIT_ASSERT(route("POST", "/static/x", "").allow == "GET, HEAD, OPTIONS");
    }

    void options_tells_the_methods_of_known_paths() {
        for (const std::string_view path : {"", "/", "/curl-api", "/static/x"})
            CPPUNIT_ASSERT(route("OPTIONS", path, "").action == Action::kTellMethods);
    }

    void an_unknown_path_is_refused_whatever_the_method() {
        for (const std::string_view method : {"GET", "POST", "OPTIONS", "DELETE"})
            for (const std::string_view path : {"/x", "/curl-api/", "/curl-apix", "/static", "//"})
                CPPUNIT_ASSERT(route(method, path, "").action == Action::kRefusePath);
    }

    void accept_chooses_between_html_json_and_text() {
        CPPUNIT_ASSERT(route("POST", "/", "").format == Format::kHtml);
        CPPUNIT_ASSERT(route("POST", "/", "*/*").format == Format::kHtml);
        CPPUNIT_ASSERT(route("POST", "/", kBrowser).format == Format::kHtml);
        CPPUNIT_ASSERT(route("POST", "/", "application/json").format == Format::kJson);
        CPPUNIT_ASSERT(route("POST", "/", "text/plain").format == Format::kText);
        CPPUNIT_ASSERT(route("POST", "/curl-api", "*/*").format == Format::kJson);
        CPPUNIT_ASSERT(route("POST", "/curl-api", "text/plain").format == Format::kText);
        // The original answers JSON there even to a browser, but shows it errors as a page.
        CPPUNIT_ASSERT(route("POST", "/curl-api", kBrowser).format == Format::kJson);
        CPPUNIT_ASSERT(route("POST", "/curl-api", kBrowser).error_format == Format::kHtml);
        CPPUNIT_ASSERT(route("GET", "/x", "*/*").error_format == Format::kJson);
    }

    void the_closest_range_decides_and_then_the_weight() {
        constexpr std::array<std::string_view, 3> kOffers{"text/html", "application/json",
                                                          "text/plain"};
        const auto preferred = [&](std::string_view accept) {
            return std::string(kOffers[preferred_type(accept, kOffers)]);
        };
        CPPUNIT_ASSERT_EQUAL(std::string("text/html"), preferred(""));
        CPPUNIT_ASSERT_EQUAL(std::string("text/html"), preferred("image/png"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), preferred("APPLICATION/JSON"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"),
                             preferred("text/html;q=0.4, application/json;q=0.5"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"),
                             preferred("text/*;q=0.3 , */*;q=0.5"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain"),
                             preferred("text/html;level=1;q=0, text/*; Q=0.9, */*;q=0.1"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"),
                             preferred("text/html;q=nonsense, */*;q=0.1, ,;"));
    }

    void a_flag_in_the_query_is_bare_1_or_true() {
        for (const std::string_view query :
             {"probabilities=1", "a=b&probabilities", "probabilities=true&x", "&&probabilities=1"})
            CPPUNIT_ASSERT(query_flag(query, "probabilities"));
        for (const std::string_view query :
             {"", "probabilities=0", "probabilities=", "probabilitiesx=1", "x=probabilities",
              "PROBABILITIES=1"})
            CPPUNIT_ASSERT(!query_flag(query, "probabilities"));
    }

    void the_longest_mount_point_wins() {
        const MountTable mounts{{"/", "/a", "/a/b/"}, {}};
        assert_path("/", "", mounts, "/");
        assert_path("/curl-api", "", mounts, "/curl-api");
        assert_path("", "/a", mounts, "/a");
        assert_path("/curl-api", "/a", mounts, "/a/curl-api");
        assert_path("/curl-api", "/a/b", mounts, "/a/b/curl-api");
        assert_path("/b", "/a", mounts, "/a/b");
    }

    void a_mount_point_matches_whole_segments_only() {
        const MountTable mounts{{"/digit", "/"}, {}};
        assert_path("/digits", "", mounts, "/digits");
        assert_path("/", "/digit", mounts, "/digit/");
    }

    void a_place_encloses_whole_segments_only() {
        for (const std::string_view path : {"/a", "/a/", "/a/b"}) {
            CPPUNIT_ASSERT(encloses("/a", path));
            CPPUNIT_ASSERT(encloses("/", path));
        }
        CPPUNIT_ASSERT(encloses("/a/", "/a"));
        for (const std::string_view path : {"/ab", "/", "", "/b/a", "/A"})
            CPPUNIT_ASSERT(!encloses("/a", path));
    }

    void a_path_is_literal_where_httpd_would_not_change_it() {
        for (const std::string_view path : {"/", "/digit", "/a/b_c~d-e.png", "/a/", "/a.b/c"})
            CPPUNIT_ASSERT(is_literal_path(path));
        for (const std::string_view path :
             {"", "*", "a", "http://x/a", "//", "/a//b", "/.", "/a/./b", "/a/../b", "/.htaccess",
              "/%61", "/a;b", "/a b", "/a?b", "/a\\b", "/\xc3\xa4"})
            CPPUNIT_ASSERT(!is_literal_path(path));
    }

    void a_folder_is_a_mount_point_for_what_lies_in_it() {
        const MountTable mounts{{}, {"/var/www/digit"}};
        assert_path("/curl-api", "/alias", mounts, "/alias/curl-api", "/var/www/digit/curl-api");
        assert_path("", "/digit", mounts, "/digit", "/var/www/digit");
        assert_path("/", "/digit", mounts, "/digit/", "/var/www/digit/");
    }

    void without_a_known_mount_point_known_paths_are_found_at_the_end() {
        assert_path("/curl-api", "/x/5", {}, "/x/5/curl-api");
        assert_path("/static/samples/7.png", "/x", {}, "/x/static/samples/7.png");
        assert_path("/", "/x", {}, "/x/");
        assert_path("", "/x", {}, "/x");
    }

    void the_page_finds_its_files_from_every_depth() {
        CPPUNIT_ASSERT_EQUAL(std::string("./"), base("/", "/digit"));
        CPPUNIT_ASSERT_EQUAL(std::string("./"), base("/", ""));
        CPPUNIT_ASSERT_EQUAL(std::string("./digit/"), base("", "/a/digit"));
        CPPUNIT_ASSERT_EQUAL(std::string("./"), base("/curl-api", ""));
        CPPUNIT_ASSERT_EQUAL(std::string("../../"), base("/no/such/page", "/digit"));
        CPPUNIT_ASSERT_EQUAL(std::string("./a%20%27b%3A/"), base("", "/a 'b:"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RouteTest);

}  // namespace digit::test
