# SPDX-License-Identifier: Apache-2.0
"""DigitAllowOrigin, and the ids of requests."""
import re

import pytest
import requests

from pictures import seven

APP = "https://app.example.org"


def post(site, path, **headers):
    return requests.post(site.url + path, data=seven(), headers=headers, timeout=10)


def test_no_origin_is_allowed_unless_it_is_named(site):
    answer = post(site, "/digit/curl-api", Origin=APP)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path,origin,allowed", [
    ("/cors/curl-api", APP, APP),
    ("/cors/curl-api", "http://localhost:3000", "http://localhost:3000"),
    ("/cors/curl-api", "https://other.example.org", None),
    ("/cors/curl-api", "https://app.example.org.evil.test", None),
    ("/cors/curl-api", "http://app.example.org", None),
    ("/cors/curl-api", "null", None),
    ("/cors/curl-api", None, None),
    ("/cors/inner/curl-api", APP, APP),  # inherited
    ("/cors/closed/curl-api", APP, None),  # DigitAllowOrigin none
    ("/anyone/curl-api", APP, "*"),
    ("/anyone/curl-api", "null", "*"),
    ("/anyone/curl-api", None, None),
])
def test_named_origins_may_read_answers(site, path, origin, allowed):
    headers = {"Origin": origin} if origin else {}
    answer = post(site, path, **headers)
    assert answer.status_code == 200
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    if "/anyone" not in path:
        assert "Origin" in re.split(", *", answer.headers["Vary"])
    if allowed:
        assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_refusals_can_be_read_too(site):
    answer = requests.post(site.url + "/cors/curl-api", data=b"x", headers={"Origin": APP}, timeout=10)
    assert answer.status_code == 415
    assert answer.headers["Access-Control-Allow-Origin"] == APP


def test_a_preflight_is_told_what_may_be_sent(site):
    headers = {"Origin": APP, "Access-Control-Request-Method": "PUT",
               "Access-Control-Request-Headers": "content-type"}
    answer = requests.options(site.url + "/cors/curl-api", headers=headers, timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, PUT, OPTIONS"
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    headers["Origin"] = "https://other.example.org"
    answer = requests.options(site.url + "/cors/curl-api", headers=headers, timeout=10)
    assert not [h for h in answer.headers if h.startswith("Access-Control")]


def test_corrections_are_for_no_other_origin(site):
    headers = {"Origin": APP, "Access-Control-Request-Method": "POST"}
    for path in ("/cors/feedback", "/anyone/feedback"):
        answer = requests.options(site.url + path, headers=headers, timeout=10)
        assert not [h for h in answer.headers if h.startswith("Access-Control")]


@pytest.mark.parametrize("given", ["a", "7f3c-11.9_~+/=@:", "x" * 128])
def test_a_request_s_id_comes_back_and_is_logged(site, given):
    answer = requests.post(site.url + "/digit/curl-api", data=b"x", timeout=10,
                           headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == given
    assert f"[request {given}]" in site.error_log()


@pytest.mark.parametrize("given", [None, "", "x" * 129, "a b", "a\tb", '"', "<b>", "ä".encode(), "a;b"])
def test_without_a_good_id_the_server_makes_one(site, given):
    headers = {} if given is None else {"X-Request-ID": given}
    ids = {post(site, "/digit/curl-api", **headers).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3 and all(re.fullmatch("[0-9a-f]{16}", i) for i in ids)


@pytest.mark.parametrize("path", ["/digit/", "/digit", "/digit/static/digit.css", "/digit/x",
                                  "/digit/metrics", "/digit/v2/health/live"])
def test_every_answer_has_an_id(site, path):
    answer = requests.get(site.url + path, timeout=10, allow_redirects=False)
    assert answer.headers["X-Request-ID"]


def test_mod_unique_id_s_id_is_taken(private_httpd):
    server = private_httpd(modules=["unique_id"])
    server.directives += ('LogFormat "%{UNIQUE_ID}e" id\nCustomLog logs/access_log id\n'
                          '<Location "/">\nSetHandler digit\n</Location>\n'
                          'DigitModel model.safetensors\n')
    from weights import constant_model
    server.write("model.safetensors", constant_model(3))
    server.start()
    refused = requests.post(server.url + "/curl-api", data=b"hello", timeout=10)
    given = refused.headers["X-Request-ID"]
    assert refused.status_code == 415 and len(given) >= 19
    server.stop()
    assert given in server.log("access_log").split()
    assert re.search(r"415 not-an-image: .*\[request " + re.escape(given) + r"\]",
                     server.error_log())
