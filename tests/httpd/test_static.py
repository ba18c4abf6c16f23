# SPDX-License-Identifier: Apache-2.0
"""The files of the page."""
import pathlib
import re

import pytest
import requests

from httpd import WWW
from weights import constant_model

FILES = [
    ("bootstrap.min.css", "text/css; charset=utf-8"),
    ("digit.css", "text/css; charset=utf-8"),
    ("digit.js", "text/javascript; charset=utf-8"),
    ("samples/0.png", "image/png"),
    ("samples/1.png", "image/png"),
    ("samples/2.png", "image/png"),
    ("samples/3.jpg", "image/jpeg"),
    ("samples/4.png", "image/png"),
    ("samples/5.gif", "image/gif"),
    ("samples/6.png", "image/png"),
    ("samples/7.png", "image/png"),
    ("samples/8.jpg", "image/jpeg"),
    ("samples/9.jpg", "image/jpeg"),
    ("samples/face.png", "image/png"),
]

# Of every file of a folder.
PUT_TOGETHER = {"digit.css": "style", "digit.js": "script"}


@pytest.mark.parametrize("name,content_type", FILES)
def test_a_file_is_served_whole_and_then_by_its_etag(site, name, content_type):
    url = f"{site.url}/digit/static/{name}"
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache"
    if name in PUT_TOGETHER:
        parts = sorted(pathlib.Path(WWW, PUT_TOGETHER[name]).iterdir())
        assert all(part.read_bytes() in answer.content for part in parts)
        assert len(answer.content) == sum(part.stat().st_size for part in parts)
    elif name != "bootstrap.min.css":
        assert answer.content == open(f"{WWW}/{name}", "rb").read()
    etag = answer.headers["ETag"]
    again = requests.get(url, headers={"If-None-Match": etag}, timeout=10)
    assert again.status_code == 304 and again.content == b""
    assert again.headers["ETag"] == etag
    assert again.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch("[0-9a-f]{16}", again.headers["X-Request-ID"])
    changed = requests.get(url, headers={"If-None-Match": '"other"'}, timeout=10)
    assert changed.status_code == 200
    head = requests.head(url, timeout=10)
    assert head.headers["Content-Length"] == str(len(answer.content))


@pytest.mark.parametrize("how", ["AddOutputFilterByType DEFLATE text/css", "SetOutputFilter DEFLATE"])
def test_a_file_that_is_compressed_on_the_way_has_an_etag_too(private_httpd, how):
    server = private_httpd(modules=["filter", "deflate"])
    server.write("model.safetensors", constant_model(7))
    server.directives += (f'DigitModel model.safetensors\n{how}\n'
                          '<Location "/">\nSetHandler digit\n</Location>\n')
    server.start()

    def get(**headers):
        answer = requests.get(server.url + "/static/digit.css", timeout=10,
                              headers={"Accept-Encoding": "gzip", **headers})
        assert answer.headers["Cache-Control"] == "no-cache"
        return answer

    first = get()
    etag = first.headers["ETag"]
    assert first.headers["Content-Encoding"] == "gzip" and etag.endswith('-gzip"')
    for known in (etag, f'"other", W/{etag}', "*"):
        again = get(**{"If-None-Match": known})
        assert again.status_code == 304 and again.content == b""
    assert get(**{"If-None-Match": etag}).headers["ETag"] == etag
    for unknown in ('"other-gzip"', etag.replace("-gzip", "-zip")):
        assert get(**{"If-None-Match": unknown}).status_code == 200


def test_the_page_refers_to_nothing_else_and_to_no_one_else(site):
    page = requests.get(site.url + "/digit/", timeout=10).text
    referred = set(re.findall(r'(?:href|src|action)="([^"]*)"', page))
    allowed = {"./"} | {f"./static/{name}" for name, _ in FILES}
    assert referred <= allowed
    assert {f"./static/{name}" for name, _ in FILES} <= referred
