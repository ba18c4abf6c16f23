# SPDX-License-Identifier: Apache-2.0
"""The page for everyone: without JavaScript, on phones, in the dark, by keyboard, by screen reader."""
import re

import pytest
from selenium.webdriver.common.keys import Keys

import axe
from browser import TWO
from pictures import SAMPLES


def document_status(page):
    return [event["params"]["response"]["status"] for event in page.events()
            if event["method"] == "Network.responseReceived"
            and event["params"]["type"] == "Document"][-1]


def test_without_javascript_upload_answer_and_error_work(page, tmp_path):
    page.without_script()
    page.open("/")
    assert not page.one("#canvas").is_displayed() and not page.one("#copy").is_displayed()
    page.choose(SAMPLES / "4.png")
    page.one("button[type=submit]").click()
    page.wait_for_answer(4)
    assert document_status(page) == 200
    assert len(page.all(".bars meter")) == 10
    assert page.one(".seen img").get_attribute("src").startswith("data:image/png;base64,")
    assert re.search(r"Read in \d+(\.\d+)? ms\.", page.text(".facts")[0].replace("\u00a0", " "))
    assert page.one("#myfile").is_displayed()
    assert page.one("#answer").rect["x"] > page.one("button[type=submit]").rect["x"]  # beside it

    page.announce("status of 415")
    text = tmp_path / "note.txt"
    text.write_text("not a picture")
    page.choose(text)
    page.one("button[type=submit]").click()
    page.wait_for_refusal("Not a PNG, JPEG or GIF")
    assert document_status(page) == 415


@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_screen_scrolls_sideways(page, width, tmp_path):
    page.announce("status of 415")
    text = tmp_path / "note.txt"
    text.write_text("not a picture")
    page.phone(width)
    page.open("/below/here/")

    def overhang():
        return page.run("return document.documentElement.scrollWidth - innerWidth")

    assert overhang() <= 0
    page.choose(SAMPLES / "5.gif")
    page.wait_for_answer(5)
    assert overhang() <= 0
    # Brush, "Undo" and "Draw again" in one row.
    assert len({page.one(f"#{tool}").rect["y"] for tool in ("undo", "clear")}) == 1
    assert page.one(".tools").rect["height"] < 50
    page.choose(text)
    page.wait_for_refusal("Not a PNG, JPEG or GIF")
    assert overhang() <= 0
    page.open("/taught/")
    page.choose(SAMPLES / "5.gif", text)
    page.wait(lambda: len(page.all("#answer > section")) == 2, "no two answers")
    assert len(page.all("[data-correct]")) == 10
    assert overhang() <= 0


def test_on_a_phone_the_answer_is_seen_while_one_draws(page):
    page.phone(390, 844)
    page.open("/")
    page.draw_by_finger(TWO)
    page.wait_for_answer(2)
    assert page.run("return scrollY") == 0
    assert page.place(".sentence")["bottom"] <= 844 and page.run("return scrollY") == 0
    assert page.one("#camera").get_attribute("capture") == "environment"
    assert page.one(".camera").is_displayed()


def luminance(page, selector):
    return page.run("""
        const colour = getComputedStyle(document.querySelector(arguments[0])).backgroundColor;
        const [r, g, b] = colour.match(/[0-9.]+/g).map(Number);
        return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;""", selector)


def test_the_page_is_dark_where_the_system_is_and_where_one_says_so(page):
    assert luminance(page, "body") > 0.8
    page.prefer("dark")
    assert luminance(page, "body") < 0.1 and luminance(page, ".sheet") < 0.2
    page.one("#theme").click()
    assert page.run("return document.documentElement.dataset.bsTheme") == "light"
    assert luminance(page, "body") > 0.8
    page.prefer("light")
    page.one("#theme").click()
    assert luminance(page, "body") < 0.1
    assert page.one("#theme").get_attribute("aria-pressed") == "true"


def test_everything_can_be_reached_and_used_by_keyboard_with_visible_focus(page):
    page.tab_to("#theme")
    page.press(Keys.ENTER)
    assert luminance(page, "body") < 0.1
    page.tab_to("#canvas")
    page.tab_to("#brush")
    page.press(Keys.ARROW_RIGHT)
    assert page.one("#brush").get_property("value") == "9"
    page.tab_to("#myfile")
    page.tab_to("button[type=submit]")
    page.tab_to(".samples a[href$='9.jpg']")
    page.press(Keys.ENTER)
    page.wait_for_answer(9)
    page.tab_to("#copy")
    page.press(Keys.ENTER)
    page.wait(lambda: page.text("#copy") == ["Copied"], "nothing was copied")
    page.tab_to("#clear")
    page.press(Keys.ENTER)
    page.wait(lambda: page.text(".sentence") == ["The answer will be here"], "an answer stays")
    page.tab_to("#visit-list button")
    page.press(" ")
    page.wait_for_answer(9)


def test_the_command_is_copied_as_it_is(page):
    page.cdp("Browser.grantPermissions", origin=page.url,
             permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.one("#copy").click()
    page.wait(lambda: page.text("#copy") == ["Copied"], "nothing was copied")
    copied = page.driver.execute_async_script(
        "navigator.clipboard.readText().then(arguments[0], (e) => arguments[0](String(e)))")
    assert copied == f"curl -F 'myfile=@seven.png' {page.url}/curl-api"


def test_the_command_has_the_address_that_the_browser_has(page, server):
    page.url = f"http://localhost:{server.ports['proxy_port']}"
    page.open("/out%20side/")
    assert page.text("#command") == [f"curl -F 'myfile=@seven.png' {page.url}/out%20side/curl-api"]
    page.choose(SAMPLES / "5.gif")
    page.wait_for_answer(5)


def test_behind_tls_command_copy_and_corrections_are_of_https(page, server):
    page.url = f"https://localhost:{server.ports['tls_port']}"
    page.open("/taught/")
    assert page.text("#command") == [f"curl -F 'myfile=@seven.png' {page.url}/taught/curl-api"]
    page.one("#copy").click()
    page.wait(lambda: page.text("#copy") == ["Copied"], "nothing was copied")
    page.choose(SAMPLES / "5.gif")
    page.wait_for_answer(5)
    page.one("[data-correct='5']").click()
    page.wait(lambda: "It is stored" in page.text(".correction")[0], "nothing is stored")


def test_nothing_is_kept_in_the_browser(page):
    page.choose(SAMPLES / "3.jpg")
    page.wait_for_answer(3)
    assert page.run("return [localStorage.length, sessionStorage.length, document.cookie]") == \
        [0, 0, ""]
    assert "Nothing you send is stored" in page.text("footer")[0]
    page.open("/")
    assert page.text("#visit-list li") == []


@pytest.fixture(scope="module")
def rules():
    return axe.source()


def assert_accessible(page, rules):
    page.run(rules)
    found = page.driver.execute_async_script("""
        const done = arguments[arguments.length - 1];
        axe.run(document, {resultTypes: ["violations"]}).then(
            (result) => done({passes: result.passes.length, violations: result.violations.map(
                (v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join(" | "))}),
            (error) => done({passes: 0, violations: [String(error)]}));""")
    assert found["violations"] == []
    assert found["passes"] > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_fault(page, rules, scheme, width, tmp_path):
    page.announce("status of 415")
    page.prefer(scheme)
    page.desktop(width, 800)
    page.open("/unsure/")
    assert_accessible(page, rules)
    page.choose(SAMPLES / "4.png")
    page.wait_for_answer(3)
    assert_accessible(page, rules)
    page.open("/")
    page.choose(SAMPLES / "4.png")
    page.wait_for_answer(4)
    assert_accessible(page, rules)
    text = tmp_path / "note.txt"
    text.write_text("not a picture")
    page.choose(text)
    page.wait_for_refusal("Not a PNG, JPEG or GIF")
    assert_accessible(page, rules)
    page.open("/taught/")
    page.choose(SAMPLES / "4.png", text, SAMPLES / "9.jpg")
    page.wait(lambda: len(page.all("#answer > section")) == 3, "no three answers")
    assert len(page.all("[data-correct]")) == 20
    assert [s.get_attribute("aria-label") for s in page.all("#answer > section")] == \
        ["Answer 1", "Not a PNG, JPEG or GIF", "Answer 3"]
    assert_accessible(page, rules)
