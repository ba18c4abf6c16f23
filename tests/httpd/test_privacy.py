# SPDX-License-Identifier: Apache-2.0
"""Nothing of an upload is stored, logged or echoed."""
import base64
import io
import json
import re
import struct
import zlib

import pytest
import requests
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pictures import form, seven, sized
from tensors import binary_request, bytes_tensor, json_request
from weights import constant_model

CANARY = "kAnarienVogel"
IMAGE_DESCRIPTION = 0x010E


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


def exif():
    tags = Image.Exif()
    tags[IMAGE_DESCRIPTION] = CANARY
    return tags.tobytes()


def png_text():
    text = PngInfo()
    text.add_text("Comment", CANARY)
    text.add_itxt("Author", CANARY)
    return text


def canary_in_pixels():
    """Grey, 32×32: a seven on top of which the canary's letters are shades, stored uncompressed."""
    picture = Image.open(io.BytesIO(seven(32)))
    for row in (0, 15, 31):
        for x, shade in enumerate(CANARY.encode()):
            picture.putpixel((x, row), shade)
    pixels = picture.tobytes()

    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content +
                struct.pack(">I", zlib.crc32(kind + content)))
    rows = b"".join(b"\0" + pixels[y * 32:y * 32 + 32] for y in range(32))  # no filter
    header = struct.pack(">IIBBBBB", 32, 32, 8, 0, 0, 0, 0)
    return pixels, (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                    chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))


def marked():
    """(name, file, where the canary ends) of pictures that have it in each place there is."""
    comment = b"\xff\xfe" + (len(CANARY) + 2).to_bytes(2, "big") + CANARY.encode()
    jpeg = seven(64, image_format="JPEG", exif=exif())
    files = {"jpeg-exif": jpeg,
             "jpeg-comment": jpeg[:2] + comment + seven(64, image_format="JPEG")[2:],
             "png-exif": seven(64, exif=exif()),
             "png-text": seven(64, pnginfo=png_text()),
             "png-pixels": canary_in_pixels()[1],
             "gif-comment": seven(64, image_format="GIF", comment=CANARY.encode())}
    for name, content in files.items():
        assert CANARY.encode() in content, name
        yield name, content, content.rindex(CANARY.encode()) + len(CANARY)


def marked_tensors():
    """(body, headers) of inference requests, good ones and one that is refused."""
    pixels, png = canary_in_pixels()
    pixels = pixels[:28 * 28]
    assert CANARY.encode() in pixels
    yield binary_request("pixels", "UINT8", [1, 28, 28], pixels)
    yield binary_request("pixels", "UINT8", [1, 28, 29], pixels)
    yield binary_request("image", "BYTES", [1], bytes_tensor(png))
    yield binary_request("image", "BYTES", [1], bytes_tensor(CANARY.encode() * 9))
    for data in (png, png[:-40], CANARY.encode()):
        yield (json_request("image", "BYTES", [1], [base64.b64encode(data).decode()]),
               {"Content-Type": "application/json"})
    yield json_request("image", "BYTES", [1], [CANARY]), {"Content-Type": "application/json"}
    yield json.dumps({"inputs": CANARY}).encode(), {"Content-Type": "application/json"}


def test_what_a_picture_says_of_itself_is_found_nowhere_even_at_trace8(private_httpd):
    server = private_httpd("event")
    model = server.write("seven.safetensors", constant_model(7))
    server.directives += (f'DigitModel {model}\nLogLevel trace8\n'
                          f'CustomLog {server.root}/logs/access_log "%r %>s %{{Referer}}i"\n'
                          '<Location "/">\nSetHandler digit\n</Location>\n')
    server.start()
    statuses = set()

    def post(path, body, headers):
        answer = requests.post(server.url + path, data=body, headers=headers, timeout=30)
        statuses.add(answer.status_code)
        assert CANARY.encode() not in answer.content, (path, headers)
        assert CANARY not in str(answer.headers), (path, headers)
        assert base64.b64encode(CANARY.encode())[:-4] not in answer.content, (path, headers)
        return answer

    for name, content, end in marked():
        assert post("/curl-api?explain=1", content, {}).status_code == 200, name
        # Whole, cut behind the canary, and damaged behind it.
        for file in (content, content[:end], content[:end] + b"\0" * (len(content) - end)):
            post("/curl-api?explain=1&probabilities=1", file, {"Content-Type": "image/png"})
            body, content_type = form(file, filename=CANARY + ".png")
            for accept in ("text/html", "application/json", "text/plain"):
                post("/", body, {"Content-Type": content_type, "Accept": accept})
    for body, headers in marked_tensors():
        post("/v2/models/digit/infer", body, headers)
    assert statuses >= {200, 400, 422}
    server.stop()
    assert re.search(r":trace[4-8]\]", server.error_log())
    seen = 0
    for path in server.root.rglob("*"):
        if path.is_file():
            seen += 1
            content = path.read_bytes()
            assert CANARY.encode() not in content, path
            assert base64.b64encode(CANARY.encode())[:-4] not in content, path
    assert seen >= 4
