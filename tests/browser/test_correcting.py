# SPDX-License-Identifier: Apache-2.0
"""Corrections: "it was a …", where the server takes them."""
import base64
import io

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys

from browser import TWO
from pictures import SAMPLES


@pytest.fixture
def folder(server):
    """Where corrections go, empty."""
    path = server.root / "corrections"
    for file in path.rglob("*.png"):
        file.unlink()
    return path


def stored(folder):
    return sorted(folder.rglob("*.png"))


def test_it_was_a_seven_stores_what_the_network_saw_and_nothing_else(page, folder):
    page.open("/taught/")
    page.draw(TWO)
    page.wait_for_answer(2)
    seen = page.one(".seen img").get_attribute("src")
    page.one("[data-correct='7']").click()
    page.wait(lambda: page.text(".correction") == ["Thank you. It is stored as an example of 7."],
              "the page does not say that it is stored")
    page.wait(lambda: page.text("#status") == ["Thank you. It is stored as an example of 7."],
              "a screen reader is not told")
    (file,) = stored(folder)
    assert file.parent == folder / "7"
    picture = Image.open(file)
    assert picture.size == (28, 28) and picture.mode == "L"
    shown = Image.open(io.BytesIO(base64.b64decode(seen.partition(",")[2])))
    assert picture.tobytes() == shown.convert("L").tobytes()
    assert page.all("[data-correct]") == []  # not twice


def test_what_is_corrected_stays_though_the_drawing_is_being_read_again(page, folder):
    page.open("/taught/")
    page.draw(TWO)
    page.wait_for_answer(2)
    page.run("""const fetch_at_once = window.fetch;
        const go = new Promise((done) => (window.go = done));
        window.fetch = async (what, how) => {
            if (!String(what).endsWith("feedback")) await go;
            return fetch_at_once(what, how);
        };""")
    page.draw([(0.1, 0.9), (0.12, 0.9)])
    assert page.all("#answer[aria-busy]") != []
    page.one("[data-correct='7']").click()
    thanks = ["Thank you. It is stored as an example of 7."]
    page.wait(lambda: page.text(".correction") == thanks, "the page does not say that it is stored")
    page.run("window.go()")
    page.wait(lambda: page.all("[aria-busy]") == [], "the drawing is read for ever")
    assert page.text(".correction") == page.text("#status") == thanks
    assert len(stored(folder)) == 1


def test_by_keyboard_one_corrects_and_goes_on_from_there(page, folder):
    page.open("/taught/")
    page.choose(SAMPLES / "3.jpg")
    page.wait_for_answer(3)
    page.tab_to("[data-correct='8']")
    page.press(Keys.ENTER)
    page.wait(lambda: page.text(".correction") == ["Thank you. It is stored as an example of 8."],
              "the page does not say that it is stored")
    assert page.run("return document.activeElement.matches('.correction')")
    page.tab_to("#forget", 1)
    page.press(Keys.ENTER)
    assert page.run("return document.activeElement.id") == "samples-title"
    page.tab_to(".samples a[href$='0.png']", 1)


def test_of_several_pictures_the_one_beside_the_button_is_corrected(page, folder):
    page.open("/taught/")
    page.choose(SAMPLES / "2.png", SAMPLES / "9.jpg")
    page.wait(lambda: len(page.all("#answer > section")) == 2, "no two answers")
    seen = page.all(".seen img")[1].get_attribute("src")
    page.all("[data-correct='4']")[1].click()
    page.wait(lambda: len(stored(folder)) == 1, "nothing is stored")
    (file,) = stored(folder)
    shown = Image.open(io.BytesIO(base64.b64decode(seen.partition(",")[2])))
    assert file.parent == folder / "4"
    assert Image.open(file).tobytes() == shown.convert("L").tobytes()


def test_the_page_says_what_is_stored_and_offers_it_only_where_it_is_taken(page, folder):
    page.open("/taught/")
    assert "Nothing you send is stored, unless you correct an answer" in page.text("footer")[0]
    page.open("/")
    page.choose(SAMPLES / "3.jpg")
    page.wait_for_answer(3)
    assert page.all(".correction") == []
    assert stored(folder) == []


def test_a_correction_that_cannot_be_stored_says_why(page, folder, server):
    page.announce("status of 500")
    page.open("/taught/")
    page.choose(SAMPLES / "3.jpg")
    page.wait_for_answer(3)
    (folder / "5").write_bytes(b"no folder")
    server.expect(r"digit:error.*500 internal id [0-9a-f]{16}: .*/5 cannot be written")
    try:
        page.one("[data-correct='5']").click()
        page.wait(lambda: page.text(".correction p")[0] not in ("", "Not right? It was a …"),
                  "the page says nothing")
        assert str(server.root) not in page.text(".correction")[0]
        assert len(page.all("[data-correct]")) == 10  # try again
    finally:
        (folder / "5").unlink()
