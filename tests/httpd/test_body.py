# SPDX-License-Identifier: Apache-2.0
"""How bodies are read: limits, chunks, slow and vanishing clients, HTTP/2."""
import json
import pathlib
import re
import socket
import struct
import subprocess
import time

import pytest
import requests

import httpd
from pictures import SAMPLES, form, seven, sized
from weights import constant_model

MIB = 1 << 20


def head(site, length=None, content_type="image/png", path="/digit/curl-api", extra=""):
    length_line = f"Content-Length: {length}\r\n" if length is not None else ""
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
            f"{length_line}{extra}\r\n").encode()


def status_and_body(answer):
    head_part, _, body = answer.partition(b"\r\n\r\n")
    return int(head_part.split()[1]), head_part.decode(), body


def closes(headers):
    return re.search(r"^Connection: (.*, )?close\r?$", headers, re.MULTILINE)


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@pytest.mark.parametrize("content_type,limit", [
    ("image/png", MIB), ("multipart/form-data; boundary=x", MIB + 65536)])
def test_a_length_over_the_limit_is_refused_before_a_byte_is_read(site, content_type, limit):
    started = time.monotonic()
    answer = site.raw(head(site, limit + 1, content_type))  # no body is ever sent
    status, headers, body = status_and_body(answer)
    assert status == 413
    assert closes(headers)
    assert json.loads(body)["type"] == "urn:mod-digit:problem:too-large"
    assert str(limit + 1) in json.loads(body)["detail"]
    assert time.monotonic() - started < 5


def test_a_client_that_waits_for_100_continue_is_refused_without_it(site):
    answer = site.raw(head(site, MIB + 1, extra="Expect: 100-continue\r\n"))
    assert b"100 Continue" not in answer
    assert status_and_body(answer)[0] == 413


def test_chunks_are_counted_and_refused_at_the_limit_and_one_byte(site):
    sent = head(site, extra="Transfer-Encoding: chunked\r\n") + chunk(sized(MIB)) + chunk(b"\0")
    status, headers, _ = status_and_body(site.raw(sent))  # the last chunk never comes
    assert status == 413
    assert closes(headers)


def test_chunks_up_to_the_limit_are_taken(site):
    picture = sized(MIB)
    body = b"".join(chunk(picture[i:i + 70001]) for i in range(0, MIB, 70001)) + b"0\r\n\r\n"
    answer = site.raw(head(site, extra="Transfer-Encoding: chunked\r\nConnection: close\r\n") + body)
    status, _, body = status_and_body(answer)
    assert (status, json.loads(body)["prediction"]) == (200, 7)


def test_a_body_that_comes_byte_by_byte_is_the_same_body(site):
    body, content_type = form(seven())
    request = head(site, len(body), content_type, extra="Connection: close\r\n") + body
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request:
            s.send(bytes([byte]))
        answer = b""
        while block := s.recv(65536):
            answer += block
    assert json.loads(status_and_body(answer)[2])["prediction"] == 7


def counted(site, code):
    text = requests.get(site.url + "/digit/metrics", timeout=10).text
    found = re.search(f'digit_http_requests_total{{handler="curl-api",code="{code}"}} ([0-9]+)', text)
    return int(found[1]) if found else 0


def test_broken_chunks_are_400(site):
    before = counted(site, 400)
    answer = site.raw(head(site, extra="Transfer-Encoding: chunked\r\n") + b"nonsense\r\n")
    status, headers, _ = status_and_body(answer)  # by httpd itself, as it reads the chunk
    assert status == 400
    assert closes(headers)
    assert re.search(r"^X-Request-ID: [0-9a-f]{16}\r$", headers, re.MULTILINE)
    assert "\r\nX-Content-Type-Options: nosniff\r\n" in headers
    assert counted(site, 400) == before + 1


def test_a_slow_body_is_408(site):
    request = head(site, 1000, path="/curl-api") + b"\x89PNG"
    status, _, body = status_and_body(site.raw(request, port="slow_port"))
    assert status == 408
    assert json.loads(body)["type"] == "urn:mod-digit:problem:slow-body"


def test_a_body_that_ends_before_its_length_is_400(site):
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as s:
        s.sendall(head(site, 1000) + bytes(100))
        s.shutdown(socket.SHUT_WR)
        answer = b""
        while block := s.recv(65536):
            answer += block
    status, headers, body = status_and_body(answer)
    assert status == 400
    assert closes(headers)
    assert json.loads(body)["type"] == "urn:mod-digit:problem:broken-body"
    assert json.loads(body)["detail"].startswith("The body could not be read to its end")


def test_a_body_over_limitrequestbody_is_413(site):
    sent = head(site, path="/curl-api", extra="Transfer-Encoding: chunked\r\n") + chunk(bytes(4000))
    status, _, body = status_and_body(site.raw(sent, port="limited_port"))
    assert status == 413
    # httpd refuses some of these itself, before any handler is asked.
    if b"problem" in body:
        assert json.loads(body)["type"] == "urn:mod-digit:problem:too-large"
        assert "3000 bytes" in json.loads(body)["detail"]


def test_a_client_that_vanishes_leaves_the_server_serving(site):
    body, content_type = form(seven())
    request = head(site, len(body), content_type) + body
    for size in range(0, len(request), 13):
        with socket.create_connection(("127.0.0.1", site.port), timeout=10) as s:
            s.sendall(request[:size])
    answer = site.raw(request.replace(b"Host:", b"Connection: close\r\nHost:", 1))
    assert status_and_body(answer)[0] == 200


def test_a_client_that_goes_before_its_answer_is_told_to_the_log(site):
    """Answers that nobody reads fill what the kernel holds for the connection, until it is gone."""
    request = b"GET /digit/static/bootstrap.min.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.connect(("127.0.0.1", site.port))
        s.sendall(request * 90)  # 20 MB of answers
        assert s.recv(1000).startswith(b"HTTP/1.1 200 ")
    deadline = time.monotonic() + 10
    while "the answer could not be sent" not in site.error_log():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(httpd.PRELOAD is not None, reason="a sanitizer ends a process without memory")
def test_a_request_for_which_there_is_no_memory_is_500_and_the_worker_goes_on(
        private_httpd, monkeypatch, tmp_path):
    server = private_httpd("prefork")
    server.write("model.safetensors", constant_model(7))
    server.directives += ("StartServers 1\nMinSpareServers 1\nMaxSpareServers 8\n"
                          "DigitMaxFileSize 64M\nDigitModel model.safetensors\n"
                          "<Location />\nSetHandler digit\n</Location>\n")
    server.start()
    (worker,) = server.workers()
    status = pathlib.Path(f"/proc/{worker}/status").read_text()
    used = int(re.search(r"VmPeak:\s*(\d+) kB", status)[1])
    server.stop()

    # The same with as much address space, and 24 MiB more: for half of the body.
    limited = tmp_path / "limited"
    limited.write_text(f'#!/bin/sh\nulimit -v {used + 24 * 1024}\nexec {httpd.HTTPD} "$@"\n')
    limited.chmod(0o755)
    monkeypatch.setattr(httpd, "HTTPD", limited)
    server.write("logs/error_log", b"")
    server.start()
    before = server.workers()
    server.expect(r"digit:error.*500 internal id [0-9a-f]{16}: out of memory")
    answer = requests.post(server.url + "/curl-api", data=bytes(60 * MIB), timeout=60)
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:mod-digit:problem:internal"
    answer = requests.post(server.url + "/curl-api", data=seven(), timeout=60)
    assert answer.json()["prediction"] == 7
    assert before <= server.workers()


def test_a_refused_path_does_not_wait_for_the_body(site):
    status, headers, _ = status_and_body(site.raw(head(site, MIB, path="/digit/nothing")))
    assert status == 404
    assert closes(headers)


@pytest.fixture
def h2(site):
    if site.mpm == "prefork":
        pytest.skip("mod_http2 does not serve under prefork")

    def curl(*arguments, stdin=None):
        done = subprocess.run(["curl", "-sS", "-i", "--http2-prior-knowledge", *arguments],
                              input=stdin, capture_output=True, timeout=30, check=True)
        headers, _, body = done.stdout.partition(b"\r\n\r\n")
        assert headers.startswith(b"HTTP/2 ")
        return int(headers.split()[1]), headers.decode(), body
    return curl


def test_http2_form_and_page(site, h2):
    status, _, body = h2("-F", f"myfile=@{SAMPLES / '7.png'}", site.url + "/digit/curl-api")
    assert (status, json.loads(body)["prediction"]) == (200, 7)
    status, headers, body = h2(site.url + "/digit/")
    assert status == 200 and b"myfile" in body and "text/html" in headers


def test_http2_raw_without_a_length(site, h2):
    status, _, body = h2("-T", "-", site.url + "/digit/curl-api",
                         stdin=(SAMPLES / "7.png").read_bytes())
    assert (status, json.loads(body)["prediction"]) == (200, 7)


def test_http2_over_the_limit_is_413(site, h2, tmp_path):
    large = tmp_path / "large.png"
    large.write_bytes(sized(MIB + 1))
    status, _, body = h2("--data-binary", f"@{large}", site.url + "/digit/curl-api")
    assert status == 413
    assert json.loads(body)["type"] == "urn:mod-digit:problem:too-large"


def test_http2_head_and_errors(site, h2):
    status, headers, body = h2("-I", site.url + "/digit/")
    assert status == 200 and body == b""
    status, headers, _ = h2(site.url + "/digit/curl-api")
    assert status == 405 and "allow: POST, PUT, OPTIONS" in headers
