# SPDX-License-Identifier: Apache-2.0
"""The error table of API.md: each case, its status, and the one object that every client gets."""
import pytest
import requests

from pictures import SAMPLES, blank, form, seven, sized

PNG = (SAMPLES / "7.png").read_bytes()
JPEG = (SAMPLES / "3.jpg").read_bytes()
GIF = (SAMPLES / "5.gif").read_bytes()


def assert_problem(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:mod-digit:problem:" + kind
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"] == problem["error"]
    assert problem["message"] == "Error: " + problem["detail"]
    return problem


def post(site, body, content_type="application/octet-stream", path="/digit/curl-api", **headers):
    return requests.post(site.url + path, data=body, timeout=10,
                         headers={"Content-Type": content_type, **headers})


@pytest.mark.parametrize("method,path,allow", [
    ("GET", "/digit/curl-api", "POST, PUT, OPTIONS"),
    ("DELETE", "/digit/curl-api", "POST, PUT, OPTIONS"),
    ("DELETE", "/digit/", "GET, HEAD, POST, OPTIONS"),
    ("PUT", "/digit/", "GET, HEAD, POST, OPTIONS"),
    ("PROPFIND", "/digit", "GET, HEAD, POST, OPTIONS"),
    ("POST", "/digit/static/digit.css", "GET, HEAD, OPTIONS"),
])
def test_a_wrong_method_is_405_and_told_the_right_ones(site, method, path, allow):
    answer = requests.request(method, site.url + path, timeout=10,
                              headers={"Accept": "application/json"})
    assert_problem(answer, 405, "wrong-method")
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize("path", [
    "/digit/x", "/digit/curl-api/", "/digit/static/", "/digit/static/x.css", "/digit/static",
    "/digit/static/page.mustache", "/digit/static/%2e%2e/page.mustache", "/digit/v2/",
    "/digit/static/samples/7.png/x",
])
def test_an_unknown_path_is_404(site, path):
    assert_problem(requests.get(site.url + path, timeout=10, headers={"Accept": "*/*"}), 404,
                   "unknown-path")


@pytest.mark.parametrize("body,content_type,found", [
    (form(seven())[0], "multipart/form-data", "states no boundary"),
    (form(seven())[0], "multipart/form-data; boundary=" + "a" * 71, "71 characters; at most 70"),
    (form(seven())[0], "multipart/form-data; boundary=other", "does not occur"),
    (form(seven())[0].replace(b"\r\n", b"\n"), form()[1], "do not end in CRLF"),
    (form(seven())[0][:-9], form()[1], "ends before its closing boundary"),
    (form(seven())[0].replace(b"form-data", b"attachment"), form()[1], "other than form-data"),
    (form(*[b""] * 129)[0], form()[1], "more than 128 parts"),
    (form(seven(), filename="x" * 9000)[0], form()[1], "more than 8192 bytes of headers"),
])
def test_a_broken_form_is_400(site, body, content_type, found):
    assert found in assert_problem(post(site, body, content_type), 400, "broken-form")["detail"]


def test_a_form_without_the_field_is_400(site):
    body, content_type = form(seven(), field="yourfile")
    problem = assert_problem(post(site, body, content_type), 400, "no-picture")
    assert '"myfile"' in problem["detail"]


def test_no_body_is_400(site):
    assert_problem(post(site, b""), 400, "no-picture")


def test_an_empty_file_is_400(site):
    body, content_type = form(b"")
    assert_problem(post(site, body, content_type), 400, "empty-file")


def test_a_file_over_the_limit_is_413(site):
    body, content_type = form(sized((1 << 20) + 1))
    problem = assert_problem(post(site, body, content_type), 413, "too-large")
    assert "1048577" in problem["detail"] and "1048576" in problem["detail"]


def test_a_file_at_the_limit_is_taken(site):
    body, content_type = form(sized(1 << 20))
    assert post(site, body, content_type).json()["prediction"] == 7


@pytest.mark.parametrize("body", [b"hello", b"BM" + bytes(100), b"RIFF\0\0\0\0WEBPVP8 ", b"%PDF-1.7"])
def test_what_is_no_png_jpeg_or_gif_is_415(site, body):
    answer = post(site, body, "image/png")
    assert_problem(answer, 415, "not-an-image")
    assert answer.headers["Accept"] == "image/png, image/jpeg, image/gif"


@pytest.mark.parametrize("body", [PNG[:-40], JPEG[:2000], GIF[:400]], ids=["PNG", "JPEG", "GIF"])
def test_a_truncated_picture_is_422(site, body):
    assert_problem(post(site, body), 422, "truncated-image")


@pytest.mark.parametrize("body", [
    PNG[:60] + bytes([PNG[60] ^ 255]) + PNG[61:],
    PNG[:8] + b"\0\0\0\x0dIHDR" + bytes(17) + PNG[33:],
], ids=["checksum", "header"])
def test_a_broken_picture_is_422(site, body):
    assert_problem(post(site, body), 422, "broken-image")


@pytest.mark.parametrize("size", [(11, 30), (30, 11), (1, 1)])
def test_an_edge_that_is_too_short_is_422(site, size):
    problem = assert_problem(post(site, seven(*size)), 422, "edge-too-small")
    assert "12" in problem["detail"]  # the limit that the server's configuration states


def test_an_edge_of_ten_pixels_is_the_shortest_where_nothing_else_is_said(shipped):
    url = shipped.url + "/curl-api"
    for size in ((9, 40), (40, 9)):
        answer = requests.post(url, data=seven(*size), timeout=10)
        problem = assert_problem(answer, 422, "edge-too-small")
        assert "10" in problem["detail"] and "9" in problem["detail"]
    assert requests.post(url, data=seven(10), timeout=10).status_code == 200


def test_too_many_pixels_are_422(site):
    picture = seven(4200, 4200)
    problem = assert_problem(post(site, picture), 422, "too-many-pixels")
    assert "4200" in problem["detail"]


def test_a_blank_picture_is_422(site):
    assert_problem(post(site, blank()), 422, "blank-image")


def test_html_and_text_clients_get_the_same_sentence(site):
    sentence = post(site, b"hello", Accept="application/json").json()["message"]
    text = post(site, b"hello", Accept="text/plain")
    assert text.status_code == 415
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text.text == sentence + "\n"
    html = post(site, b"hello", Accept="text/html")
    assert html.status_code == 415
    assert html.headers["Content-Type"] == "text/html; charset=utf-8"
    assert sentence in html.text


def test_the_page_under_an_unknown_path_still_finds_its_files(site):
    html = requests.get(site.url + "/digit/no/such/page", timeout=10,
                        headers={"Accept": "text/html"})
    assert html.status_code == 404
    assert 'href="../../static/digit.css"' in html.text


def test_a_client_s_fault_is_logged_as_information_with_its_reason(site):
    post(site, b"hello")
    assert "[digit:info]" in site.error_log()
    assert "415 not-an-image: " in site.error_log()


def test_without_a_model_the_answer_is_503(private_httpd, mpm):
    server = private_httpd(mpm, modules=["rewrite"])
    server.directives += "RewriteEngine On\nRewriteRule ^/rewritten - [H=digit]\n"
    server.start()
    server.expect(r"digit:error.*503 model-not-ready: .*DigitModel")
    server.expect(r"digit:error.*503 model-not-ready: .*DigitPageDir")
    answer = requests.post(server.url + "/rewritten/curl-api", data=seven(), timeout=10)
    assert_problem(answer, 503, "model-not-ready")
    assert int(answer.headers["Retry-After"]) > 0
    page = requests.get(server.url + "/rewritten/", timeout=10)
    assert page.status_code == 503 and page.text.startswith("Error: ")
