# SPDX-License-Identifier: Apache-2.0
"""Nothing of an upload is stored, logged or echoed."""
import pytest
import requests

from pictures import form, seven, sized

CANARY = "kAnarienVogel"


def files_of(site):
    return {path: path.stat().st_size for path in site.root.rglob("*")
            if path.is_file() and path.parent.name != "logs"}


def test_uploads_are_not_written_to_disk(site):
    before = files_of(site)
    picture = sized(1 << 20) [:-100] + CANARY.encode() * 4
    for accept in ("text/html", "application/json"):
        body, content_type = form(picture, seven(), b"refused", filename=CANARY + ".png")
        answer = requests.post(site.url + "/digit/", data=body, timeout=10,
                               headers={"Content-Type": content_type, "Accept": accept})
        assert answer.status_code == 200
        assert CANARY not in answer.text
    assert files_of(site) == before
    for name in ("error_log", "access_log"):
        assert CANARY not in site.log(name)


@pytest.mark.parametrize("name", [
    "../../../../etc/passwd", "..\\..\\x.php", "<script>alert(1)</script>.png", ".htaccess", "",
    'a\\"b.png', "x" * 5000, "%00", "%n%s", "{{#results}}", "\u00ff\u20ac\U0001f600.png",
])
def test_file_names_are_neither_used_nor_echoed(site, name):
    body, content_type = form(seven(), filename=name + CANARY)
    for accept in ("text/html", "application/json"):
        answer = requests.post(site.url + "/digit/", data=body, timeout=10,
                               headers={"Content-Type": content_type, "Accept": accept})
        assert answer.status_code == 200
        assert CANARY not in answer.text
    assert CANARY not in site.error_log()


def test_a_refused_upload_is_not_quoted_in_the_log(site):
    for body, content_type in [
            (CANARY.encode(), "image/png"),
            form(CANARY.encode()),
            form(seven(), field=CANARY),
            (f"--X\r\n{CANARY}\r\n".encode(), "multipart/form-data; boundary=X"),
            (b"x", f"multipart/form-data; boundary=X; boundary={CANARY}")]:
        answer = requests.post(site.url + "/digit/curl-api", data=body, timeout=10,
                               headers={"Content-Type": content_type})
        assert 400 <= answer.status_code < 500
        assert CANARY not in answer.text
    assert CANARY not in site.error_log()
