// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/answer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "libdigit/receipt_json.h"
#include "mod_digit/page.h"
#include "mod_digit/setting.h"

namespace digit::test {
namespace {

using Json = nlohmann::ordered_json;

Classification seven() {
    Classification result;
    result.digit = 7;
    result.confidence = 0.99871f;
    result.probabilities.fill(0.0001433f);
    result.probabilities[7] = 0.99871f;
    result.receipt.format = ImageFormat::kJpeg;
    result.receipt.width = 30;
    result.receipt.height = 20;
    result.receipt.framed.receipt.crop = {5, 0, 20, 20};
    result.receipt.framed.receipt.ink_box = {7, 3, 8, 14};
    return result;
}

Problem blank() { return make_problem(Status{Code::kBlankImage, "", "the picture is blank"}); }

std::vector<Outcome> outcomes(std::initializer_list<Outcome> list) { return list; }

Page page() {
    auto loaded = Page::load(DIGIT_SOURCE_DIR "/www");
    if (const auto* fault = std::get_if<LoadFault>(&loaded)) CPPUNIT_FAIL(fault->reason);
    return std::move(std::get<Page>(loaded));
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string refusal(std::string_view text, const NumberRule& rule) {
    const auto number = parse_number(text, rule);
    const auto* sentence = std::get_if<std::string>(&number);
    return sentence == nullptr ? "accepted" : *sentence;
}

}  // namespace

class AnswerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AnswerTest);
    CPPUNIT_TEST(json_names_the_prediction_first_and_rounds_the_confidence);
    CPPUNIT_TEST(json_adds_probabilities_and_receipt_when_asked);
    CPPUNIT_TEST(json_says_when_the_answer_is_uncertain);
    CPPUNIT_TEST(a_refusal_is_a_problem_object_for_every_kind_of_client);
    CPPUNIT_TEST(several_pictures_are_answered_in_order_with_refusals_in_their_place);
    CPPUNIT_TEST(when_all_pictures_are_refused_the_first_refusal_gives_the_status);
    CPPUNIT_TEST(text_is_a_line_a_picture);
    CPPUNIT_TEST(every_refusal_of_a_picture_has_its_own_type_and_a_client_status);
    CPPUNIT_TEST(a_busy_server_is_nobodys_fault_and_503);
    CPPUNIT_TEST(of_our_own_faults_the_client_learns_an_id_only);
    CPPUNIT_TEST(the_page_shows_the_digit_and_ten_bars);
    CPPUNIT_TEST(how_sure_the_answer_is_is_said_in_words);
    CPPUNIT_TEST(the_page_says_what_reading_took_where_that_was_measured);
    CPPUNIT_TEST(the_page_shows_refusals_and_escapes_every_value);
    CPPUNIT_TEST(the_page_states_the_limits_and_holds_no_inline_code);
    CPPUNIT_TEST(a_page_folder_that_lacks_something_is_refused_by_name);
    CPPUNIT_TEST(files_have_an_etag_of_their_content);
    CPPUNIT_TEST(style_and_script_are_put_together_from_their_parts);
    CPPUNIT_TEST(numbers_are_taken_with_units_and_within_bounds);
    CPPUNIT_TEST(a_form_is_a_picture_of_its_own_kind_of_body);
    CPPUNIT_TEST_SUITE_END();

    void json_names_the_prediction_first_and_rounds_the_confidence() {
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"prediction":7,"confidence":0.9987})"),
                             json_answer(outcomes({seven()}), {}));
    }

    void json_adds_probabilities_and_receipt_when_asked() {
        const Json answer =
            Json::parse(json_answer(outcomes({seven()}), {.probabilities = true, .explain = true}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, answer["probabilities"].size());
        CPPUNIT_ASSERT_EQUAL(0.99871, answer["probabilities"][7].get<double>());
        CPPUNIT_ASSERT_EQUAL(0.000143, answer["probabilities"][0].get<double>());
        Json receipt = answer["receipt"];
        CPPUNIT_ASSERT_EQUAL(picture_data_uri(seven().receipt.framed),
                             receipt["picture"].get<std::string>());
        CPPUNIT_ASSERT(holds(receipt["picture"].get<std::string>(), "data:image/png;base64,iVBOR"));
        receipt.erase("picture");
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"format":"jpeg","width":30,"height":20,"polarity":"dark-on-light",)"
                        R"("crop":{"x":5,"y":0,"width":20,"height":20},)"
                        R"("ink_box":{"x":7,"y":3,"width":8,"height":14},)"
                        R"("orientation":1,"warnings":[]})"),
            receipt.dump());
    }

    void json_says_when_the_answer_is_uncertain() {
        Classification result = seven();
        result.uncertain = true;
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"prediction":7,"confidence":0.9987,"uncertain":true})"),
            json_answer(outcomes({result}), {}));
    }

    void a_refusal_is_a_problem_object_for_every_kind_of_client() {
        const Json answer = Json::parse(json_answer(outcomes({blank()}), {}));
        const std::string sentence =
            "The picture is blank. Send a picture in which one digit stands out from its "
            "background.";
        CPPUNIT_ASSERT_EQUAL(std::string("urn:mod-digit:problem:blank-image"),
                             answer["type"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("No digit to be seen"),
                             answer["title"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(422, answer["status"].get<int>());
        CPPUNIT_ASSERT_EQUAL(sentence, answer["detail"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("Error: " + sentence, answer["message"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(sentence, answer["error"].get<std::string>());
        CPPUNIT_ASSERT(!answer.contains("id"));
    }

    void several_pictures_are_answered_in_order_with_refusals_in_their_place() {
        const auto several = outcomes({seven(), blank(), seven()});
        CPPUNIT_ASSERT_EQUAL(200, http_status(several));
        const Json answer = Json::parse(json_answer(several, {}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, answer.size());
        CPPUNIT_ASSERT_EQUAL(7, answer["predictions"][0]["prediction"].get<int>());
        CPPUNIT_ASSERT_EQUAL(422, answer["predictions"][1]["status"].get<int>());
        CPPUNIT_ASSERT_EQUAL(7, answer["predictions"][2]["prediction"].get<int>());
    }

    void when_all_pictures_are_refused_the_first_refusal_gives_the_status() {
        const auto all = outcomes({blank(), make_problem(Status{Code::kEmptyFile, "", "empty"})});
        CPPUNIT_ASSERT_EQUAL(422, http_status(all));
        const Json answer = Json::parse(json_answer(all, {}));
        CPPUNIT_ASSERT_EQUAL(422, answer["status"].get<int>());
        CPPUNIT_ASSERT_EQUAL(400, answer["predictions"][1]["status"].get<int>());
    }

    void text_is_a_line_a_picture() {
        CPPUNIT_ASSERT_EQUAL(std::string("7\n"), text_answer(outcomes({seven()})));
        CPPUNIT_ASSERT_EQUAL("7\n" + blank().message() + "\n",
                             text_answer(outcomes({seven(), blank()})));
    }

    void every_refusal_of_a_picture_has_its_own_type_and_a_client_status() {
        std::vector<std::string> types;
        for (const Code code : {Code::kEmptyFile, Code::kFileTooLarge, Code::kNotAnImage,
                                Code::kBrokenImage, Code::kTruncatedImage, Code::kEdgeTooSmall,
                                Code::kTooManyPixels, Code::kTooExpensive, Code::kBlankImage}) {
            const Problem problem = make_problem(Status{code, "PNG", "it is odd"});
            CPPUNIT_ASSERT(problem.kind->status >= 400 && problem.kind->status < 500);
            CPPUNIT_ASSERT(problem.kind->level == LogLevel::kInfo);
            CPPUNIT_ASSERT(problem.detail.starts_with("PNG: it is odd. "));
            types.push_back(problem.type());
        }
        std::sort(types.begin(), types.end());
        CPPUNIT_ASSERT(std::unique(types.begin(), types.end()) == types.end());
    }

    void a_busy_server_is_nobodys_fault_and_503() {
        const Problem problem = make_problem(Status{Code::kBusy, "PNG", "others are first"});
        CPPUNIT_ASSERT_EQUAL(503, problem.kind->status);
        CPPUNIT_ASSERT(problem.kind->level == LogLevel::kInfo);
        CPPUNIT_ASSERT_EQUAL(std::string("PNG: others are first. Try again in a few seconds."),
                             problem.detail);
    }

    void of_our_own_faults_the_client_learns_an_id_only() {
        const Problem problem = make_problem(Status{Code::kInternal, "frame", "secret"});
        CPPUNIT_ASSERT_EQUAL(500, problem.kind->status);
        CPPUNIT_ASSERT_EQUAL(std::string("Internal: frame: secret"), problem.log);
        CPPUNIT_ASSERT(std::regex_match(problem.id, std::regex("[0-9a-f]{16}")));
        const std::string answer = json_answer(outcomes({problem}), {});
        CPPUNIT_ASSERT(!holds(answer, "secret"));
        CPPUNIT_ASSERT_EQUAL(problem.id, Json::parse(answer)["id"].get<std::string>());
        CPPUNIT_ASSERT(problem.id != make_problem(Fault::kInternal, "secret").id);
    }

    void the_page_shows_the_digit_and_ten_bars() {
        const std::string html =
            page().render({"./", "http://h/curl-api", {}}, outcomes({seven()}));
        CPPUNIT_ASSERT(holds(html, "<p class=\"sentence\">The predicted digit is 7</p>"));
        CPPUNIT_ASSERT(holds(html, "The network is almost certain: 99.9&nbsp;%"));
        CPPUNIT_ASSERT(holds(html, "a JPEG of 30&thinsp;×&thinsp;20 pixels, dark ink"));
        CPPUNIT_ASSERT(holds(html, "value=\"0.9987\""));
        const std::regex bar("<meter ");
        CPPUNIT_ASSERT_EQUAL(
            std::ptrdiff_t{10},
            std::distance(std::sregex_iterator(html.begin(), html.end(), bar), {}));
    }

    void how_sure_the_answer_is_is_said_in_words() {
        const auto words = [](float confidence, bool uncertain) {
            Classification result;
            result.confidence = confidence;
            result.uncertain = uncertain;
            return std::string(confidence_in_words(result));
        };
        CPPUNIT_ASSERT_EQUAL(std::string("almost certain"), words(0.99f, false));
        CPPUNIT_ASSERT_EQUAL(std::string("quite sure"), words(0.98f, false));
        CPPUNIT_ASSERT_EQUAL(std::string("quite sure"), words(0.9f, false));
        CPPUNIT_ASSERT_EQUAL(std::string("fairly sure"), words(0.89f, false));
        CPPUNIT_ASSERT_EQUAL(std::string("fairly sure"), words(0.7f, false));
        CPPUNIT_ASSERT_EQUAL(std::string("not very sure"), words(0.69f, false));
        CPPUNIT_ASSERT_EQUAL(std::string("not sure"), words(0.5f, true));
        CPPUNIT_ASSERT_EQUAL(std::string("not sure at all"), words(0.49f, true));
    }

    void the_page_says_what_reading_took_where_that_was_measured() {
        PageContext context{"./", "http://h/curl-api", {}};
        CPPUNIT_ASSERT(!holds(page().render(context, outcomes({seven()})), "Read in"));
        context.read_ns = 63'000;
        CPPUNIT_ASSERT(
            holds(page().render(context, outcomes({seven()})), " Read in 0.06&nbsp;ms."));
        context.read_ns = 1'440'000;
        CPPUNIT_ASSERT(holds(page().render(context, outcomes({seven(), seven()})),
                             " Read together in 1.4&nbsp;ms."));
        context.read_ns = 23'400'000;
        CPPUNIT_ASSERT(holds(page().render(context, outcomes({seven()})), " Read in 23&nbsp;ms."));
    }

    void the_page_shows_refusals_and_escapes_every_value() {
        Classification odd = seven();
        odd.receipt.framed.receipt.warnings = {"<b>&\"'"};
        const std::string html =
            page().render({"./<x>/", "http://<h>/'", {}}, outcomes({blank(), odd}));
        CPPUNIT_ASSERT(holds(html, "<p>Error: The picture is blank. "));
        CPPUNIT_ASSERT(holds(html, "&lt;b&gt;&amp;&quot;&apos;"));
        CPPUNIT_ASSERT(holds(html, "href=\"./&lt;x&gt;/static/digit.css\""));
        CPPUNIT_ASSERT(holds(html, "http://&lt;h&gt;/&apos;"));
    }

    void the_page_states_the_limits_and_holds_no_inline_code() {
        Limits limits;
        limits.max_file_bytes = 512 << 10;
        limits.min_edge = 12;
        limits.max_pixels = 1 << 20;
        const std::string html = page().render({"./", "http://h/curl-api", limits}, {});
        CPPUNIT_ASSERT(holds(html,
                             "at most 512 KiB, every edge at least 12 pixels, "
                             "at most 1 megapixels"));
        limits.max_file_bytes = 5000;
        CPPUNIT_ASSERT(
            holds(page().render({"./", "http://h/curl-api", limits}, {}), "at most 5000 bytes,"));
        CPPUNIT_ASSERT(holds(html, "curl -F &apos;myfile=@seven.png&apos; http://h/curl-api") ||
                       holds(html, "curl -F 'myfile=@seven.png' http://h/curl-api"));
        CPPUNIT_ASSERT(!std::regex_search(html, std::regex("<style| style=| on[a-z]+=\"")));
        CPPUNIT_ASSERT(!std::regex_search(html, std::regex("<script(?! src=)")));
        CPPUNIT_ASSERT(!holds(html, "predicted digit"));
    }

    void a_page_folder_that_lacks_something_is_refused_by_name() {
        const auto page = Page::load("/nonexistent");
        CPPUNIT_ASSERT_EQUAL(
            std::string("/nonexistent/page.mustache cannot be read: No such file or directory"),
            std::get<LoadFault>(page).reason);
    }

    void files_have_an_etag_of_their_content() {
        const Page loaded = page();
        const StaticFile* css = loaded.file("digit.css");
        CPPUNIT_ASSERT(css != nullptr);
        CPPUNIT_ASSERT(std::regex_match(css->etag, std::regex("\"[0-9a-f]{32}\"")));
        CPPUNIT_ASSERT(loaded.file("samples/7.png")->etag != css->etag);
        CPPUNIT_ASSERT(loaded.file("page.mustache") == nullptr);
        CPPUNIT_ASSERT(loaded.file("../page.mustache") == nullptr);
    }

    void style_and_script_are_put_together_from_their_parts() {
        const Page loaded = page();
        const std::string& script = loaded.file("digit.js")->bytes;
        const std::size_t strict = script.find("\n\"use strict\";\n");
        CPPUNIT_ASSERT(strict != std::string::npos);
        // Nothing but comments may stand before it, else it means nothing.
        CPPUNIT_ASSERT(std::regex_match(script.substr(0, strict + 1), std::regex("(//[^\n]*\n)+")));
        CPPUNIT_ASSERT(script.find("const pad = {") > strict);
        CPPUNIT_ASSERT(loaded.file("script/pad.js") == nullptr);
        const std::string& style = loaded.file("digit.css")->bytes;
        CPPUNIT_ASSERT(style.find("--by-night: initial") < style.find(".answer-uncertain"));
        CPPUNIT_ASSERT(loaded.file("style/pad.css") == nullptr);
    }

    void numbers_are_taken_with_units_and_within_bounds() {
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1048576},
                             std::get<std::uint64_t>(parse_number("1048576", kFileSizeRule)));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{524288},
                             std::get<std::uint64_t>(parse_number("512k", kFileSizeRule)));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{67108864},
                             std::get<std::uint64_t>(parse_number("64M", kFileSizeRule)));
        const std::string advice =
            "; write a whole number from 1024 to 67108864, if you like with K or M behind it, such "
            "as 1048576, 512K or 1M";
        for (const std::string bad : {"", "M", "-1", "+1", "1.5M", "1MB", " 1M", "0", "1023", "65M",
                                      "99999999999999999999", "18014398509481985K", "0x400"})
            CPPUNIT_ASSERT_EQUAL("'" + bad + "' is not a size in bytes" + advice,
                                 refusal(bad, kFileSizeRule));
        CPPUNIT_ASSERT_EQUAL(
            std::string("'1K' is not a number of pixels; write a whole number from 1 to 1000, such "
                        "as 10"),
            refusal("1K", kMinEdgeRule));
    }

    void a_form_is_a_picture_of_its_own_kind_of_body() {
        const std::string png = "\x89PNG\r\n\x1a\n";
        const auto bytes = [](const std::string& s) {
            return std::span(reinterpret_cast<const std::uint8_t*>(s.data()), s.size());
        };
        const std::string_view type = "multipart/form-data; boundary=b";
        const std::string form =
            "--b\r\nContent-Disposition: form-data; name=\"myfile\"\r\n\r\none\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\ntwo\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"myfile\"\r\n\r\n\r\n--b--";
        const auto files = find_pictures(type, bytes(form));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, std::get<std::vector<PictureFile>>(files).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, std::get<std::vector<PictureFile>>(files)[0].size());
        // A picture is a picture, whatever the Content-Type says.
        const auto raw = find_pictures(type, bytes(png));
        CPPUNIT_ASSERT_EQUAL(png.size(), std::get<std::vector<PictureFile>>(raw).at(0).size());
        CPPUNIT_ASSERT_EQUAL(std::string_view("no-picture"),
                             std::get<Problem>(find_pictures("image/png", {})).kind->type);
        CPPUNIT_ASSERT_EQUAL(
            std::string_view("broken-form"),
            std::get<Problem>(find_pictures("multipart/form-data", bytes(form))).kind->type);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, max_body_bytes("image/png", 1000));
        CPPUNIT_ASSERT_EQUAL(1000 + kFormOverheadBytes, max_body_bytes(type, 1000));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AnswerTest);

}  // namespace digit::test
