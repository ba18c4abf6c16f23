# SPDX-License-Identifier: Apache-2.0
"""The calls of the interface over HTTP/1.1 and HTTP/2, at `/` and at a sub-path, in two vhosts with
two models."""
import json
import re
import struct
import subprocess
import time
import zlib

import pytest

from pictures import blank, form, seven
from tensors import binary_request, bytes_tensor, read_answer

PLACES = [("first.test", "/digit", 7), ("root.test", "", 7), ("eight.test", "", 8)]
SEVERAL, SEVERAL_TYPE = form(seven(), b"no picture", blank(), seven(40))
ONE, ONE_TYPE = form(seven())
TENSOR, TENSOR_HEADERS = binary_request("image", "BYTES", [2], bytes_tensor(seven(), seven(60)))


BROKEN_FORM = ONE[:-9]  # ends before its closing boundary
OTHER_FIELD, _ = form(seven(), field="yourfile")
EMPTY_FILE, _ = form(b"")
# Refused by its header: 5000×5000, behind which there are 28 rows of 28.
HEADER = b"IHDR" + struct.pack(">IIBBBBB", 5000, 5000, 8, 0, 0, 0, 0)
HUGE = seven()[:12] + HEADER + struct.pack(">I", zlib.crc32(HEADER)) + seven()[33:]


def curl(site, http, host, path, *options, body=None):
    """Status, headers by lower-case name, and body, as curl has them."""
    command = ["curl", "-sS", "-i", f"--{http}", "-H", f"Host: {host}", "-H", "Expect:", *options]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run([*command, site.url + path], input=body, capture_output=True, timeout=30,
                          check=True)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0].startswith("HTTP/2" if http == "http2-prior-knowledge" else "HTTP/1.1")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), {k.lower(): v for k, v in headers.items()}, content


@pytest.mark.parametrize("host,mount,digit", PLACES)
@pytest.mark.parametrize("http", ["http1.1", "http2-prior-knowledge"])
def test_the_interface_is_the_same_everywhere(site, mpm, http, host, mount, digit):
    if mpm == "prefork" and http != "http1.1":
        pytest.skip("httpd serves HTTP/2 in threaded MPMs")

    def call(path, *options, body=None):
        status, headers, content = curl(site, http, host, mount + path, *options, body=body)
        assert headers["x-request-id"] and headers["x-content-type-options"] == "nosniff"
        return status, headers, content

    status, headers, content = call("/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b'name="myfile"' in content
    status, _, content = call("/", "-H", f"Content-Type: {ONE_TYPE}", body=ONE)
    assert status == 200 and f"The predicted digit is {digit}".encode() in content
    status, headers, content = call("/curl-api", "-H", f"Content-Type: {ONE_TYPE}", body=ONE)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(content)["prediction"] == digit
    assert headers["cache-control"] == "no-store"
    status, _, content = call("/curl-api?probabilities=1&explain=1", body=seven())
    answer = json.loads(content)
    assert len(answer["probabilities"]) == 10
    assert answer["receipt"]["picture"].startswith("data:image/png;base64,")
    status, _, content = call("/curl-api", "-H", f"Content-Type: {SEVERAL_TYPE}", body=SEVERAL)
    predictions = json.loads(content)["predictions"]
    assert [p.get("prediction", p.get("status")) for p in predictions] == [digit, 415, 422, digit]
    status, headers, content = call("/curl-api", "-H", "Accept: text/plain", body=seven())
    assert content == f"{digit}\n".encode()

    for body, wanted in ((b"", 400), (b"hello", 415), (blank(), 422), (seven()[:-30], 422)):
        status, headers, content = call("/curl-api", body=body)
        assert (status, headers["content-type"]) == (wanted, "application/problem+json")
        assert json.loads(content)["message"].startswith("Error: ")
    for body, kind, wanted in ((BROKEN_FORM, "broken-form", 400), (OTHER_FIELD, "no-picture", 400),
                               (EMPTY_FILE, "empty-file", 400), (seven(11), "edge-too-small", 422),
                               (HUGE, "too-many-pixels", 422)):
        status, _, content = call("/curl-api", "-H", f"Content-Type: {ONE_TYPE}", body=body)
        problem = json.loads(content)
        assert (status, problem["type"]) == (wanted, "urn:mod-digit:problem:" + kind), problem
    status, headers, _ = call("/curl-api", "-X", "DELETE")
    assert (status, headers["allow"]) == (405, "POST, PUT, OPTIONS")
    assert call("/nothing")[0] == 404
    assert call("/curl-api", body=bytes(2 << 20))[0] == 413
    status, headers, content = call("/v2", "-X", "OPTIONS")
    assert (status, headers["allow"], content) == (204, "GET, HEAD, OPTIONS", b"")
    status, headers, content = call("/openapi.json", "-I")
    assert status == 200 and int(headers["content-length"]) > 10000 and content == b""
    assert call("/openapi.json", "-H", f"If-None-Match: {headers['etag']}")[0] == 304

    for path in ("/v2/health/live", "/v2/health/ready", "/v2", "/v2/models/digit"):
        status, headers, content = call(path)
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(content)
    status, headers, content = call("/metrics")
    assert status == 200 and b"\ndigit_http_requests_total{" in content
    options = [o for k, v in TENSOR_HEADERS.items() for o in ("-H", f"{k}: {v}")]
    status, headers, content = call("/v2/models/digit/infer", *options, body=TENSOR)
    headers = {"Inference-Header-Content-Length": headers["inference-header-content-length"]}
    assert read_answer(headers, content)[1]["digit"] == [digit, digit]
    assert call("/v2/models/digit/infer", body=b"{}")[0] == 400
    status, headers, content = call("/feedback", body=b"{}")
    assert status == 404 and json.loads(content)["type"].endswith("feedback-off")


@pytest.mark.parametrize("http", ["http1.1", "http2-prior-knowledge"])
def test_server_status_and_the_access_log_tell_of_requests(site, mpm, http):
    if mpm == "prefork" and http != "http1.1":
        pytest.skip("httpd serves HTTP/2 in threaded MPMs")

    def sevens():
        status, _, content = curl(site, http, "first.test", "/server-status?auto")
        assert status == 200
        return int(re.search(rb"^DigitPredicted7: ([0-9]+)$", content, re.MULTILINE)[1])

    before, logged = sevens(), len(site.log("access_log"))
    curl(site, http, "first.test", "/digit/curl-api", body=seven())
    curl(site, http, "first.test", "/digit/curl-api", body=blank())
    assert sevens() == before + 1
    wanted = {"200 7 0.9428 /digit/curl-api", "422 - - /digit/curl-api"}
    for _ in range(100):  # httpd logs after it has answered
        if wanted <= set(site.log("access_log")[logged:].splitlines()):
            return
        time.sleep(0.05)
    raise AssertionError(site.log("access_log")[logged:])
