# SPDX-License-Identifier: Apache-2.0
"""DigitMaxLargeDecodes: what needs much memory is decoded so many at a time, and the rest is told
to come again."""
import concurrent.futures
import io

import pytest
import requests
from PIL import Image

from pictures import seven
from test_errors import assert_problem
from weights import constant_model


@pytest.fixture
def one_at_a_time(private_httpd):
    server = private_httpd("event")
    model = server.write("seven.safetensors", constant_model(7))
    server.directives += (f'DigitModel {model}\nDigitMaxLargeDecodes 1\n<Location "/">\n'
                          "SetHandler digit\n</Location>\n")
    server.start()
    return server


def large():
    """A progressive JPEG of 12 megapixels, whose coefficients are all held until its last scan."""
    picture = Image.effect_noise((400, 300), 60).resize((4000, 3000)).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=30, progressive=True)
    return out.getvalue()


def test_a_large_picture_beyond_the_count_is_503_and_served_later(one_at_a_time):
    picture = large()
    assert len(picture) < 1 << 20

    def post(body):
        return requests.post(one_at_a_time.url + "/curl-api", data=body, timeout=60,
                             headers={"Content-Type": "image/jpeg"})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            answers = list(pool.map(post, [picture] * 8))
            busy = [answer for answer in answers if answer.status_code == 503]
            assert len(busy) < 8
            if busy:
                break
    assert busy, "eight at a time were never too many"
    for answer in busy:
        assert "as many such pictures" in assert_problem(answer, 503, "busy")["detail"]
        assert int(answer.headers["Retry-After"]) > 0
    assert post(seven()).status_code == 200
    assert post(picture).status_code != 503
