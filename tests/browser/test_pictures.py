# SPDX-License-Identifier: Apache-2.0
"""Pictures on their way to the page: chosen, dropped, pasted, photographed, clicked."""
import base64
import io
import re

import pytest
from PIL import Image

from pictures import SAMPLES, blank, seven


def photo(width, height, edge):
    """A seven on noisy paper, as a JPEG that hardly compresses."""
    paper = Image.effect_noise((width, height), 60).point(lambda v: 190 + v // 8)
    digit = Image.open(io.BytesIO(seven(edge))).convert("L")
    paper.paste(digit.point(lambda v: 30 if v < 128 else 200),
                ((width - edge) // 2, (height - edge) // 2))
    content = io.BytesIO()
    paper.save(content, "JPEG", quality=97)
    return content.getvalue()


@pytest.fixture
def files(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path
    return write


def test_a_chosen_picture_is_shown_and_read_at_once(page):
    page.choose(SAMPLES / "3.jpg")
    page.wait_for_answer(3)
    assert page.run("return document.querySelector('#preview img').naturalWidth") == 320
    assert re.fullmatch(r"The network is [a-z ]+: [0-9.]+ %", page.text(".sureness")[0])
    assert len(page.all(".bars meter")) == 10 and len(page.all(".bars .winner")) == 1
    assert page.text(".bars .winner .bar-label") == ["3"]
    seen = page.one(".seen img")
    assert seen.get_attribute("src").startswith("data:image/png;base64,")
    assert seen.get_property("naturalWidth") == seen.get_property("naturalHeight") == 28
    assert re.search(r"Seen: a JPEG of 320.×.240 pixels, dark ink on a light ground\..*"
                     r"Answered in \d+.ms, there and back\.", page.text(".facts")[0])
    assert page.driver.title.startswith("The digit is 3")


def test_an_answer_is_told_to_screen_readers(page):
    page.choose(SAMPLES / "5.gif")
    page.wait_for_answer(5)
    page.wait(lambda: page.text("#status")[0].startswith("The predicted digit is 5. The network"),
              "the live region is silent")
    assert page.one("#status").get_attribute("role") == "status"


def test_a_sample_is_read_by_a_click_and_stays_in_the_history(page):
    for name, digit in (("7.png", 7), ("4.png", 4)):
        page.one(f".samples a[href$='{name}']").click()
        page.wait_for_answer(digit)
    assert page.text("#visit-list li") == ["4", "7"]
    page.all("#visit-list button")[1].click()
    page.wait_for_answer(7)
    page.one("#forget").click()
    assert page.text("#visit-list li") == [] and not page.one("#visit").is_displayed()


def test_every_sample_is_read_as_its_name_says(page):
    for link in page.all(".samples a"):
        name = link.get_attribute("href").rpartition("/")[2]
        link.click()
        if name[0].isdigit():
            page.wait_for_answer(name[0])


def test_a_picture_dropped_anywhere_is_read(page):
    page.drop(SAMPLES / "8.jpg", "#canvas")
    page.wait_for_answer(8)
    page.drop(SAMPLES / "2.png", "footer")
    page.wait_for_answer(2)


def test_a_pasted_picture_is_read(page):
    page.paste(base64.b64encode((SAMPLES / "7.png").read_bytes()).decode())
    page.wait_for_answer(7)


def test_several_pictures_are_read_in_one_post(page, files):
    page.announce("status of 4")
    page.choose(SAMPLES / "2.png", files("broken.png", seven()[:60]), SAMPLES / "9.jpg")
    page.wait(lambda: len(page.all("#answer > section")) == 3, "no three answers")
    assert page.text(".sentence") == ["The predicted digit is 2", "The predicted digit is 9"]
    assert len(page.all(".refusal")) == 1
    posts = [e for e in page.events() if e["method"] == "Network.requestWillBeSent"
             and e["params"]["request"]["method"] == "POST"]
    assert len(posts) == 1


def test_a_photo_over_the_limit_is_made_smaller_before_it_is_sent(page, files):
    content = photo(3000, 2000, 1500)
    assert len(content) > 1 << 20
    page.choose(files("photo.jpg", content))
    page.wait_for_answer(7)
    assert "JPEG of 1600" in page.text(".facts")[0]


def test_photos_that_are_over_the_limit_together_are_made_smaller(page, files):
    content = photo(1500, 1000, 800)
    assert len(content) < 1 << 20 < 3 * len(content)
    page.choose(*[files(f"photo{i}.jpg", content) for i in range(3)])
    page.wait(lambda: page.text(".sentence") == ["The predicted digit is 7"] * 3, "no three sevens")


def test_a_small_file_of_too_many_pixels_is_made_smaller(page, files):
    content = seven(4200)
    assert len(content) < 1 << 20
    page.choose(files("seven.png", content))
    page.wait_for_answer(7)
    assert "JPEG of 1600" in page.text(".facts")[0]


def test_a_photo_is_taken_by_the_camera_s_control(page):
    page.phone()
    page.open("/")
    page.one("#camera").send_keys(str(SAMPLES / "9.jpg"))
    page.wait_for_answer(9)


def test_a_sample_that_cannot_be_fetched_says_so(page):
    page.announce("net::ERR_BLOCKED_BY_CLIENT")
    page.cdp("Network.setBlockedURLs", urls=["*/static/samples/4.png"])
    try:
        page.one(".samples a[href$='4.png']").click()
        page.wait_for_refusal("No answer")
    finally:
        page.cdp("Network.setBlockedURLs", urls=[])
    page.one(".samples a[href$='4.png']").click()
    page.wait_for_answer(4)


def test_a_format_that_only_the_browser_knows_can_be_chosen_and_is_converted(page, files):
    assert page.one("#myfile").get_attribute("accept") == "image/*"
    content = io.BytesIO()
    Image.open(io.BytesIO(seven(200))).save(content, "WEBP")
    page.choose(files("seven.webp", content.getvalue()))
    page.wait_for_answer(7)


def test_errors_are_shown_with_their_advice_and_the_page_goes_on(page, files):
    page.announce("status of 415")
    page.announce("status of 422")
    page.choose(files("note.txt", b"not a picture"))
    page.wait_for_refusal("Not a PNG, JPEG or GIF")
    assert "Send a PNG, JPEG or GIF" in page.text(".refusal p")[0]
    assert page.one(".refusal").get_attribute("role") == "alert"
    assert page.one("#preview p").is_displayed()
    page.choose(files("blank.png", blank()))
    page.wait_for_refusal("No digit to be seen")
    page.choose(SAMPLES / "6.png")
    page.wait_for_answer(6)


def test_nothing_sent_is_answered_with_what_to_do(page):
    page.one("button[type=submit]").click()
    page.wait_for_refusal("No picture yet")


def test_an_uncertain_answer_is_said_to_be_one(page):
    page.open("/unsure/")
    page.choose(SAMPLES / "3.jpg")
    page.wait_for_answer(3)
    assert "not sure at all" in page.text(".sureness")[0]
    assert page.text(".doubt")[0].startswith("Do not rely on it. It may be 3 or 0, or no digit at all.")


def test_below_another_path_everything_works_the_same(page):
    page.open("/below/here/")
    page.one(".samples a[href$='5.gif']").click()
    page.wait_for_answer(5)
    assert page.text("#command") == [f"curl -F 'myfile=@seven.png' {page.url}/below/here/curl-api"]
