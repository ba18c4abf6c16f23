# SPDX-License-Identifier: Apache-2.0
"""Corrections: DigitFeedbackDir and DigitFeedbackLimit."""
import base64
import concurrent.futures
import io
import os
import pathlib
import re
import subprocess

import pytest
import requests
from PIL import Image, PngImagePlugin

from pictures import form, seven
from weights import constant_model

URI = "data:image/png;base64,"


def framed(**options):
    """A 28×28 picture as the receipt has it: light ink on dark."""
    return seven(ink=255, paper=0, **options)


def uri(picture):
    return URI + base64.b64encode(picture).decode()


def own_page(server):
    return {"Sec-Fetch-Site": "same-origin", "Origin": server.url}


def correct(server, digit=7, picture=None, path="/feedback", headers=None):
    return requests.post(server.url + path, json={"digit": digit, "picture": picture or uri(framed())},
                         headers=own_page(server) if headers is None else headers, timeout=10)


def collector(server, more=""):
    folder = server.root / "corrections"
    folder.mkdir()
    folder.chmod(0o777)
    server.write("model.safetensors", constant_model(7))
    server.directives += (more + 'DigitModel model.safetensors\nDigitFeedbackDir corrections\n'
                          '<Location "/">\nSetHandler digit\n</Location>\n'
                          '<Location "/small">\nDigitFeedbackLimit 3\n</Location>\n'
                          '<Location "/off">\nDigitFeedbackDir off\n</Location>\n'
                          '<Location "/small">\nSetHandler digit\n</Location>\n'
                          '<Location "/off">\nSetHandler digit\n</Location>\n')
    server.start()
    return server


@pytest.fixture
def collecting(private_httpd):
    return collector(private_httpd())


def stored(server):
    return sorted(p for p in (server.root / "corrections").rglob("*") if p.is_file())


def test_the_picture_of_a_receipt_is_stored_under_its_digit(collecting):
    body, content_type = form(seven(100))
    receipt = requests.post(collecting.url + "/curl-api?explain=1", data=body, timeout=10,
                            headers={"Content-Type": content_type}).json()["receipt"]
    answer = correct(collecting, 4, receipt["picture"])
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"stored": True, "digit": 4}
    assert answer.headers["Cache-Control"] == "no-store"
    (path,) = stored(collecting)
    assert path.parent.name == "4" and re.fullmatch("[0-9a-f]{32}[.]png", path.name)
    sent = Image.open(io.BytesIO(base64.b64decode(receipt["picture"][len(URI):])))
    kept = Image.open(path)
    assert kept.size == (28, 28) and kept.mode == "L"
    assert kept.tobytes() == sent.convert("L").tobytes()


def test_nothing_but_the_grey_values_is_kept(collecting):
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "canary")
    answer = correct(collecting, 7, uri(framed(pnginfo=text) + b"canary"))
    assert answer.status_code == 201
    (path,) = stored(collecting)
    assert b"canary" not in path.read_bytes()
    assert b"IHDR" in path.read_bytes() and b"tEXt" not in path.read_bytes()


@pytest.mark.parametrize("headers,status", [
    ({}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "none"}, 403),
    ({"Origin": "https://other.example.org"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://127.0.0.1"}, 403),  # another port
    ({"Sec-Fetch-Site": "cross-site", "Origin": "{url}"}, 403),
    ({"Origin": "{url}"}, 201),
    ({"Sec-Fetch-Site": "same-origin"}, 201),
])
def test_only_the_page_itself_may_send(collecting, headers, status):
    headers = {k: v.format(url=collecting.url) for k, v in headers.items()}
    answer = correct(collecting, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "urn:mod-digit:problem:not-same-origin"
    assert len(stored(collecting)) == (status == 201)


BROKEN = [
    (b"", 400, "not a JSON object"),
    (b"[]", 400, "not a JSON object"),
    (b"[" * 16000, 400, "not a JSON object"),
    (b'{"digit":1e999}', 400, "not a JSON object"),
    (b'{"picture":"x"}', 400, "digit is not"),
    (b'{"digit":10,"picture":"x"}', 400, "digit is not"),
    (b'{"digit":-1,"picture":"x"}', 400, "digit is not"),
    (b'{"digit":"7","picture":"x"}', 400, "digit is not"),
    (b'{"digit":7.5,"picture":"x"}', 400, "digit is not"),
    (b'{"digit":7}', 400, "picture is not a string"),
    (b'{"digit":7,"picture":7}', 400, "picture is not a string"),
    (b'{"digit":7,"picture":"/etc/passwd"}', 400, "picture is not a string"),
    (b'{"digit":7,"picture":"' + URI.encode() + b'*"}', 400, "not base64"),
    (b'{"digit":7,"picture":"' + URI.encode() + b'"}', 400, "empty"),
    (b'{"digit":7,"picture":"' + uri(b"hello").encode() + b'"}', 415, ""),
    (b'{"digit":7,"picture":"' + uri(framed()[:-30]).encode() + b'"}', 422, ""),
    (b'{"digit":7,"picture":"' + uri(seven(29)).encode() + b'"}', 422, "29×29"),
    (b'{"digit":7,"picture":"' + uri(seven(280)).encode() + b'"}', 422, "280×280"),
    (b"x" * 16385, 413, "16384"),
]


@pytest.mark.parametrize("body,status,found", BROKEN)
def test_what_is_no_correction_is_refused(collecting, body, status, found):
    answer = requests.post(collecting.url + "/feedback", data=body, headers=own_page(collecting),
                           timeout=10)
    assert answer.status_code == status, answer.text
    assert found.lower() in answer.json()["detail"].lower()
    assert stored(collecting) == []


def test_the_limit_is_kept_by_all_processes_together(private_httpd):
    collecting = collector(private_httpd("prefork"), "StartServers 4\nMinSpareServers 4\n"
                           'LogFormat "%P" process\nCustomLog logs/access_log process\n')
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda d: correct(collecting, d % 10, path="/small/feedback"),
                                range(16)))
    assert sorted(a.status_code for a in answers) == [201] * 3 + [507] * 13
    assert len(stored(collecting)) == 3
    assert len(set(collecting.log("access_log").split())) > 1  # processes
    full = correct(collecting, path="/small/feedback").json()
    assert full["type"].endswith("feedback-full") and "at most 3" in full["detail"]
    assert correct(collecting).status_code == 201  # elsewhere the default limit holds


def test_digit_train_learns_from_the_folder(collecting, tmp_path):
    train = pathlib.Path(os.environ["DIGIT_MODULE"]).parents[2] / "digit-train"
    if not train.exists():
        pytest.skip(f"there is no {train}")
    for digit in range(10):
        assert correct(collecting, digit, uri(framed())).status_code == 201
    model = tmp_path / "learnt.safetensors"
    done = subprocess.run([train, "--data", collecting.root / "corrections",
                           "--epochs", "1", "--hidden", "16", "--output", model],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert model.exists() and "Epoch 0" in done.stdout


def test_a_half_written_picture_is_never_seen(collecting):
    correct(collecting)
    names = [p.name for p in (collecting.root / "corrections").rglob("*")]
    assert not [n for n in names if n.startswith(".")]


@pytest.mark.parametrize("path", ["/digit/feedback", "/tight/feedback"])
def test_corrections_are_off_unless_asked_for(site, path):
    answer = correct(site, path=path)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:mod-digit:problem:feedback-off"
    assert "DigitFeedbackDir" in answer.json()["detail"]


def test_an_inner_place_can_switch_them_off(collecting):
    assert correct(collecting, path="/off/feedback").status_code == 404
    assert stored(collecting) == []


def test_a_body_that_httpd_refuses_itself_is_answered_once(collecting):
    answer = collecting.raw(b"POST /feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                            b"application/json\r\nSec-Fetch-Site: same-origin\r\n"
                            b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1 ") == 1


def test_a_folder_in_which_none_can_be_made_is_our_fault(collecting):
    (collecting.root / "corrections").chmod(0o555)
    collecting.expect(r"digit:error.*500 internal id [0-9a-f]{16}: .*/7 cannot be made; let httpd's")
    assert correct(collecting).status_code == 500


def test_a_folder_that_cannot_be_written_is_our_fault(private_httpd, mpm):
    collecting = collector(private_httpd(mpm))
    (collecting.root / "corrections" / "7").write_bytes(b"no folder")
    collecting.expect(r"digit:error.*500 internal id [0-9a-f]{16}: .*/7 cannot be written")
    answer = correct(collecting)
    assert answer.status_code == 500
    assert str(collecting.root) not in answer.text
