# SPDX-License-Identifier: Apache-2.0
"""The answers of API.md's first table, and what of its second is there."""
import base64
import io
import re
import subprocess
import time

import pytest
import requests
from PIL import Image

import pictures
from pictures import form, seven
from tensors import json_request

CERTAIN = 0.9428  # of the constant model


def post_form(url, *files, **options):
    body, content_type = form(*files)
    headers = {"Content-Type": content_type, **options.pop("headers", {})}
    return requests.post(url, data=body, headers=headers, timeout=10, **options)


def test_the_page_is_shown(site):
    answer = requests.get(site.url + "/digit/", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<form ' in answer.text and 'name="myfile"' in answer.text
    assert "The predicted digit" not in answer.text
    assert "curl -F" in answer.text and f"{site.url}/digit/curl-api" in answer.text


def test_the_page_is_safe_to_show(site):
    headers = requests.get(site.url + "/digit/", timeout=10).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/digit/", "/digit"])
def test_a_form_post_shows_the_digit_on_the_page(site, path):
    answer = post_form(site.url + path, seven())
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "The predicted digit is 7" in answer.text


def test_an_error_is_shown_on_the_page_with_its_status(site):
    answer = post_form(site.url + "/digit/", b"hello")
    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Error: " in answer.text and 'role="alert"' in answer.text


@pytest.mark.parametrize("name", ["2.png", "3.jpg", "4.png", "5.gif", "7.png", "8.jpg"])
def test_curl_posts_a_picture(site, name):
    done = subprocess.run(
        ["curl", "-sS", "-i", "-F", f"myfile=@{pictures.SAMPLES / name}",
         site.url + "/digit/curl-api"], capture_output=True, text=True, timeout=30, check=True)
    head, _, body = done.stdout.partition("\n\n")
    assert head.startswith("HTTP/1.1 200")
    assert "Content-Type: application/json" in head
    assert body == '{"prediction":7,"confidence":0.9428}'


@pytest.mark.parametrize("arguments", [
    ["--data-binary", "@{}", "-H", "Content-Type: image/png"],
    ["--data-binary", "@{}"],
    ["--data-binary", "@{}", "-H", "Content-Type:"],
    ["--data-binary", "@{}", "-H", "Content-Type: text/plain"],
    ["--data-binary", "@{}", "-H", "Content-Type: multipart/form-data"],
    ["--data-binary", "@{}", "-H", "Transfer-Encoding: chunked"],
    ["-T", "{}"],
    ["-F", "myfile=@{};type=text/html"],
    ["-F", "other=1", "-F", "myfile=@{}"],
    ["-F", "myfile=<{}"],
])
def test_curl_sends_a_picture_in_every_way_it_has(site, arguments):
    picture = str(pictures.SAMPLES / "7.png")
    done = subprocess.run(
        ["curl", "-sS", *(a.format(picture) for a in arguments), site.url + "/digit/curl-api"],
        capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == '{"prediction":7,"confidence":0.9428}'


def test_the_page_says_what_reading_took(site):
    for _ in range(3):  # not only where the counters time the request
        page = post_form(site.url + "/digit/", seven())
        assert re.search(r"Read in \d+(\.\d+)?&nbsp;ms\.", page.text)
    page = post_form(site.url + "/digit/", seven(), seven(40))
    assert len(re.findall(r"Read together in \d+(\.\d+)?&nbsp;ms\.", page.text)) == 2


def test_several_pictures_are_answered_in_order_and_a_bad_one_in_its_place(site):
    answer = post_form(site.url + "/digit/curl-api", seven(), b"not a picture", seven(40))
    assert answer.status_code == 200
    first, second, third = answer.json()["predictions"]
    assert first == third == {"prediction": 7, "confidence": CERTAIN}
    assert second["status"] == 415 and second["message"].startswith("Error: ")


def test_a_hundred_pictures_are_answered_in_one_post(site):
    answer = post_form(site.url + "/digit/curl-api", *[seven()] * 100)
    assert [p["prediction"] for p in answer.json()["predictions"]] == [7] * 100


def test_several_pictures_that_are_all_refused_have_the_status_of_the_first(site):
    answer = post_form(site.url + "/digit/curl-api", b"", b"not a picture")
    assert answer.status_code == 400
    assert [p["status"] for p in answer.json()["predictions"]] == [400, 415]


def test_probabilities_are_added_when_asked_for(site):
    answer = post_form(site.url + "/digit/curl-api?probabilities=1", seven()).json()
    assert len(answer["probabilities"]) == 10
    assert abs(sum(answer["probabilities"]) - 1) < 1e-4
    assert answer["probabilities"].index(max(answer["probabilities"])) == 7
    assert list(answer)[0] == "prediction"


def test_the_receipt_tells_what_was_seen(site):
    picture = seven(60, 40, ink=255, paper=0)
    receipt = post_form(site.url + "/digit/curl-api?explain=1", picture).json()["receipt"]
    assert receipt["format"] == "png"
    assert (receipt["width"], receipt["height"]) == (60, 40)
    assert receipt["polarity"] == "light-on-dark"
    assert receipt["crop"] == {"x": 10, "y": 0, "width": 40, "height": 40}
    box = receipt["ink_box"]
    assert 15 <= box["x"] <= 25 and 15 <= box["width"] <= 30
    assert receipt["orientation"] == 1 and receipt["warnings"] == []
    # What the network saw: a grey PNG of 28×28 pixels.
    kind, _, data = receipt["picture"].partition(",")
    png = base64.b64decode(data, validate=True)
    assert kind == "data:image/png;base64"
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and png[16:26] == b"\0\0\0\x1c\0\0\0\x1c\x08\0"


def test_the_receipt_has_the_orientation_and_the_warnings(site):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    # With all ink beside the central square.
    picture = Image.new("L", (200, 50), 255)
    picture.paste(0, (10, 20, 16, 40))
    content = io.BytesIO()
    picture.save(content, "JPEG", exif=exif)
    answer = requests.post(site.url + "/digit/curl-api?explain=1", data=content.getvalue(),
                           timeout=10).json()
    receipt = answer["receipt"]
    assert (receipt["orientation"], receipt["width"], receipt["height"]) == (6, 200, 50)
    assert any("central square holds no ink" in warning for warning in receipt["warnings"])
    page = post_form(site.url + "/digit/", content.getvalue()).text
    assert f'<p class="warning">{receipt["warnings"][0]}</p>' in page


@pytest.mark.parametrize("path", ["/digit/curl-api", "/digit/"])
def test_accept_text_plain_gets_the_bare_digit(site, path):
    answer = post_form(site.url + path, seven(), headers={"Accept": "text/plain"})
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == "7\n"
    assert "Accept" in answer.headers["Vary"]


def test_accept_json_gets_json_from_the_page_too(site):
    answer = post_form(site.url + "/digit/", seven(), headers={"Accept": "application/json"})
    assert answer.json() == {"prediction": 7, "confidence": CERTAIN}


def test_answers_are_not_cached(site):
    assert post_form(site.url + "/digit/curl-api", seven()).headers["Cache-Control"] == "no-store"
    assert post_form(site.url + "/digit/curl-api", b"").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "GIF"])
@pytest.mark.parametrize("size", [(12, 12), (28, 28), (640, 480), (300, 1200)])
@pytest.mark.parametrize("inverted", [False, True])
def test_every_format_size_and_polarity_is_taken(site, image_format, size, inverted):
    colours = {"ink": 255, "paper": 0} if inverted else {}
    picture = seven(*size, image_format=image_format, **colours)
    answer = requests.post(site.url + "/digit/curl-api?explain=1", data=picture, timeout=10)
    assert answer.status_code == 200, answer.text
    receipt = answer.json()["receipt"]
    assert (receipt["width"], receipt["height"]) == size
    assert receipt["polarity"] == ("light-on-dark" if inverted else "dark-on-light")


def test_head_is_get_without_a_body(site):
    get = requests.get(site.url + "/digit/", timeout=10)
    head = requests.head(site.url + "/digit/", timeout=10)
    assert head.status_code == 200 and head.content == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize("path,allow", [
    ("/digit/", "GET, HEAD, POST, OPTIONS"),
    ("/digit", "GET, HEAD, POST, OPTIONS"),
    ("/digit/curl-api", "POST, PUT, OPTIONS"),
    ("/digit/static/digit.css", "GET, HEAD, OPTIONS"),
])
def test_options_tells_the_methods(site, path, allow):
    answer = requests.options(site.url + path, timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Allow"] == allow
    assert answer.content == b""


def test_the_access_log_can_tell_prediction_and_confidence(site):
    post_form(site.url + "/digit/curl-api", seven())
    post_form(site.url + "/digit/curl-api", seven(), b"no")
    post_form(site.url + "/digit/", seven(40))
    requests.get(site.url + "/digit/", timeout=10)
    encoded = base64.b64encode(seven()).decode()
    for body in (json_request("image", "BYTES", [2], [encoded] * 2),
                 json_request("pixels", "UINT8", [1, 28, 28], [9] * 784)):
        requests.post(site.url + "/digit/v2/models/digit/infer", data=body, timeout=10)
    wanted = {"200 7 0.9428 /digit/curl-api", "200 7,- 0.9428,- /digit/curl-api",
              "200 7 0.9428 /digit/", "200 - - /digit/",
              "200 7,7 0.9428,0.9428 /digit/v2/models/digit/infer",
              "200 7 0.9428 /digit/v2/models/digit/infer"}
    for _ in range(100):  # httpd logs after it has answered
        if wanted <= set(site.log("access_log").splitlines()):
            return
        time.sleep(0.05)
    assert wanted <= set(site.log("access_log").splitlines())


def test_a_connection_serves_many_requests(site):
    with requests.Session() as session:
        for _ in range(30):
            body, content_type = form(seven())
            answer = session.post(site.url + "/digit/curl-api", data=body, timeout=10,
                                  headers={"Content-Type": content_type})
            assert answer.json()["prediction"] == 7
        assert len(session.adapters["http://"].poolmanager.pools) == 1


SAMPLES = sorted(path.name for path in pictures.SAMPLES.iterdir())
assert len(SAMPLES) == 11


@pytest.mark.parametrize("name", SAMPLES)
def test_the_shipped_network_reads_the_page_s_samples(shipped, name):
    picture = (pictures.SAMPLES / name).read_bytes()
    answer = requests.post(shipped.url + "/curl-api", data=picture, timeout=10).json()
    page = requests.post(shipped.url + "/", data=picture, timeout=10, headers={"Accept": "text/html"})
    if name == "face.png":
        assert answer.get("uncertain"), answer
        assert "<title>Not sure: perhaps " in page.text
    else:
        assert answer["prediction"] == int(name[0]) and "uncertain" not in answer, answer
        assert f"<title>The digit is {name[0]} " in page.text
