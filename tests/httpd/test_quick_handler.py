# SPDX-License-Identifier: Apache-2.0
"""DigitQuickHandler: the same answers without looking for a file, and who still has a say."""
import os
import re
import time

import pytest
import requests

from httpd import Httpd
from pictures import blank, form, seven
from tensors import json_request

MODEL = os.environ["DIGIT_MODEL"]
# Forms of one picture, several and none; every kind of answer; what is refused.
BODY, TYPE = form(seven())
REQUESTS = [
    ("GET", "/digit/", None, {}),
    ("HEAD", "/digit/", None, {}),
    ("GET", "/digit", None, {}),
    ("GET", "/digit?x=1", None, {}),
    ("GET", "/digit/static/digit.css", None, {}),
    ("GET", "/digit/nothing", None, {}),
    ("GET", "/digitized", None, {}),
    ("OPTIONS", "/digit/curl-api", None, {}),
    ("OPTIONS", "/digit/curl-api", None, {"Origin": "http://other.test",
                                          "Access-Control-Request-Method": "POST"}),
    ("TRACE", "/digit/curl-api", None, {}),
    ("PUT", "/digit/curl-api", seven(), {}),
    ("POST", "/digit/curl-api", seven(), {"Content-Type": "image/png"}),
    ("POST", "/digit/curl-api", BODY, {"Content-Type": TYPE}),
    ("POST", "/digit/curl-api?probabilities=1&explain=1", BODY, {"Content-Type": TYPE}),
    ("POST", "/digit/curl-api", BODY, {"Content-Type": TYPE, "Accept": "text/plain"}),
    ("POST", "/digit/", BODY, {"Content-Type": TYPE}),
    ("POST", "/digit/curl-api", blank(), {}),
    ("POST", "/digit/curl-api", b"no picture", {}),
    ("POST", "/digit/curl-api", b"", {}),
    ("POST", "/digit/curl-api", b"x" * 2_000_000, {}),
    ("POST", "/digit/%63url-api", seven(), {}),
    ("POST", "/digit//curl-api", seven(), {}),
    ("POST", "/digit/./curl-api", seven(), {}),
    ("POST", "/other/../digit/curl-api", seven(), {}),
    ("POST", "/digit/curl-api/../../secret.txt", seven(), {}),
    ("GET", "/digit/other/", None, {}),
    ("GET", "/digit/v2/health/ready", None, {}),
    ("GET", "/digit/v2", None, {}),
    ("POST", "/digit/v2/models/digit/infer",
     json_request("image", "UINT8", [1, 784], [0] * 784), {}),
]
# As Debian configures what lies outside of /var/www.
FOLDERS_DENIED = f"""
    DigitModel {MODEL}
    <Directory />
        Require all denied
    </Directory>
    <Location />
        SetHandler digit
    </Location>
    """
# What differs from one server or request to the next.
ITS_OWN = ("Date", "X-Request-ID", "Server-Timing")


def placed(server, quick):
    os.utime(server.write("htdocs/secret.txt", b"a file"), (1e9, 1e9))  # its ETag
    server.directives += f"""
        DigitModel {MODEL}
        <Location /digit>
            SetHandler digit
            DigitQuickHandler {quick}
            Header set X-Place digit
        </Location>
        <Location /digit/other>
            SetHandler none
        </Location>
        CustomLog logs/access_log "%s %{{DIGIT_PREDICTION}}e %U"
        """
    return server


def told(server, method, path, body, headers):
    """An answer without what is its own. Sent as it stands, for requests would mend the path."""
    prepared = requests.Request(method, server.url, data=body, headers=headers).prepare()
    prepared.url = server.url + path
    answer = requests.Session().send(prepared, timeout=20, allow_redirects=False)
    content = answer.content.replace(str(server.port).encode(), b"PORT")
    content = re.sub(rb" Read( together)? in [^ ]*ms\.", b"", content)
    own = answer.headers.get("X-Request-ID", "none").encode()
    headers = {name: value for name, value in answer.headers.items() if name not in ITS_OWN}
    headers.pop("Content-Length", None)  # of what names the port
    return answer.status_code, headers, content.replace(own, b"ID")


@pytest.fixture(name="two", scope="module")
def two_servers():
    """The same server with and without."""
    quick, ordinary = (placed(Httpd("event", modules=["headers"]), on) for on in ("On", "Off"))
    with quick.running(), ordinary.running():
        yield quick, ordinary


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: f"{r[0]} {r[1]}")
def test_every_answer_is_the_same_as_without(two, request_):
    quick, ordinary = (told(server, *request_) for server in two)
    for server in two:
        server.expect(".")  # whatever either says of a refusal
    assert quick == ordinary
    assert quick[0] != 500


def test_it_is_logged_and_counted_as_ever(two):
    for server in two:
        before, lines = counted(server), logged(server)
        requests.post(server.url + "/digit/curl-api", data=seven(), timeout=10)
        assert counted(server) == before + 1
        deadline = time.monotonic() + 10  # httpd answers before it logs
        while logged(server) <= lines:
            assert time.monotonic() < deadline, server.log("access_log")


def logged(server):
    return server.log("access_log").splitlines().count("200 7 /digit/curl-api")


def counted(server):
    text = requests.get(server.url + "/digit/metrics", timeout=10).text
    return sum(float(line.split()[-1]) for line in text.splitlines()
               if line.startswith("digit_predictions_total"))


def status_of(server, path="/curl-api", **more):
    return requests.post(server.url + path, data=seven(), timeout=10, **more).status_code


@pytest.mark.parametrize("quick,status", [("On", 200), ("Off", 403)])
def test_a_directory_has_no_say_with_it(private_httpd, quick, status):
    server = private_httpd()
    server.directives += f"{FOLDERS_DENIED}DigitQuickHandler {quick}\n"
    server.start()
    if status == 403:
        server.expect("AH01630")
    assert status_of(server) == status


def test_a_location_has_its_say(private_httpd):
    server = private_httpd(modules=["authn_core", "auth_basic", "authn_file", "authz_host",
                                    "authz_user"])
    # "secret", by htpasswd's SHA-1.
    server.write("users", b"ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    server.directives += f"""
        DigitModel {MODEL}
        DigitQuickHandler On
        <Location />
            SetHandler digit
        </Location>
        <Location /denied>
            Require all denied
        </Location>
        <Location /far>
            Require ip 192.0.2.1
        </Location>
        <Location /password>
            AuthType Basic
            AuthName digits
            AuthUserFile {{root}}/users
            Require valid-user
        </Location>
        <Location /password/none>
            DigitQuickHandler Off
        </Location>
        """
    server.directives = server.formatted(server.directives)
    server.start()
    server.expect("AH01630|AH01617|AH01618|404 ")
    assert status_of(server) == 200
    assert status_of(server, "/denied/curl-api") == 403
    assert status_of(server, "/far/curl-api") == 403
    for place in ("/password", "/password/none"):
        assert status_of(server, place + "/curl-api") == 401
        assert status_of(server, place + "/curl-api", auth=("ann", "wrong")) == 401
        # Nothing is there, but it is the module that says so.
        assert status_of(server, place + "/curl-api", auth=("ann", "secret")) == 404
    server.expect("AH01630|AH01617|AH01618|404 ")


def test_a_vhost_may_switch_it_on_for_itself(private_httpd):
    server = private_httpd()
    server.directives += FOLDERS_DENIED + """
        <VirtualHost *>
            ServerName ordinary.test
        </VirtualHost>
        <VirtualHost *>
            ServerName quick.test
            DigitQuickHandler On
        </VirtualHost>
        """
    server.start()
    server.expect("AH01630")
    assert status_of(server, headers={"Host": "ordinary.test"}) == 403
    assert status_of(server, headers={"Host": "quick.test"}) == 200


def test_it_is_refused_where_it_would_have_no_effect(private_httpd):
    server = private_httpd()
    server.directives += "<Directory />\nDigitQuickHandler On\n</Directory>\n"
    status, told_of_it = server.configtest()
    assert status != 0 and "DigitQuickHandler cannot occur within <Directory>" in told_of_it
