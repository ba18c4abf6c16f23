# SPDX-License-Identifier: Apache-2.0
"""The drawing pad: mouse, finger, pen and keyboard."""
import pytest
from selenium.webdriver.common.keys import Keys

from browser import ONE, TWO

INKED_PIXELS = """
    const canvas = document.getElementById("canvas");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let inked = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 127) ++inked;
    return inked;"""


@pytest.mark.parametrize("pointer", ["mouse", "pen"])
def test_a_drawing_is_read(page, pointer):
    page.draw(TWO, pointer)
    page.wait_for_answer(2)
    assert "PNG of 280" in page.text(".facts")[0]


def test_a_drawing_by_finger_is_read_and_does_not_scroll_the_page(page):
    page.phone()
    page.open("/")
    page.draw_by_finger(TWO)
    page.wait_for_answer(2)
    assert page.run("return scrollY") == 0


def test_a_palm_neither_ends_nor_extends_the_stroke_of_a_finger(page):
    page.phone()
    page.open("/")
    palm = (.9, .9)
    page.touch("touchStart", {1: ONE[0]})
    page.touch("touchMove", {1: ONE[1]})
    page.touch("touchStart", {1: ONE[1], 2: palm})
    page.touch("touchMove", {1: ONE[2], 2: (.8, .9)})
    page.touch("touchEnd", {2: palm})
    page.touch("touchMove", {1: ONE[3]})
    page.touch("touchMove", {1: ONE[4]})
    page.touch("touchEnd", {1: ONE[4]})
    strokes = page.run("return pad.strokes")
    assert len(strokes) == 1
    assert all(abs(point["x"] - .5) < .02 for point in strokes[0]["points"])
    assert max(point["y"] for point in strokes[0]["points"]) > .75
    page.wait_for_answer(1)


def test_the_answer_comes_while_the_pen_is_still_down(page):
    places = page.on_pad(TWO)
    for i, (x, y) in enumerate(places):
        page.cdp("Input.dispatchMouseEvent", type="mouseMoved" if i else "mousePressed", x=x, y=y,
                 button="left", buttons=1, clickCount=1)
    page.wait_for_answer(2)
    page.cdp("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left",
             clickCount=1)


def test_a_wider_brush_draws_more_ink(page):
    inked = []
    for width in (4, 14):
        page.run("document.getElementById('brush').value = arguments[0]", width)
        page.draw(ONE)
        inked.append(page.run(INKED_PIXELS))
        page.wait_for_answer(1)
        page.one("#clear").click()
    assert inked[1] > 2 * inked[0] > 0


def test_undo_takes_back_strokes_and_clear_itself(page):
    page.draw(ONE)
    first = page.run(INKED_PIXELS)
    page.draw([(x + .25, y) for x, y in ONE])
    assert page.run(INKED_PIXELS) > first
    page.one("#undo").click()
    assert page.run(INKED_PIXELS) == first
    page.wait_for_answer(1)
    page.one("#clear").click()
    assert page.run(INKED_PIXELS) == 0
    page.wait(lambda: page.text(".sentence") == ["The answer will be here"], "an answer stays")
    page.press(Keys.CONTROL + "z")
    assert page.run(INKED_PIXELS) == first
    page.wait_for_answer(1)
    page.one("#undo").click()
    assert page.run(INKED_PIXELS) == 0
    assert not page.one("#undo").is_enabled() and not page.one("#clear").is_enabled()


def test_a_pad_that_was_cleared_meanwhile_is_not_read(page):
    page.draw(ONE)
    page.wait_for_answer(1)
    page.run("drawing.want(); drawing.want(); pad.clear();")  # the second has to wait its turn
    page.wait(lambda: page.run("return !drawing.busy"), "it goes on reading")
    assert page.text(".sentence") == ["The answer will be here"]  # and `page` saw no refusal


def test_one_drawing_is_one_entry_of_the_history_and_comes_back(page):
    page.draw(ONE)
    page.wait_for_answer(1)
    page.one("#clear").click()
    page.draw(TWO)
    page.wait_for_answer(2)
    page.wait(lambda: page.text("#visit-list li") == ["2", "1"], "the history is another")
    page.all("#visit-list button")[1].click()
    page.wait_for_answer(1)
    assert page.run(INKED_PIXELS) > 0


def test_a_drawing_that_came_back_changes_its_own_entry_alone(page):
    def history(*digits):
        page.wait(lambda: page.text("#visit-list li") == list(digits), f"not {digits}")

    page.draw(ONE)
    history("1")
    page.one("#clear").click()
    page.draw(TWO)
    history("2", "1")
    page.all("#visit-list button")[1].click()
    page.wait_for_answer(1)
    page.draw([(.5, .2), (.34, .36)])  # the one's flag
    page.wait(lambda: page.run("return pad.strokes.length") == 2, "nothing is drawn")
    page.wait(lambda: page.run("return !drawing.busy"), "it goes on reading")
    assert len(page.text("#visit-list li")) == 2 and page.text("#visit-list li")[0] == "2"

    page.one("#clear").click()
    page.draw(TWO)
    page.wait(lambda: page.text("#visit-list li")[:2] == ["2", "2"], "no third entry")
    for _ in range(3):  # takes back the two, that the one was cleared, its flag
        page.one("#undo").click()
    page.wait_for_answer(1)
    history("2", "2", "1")


def test_a_drawing_is_dark_on_light_for_the_server_in_dark_colours_too(page):
    page.prefer("dark")
    page.draw(TWO)
    page.wait_for_answer(2)
    assert "dark ink on a light ground" in page.text(".facts")[0]


def test_a_digit_can_be_drawn_with_the_keyboard_alone(page):
    page.tab_to("#canvas")
    page.press(*[Keys.ARROW_UP] * 8, " ", *[Keys.ARROW_DOWN] * 16, " ")
    page.wait_for_answer(1)
    page.press(Keys.DELETE)
    assert page.run(INKED_PIXELS) < 1000  # the cursor
    page.wait(lambda: page.text(".sentence") == ["The answer will be here"], "an answer stays")
