# SPDX-License-Identifier: Apache-2.0
"""DigitSkipFileLookup and DigitQuickHandler: the same answers without looking for a file, and who
still has a say."""
import os
import re
import time

import pytest
import requests

from httpd import Httpd
from pictures import blank, form, seven
from tensors import json_request

MODEL = os.environ["DIGIT_MODEL"]
SHORTCUTS = ("DigitSkipFileLookup", "DigitQuickHandler")
# Forms of one picture, several and none; every kind of answer; what is refused.
BODY, TYPE = form(seven())
REQUESTS = [
    ("GET", "/digit/", None, {}),
    ("HEAD", "/digit/", None, {}),
    ("GET", "/digit", None, {}),
    ("GET", "/digit?x=1", None, {}),
    ("GET", "/digit/static/digit.css", None, {}),
    ("GET", "/digit/nothing", None, {}),
    ("GET", "/digit/nothing.asis", None, {}),
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


def placed(server, shortcut):
    server.write("mime.types", b"")
    os.utime(server.write("htdocs/secret.txt", b"a file"), (1e9, 1e9))  # its ETag
    server.directives += f"""
        DigitModel {MODEL}
        <Location /digit>
            SetHandler digit
            {shortcut}
            Header set X-Place digit
            Options +MultiViews
        </Location>
        TypesConfig mime.types
        AddHandler send-as-is asis
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


@pytest.fixture(name="two", scope="module", params=SHORTCUTS)
def two_servers(request):
    """The same server with and without."""
    short, ordinary = (placed(Httpd("event", modules=["headers", "mime", "negotiation"]),
                              f"{request.param} {on}") for on in ("On", "Off"))
    with short.running(), ordinary.running():
        yield short, ordinary


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: f"{r[0]} {r[1]}")
def test_every_answer_is_the_same_as_without(two, request_):
    short, ordinary = (told(server, *request_) for server in two)
    for server in two:
        server.expect(".")  # whatever either says of a refusal
    assert short == ordinary
    assert short[0] != 500


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


@pytest.mark.parametrize("on,status", [("On", 200), ("Off", 403)])
@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_a_directory_has_no_say_with_it(private_httpd, shortcut, on, status):
    server = private_httpd()
    server.directives += f"{FOLDERS_DENIED}{shortcut} {on}\n"
    server.start()
    if status == 403:
        server.expect("AH01630")
    assert status_of(server) == status


def test_only_a_file_lookup_finds_htaccess_and_files(private_httpd):
    server = private_httpd(modules=["authz_host"])
    server.write("htdocs/htaccess/.htaccess", b"Require all denied\n")
    server.directives += server.formatted(f"""
        DigitModel {MODEL}
        <Directory {{root}}/htdocs>
            AllowOverride All
        </Directory>
        <Files denied>
            Require all denied
        </Files>
        <Location />
            SetHandler digit
        </Location>
        <Location /short>
            DigitSkipFileLookup On
        </Location>
        <LocationMatch ^/htaccess/by[a-z]+>
            DigitSkipFileLookup On
        </LocationMatch>
        """)
    server.start()
    server.expect("AH01630|404 ")
    for path in ("/denied", "/htaccess/nothing"):
        assert status_of(server, path) == 403
    for path in ("/short/denied", "/htaccess/bypattern"):
        assert status_of(server, path) == 404  # by the module


def test_rewrites_aliases_and_conditions_have_their_say(private_httpd):
    """Of DigitSkipFileLookup; DigitQuickHandler comes before them."""
    server = private_httpd(modules=["rewrite", "alias", "setenvif", "headers"])
    server.directives += f"""
        DigitModel {MODEL}
        RewriteEngine On
        RewriteRule ^/old/(.*) /digit/$1 [PT]
        Redirect 307 /moved /digit
        SetEnvIf X-Colour (.+) COLOUR=$1
        <Location /digit>
            SetHandler digit
            DigitSkipFileLookup On
            Header set X-Colour %{{COLOUR}}e
        </Location>
        <If "%{{HTTP:X-Stop}} == '1'">
            Require all denied
        </If>
        """
    server.start()
    assert status_of(server, "/old/curl-api") == 200
    assert status_of(server, "/moved/curl-api") == 200
    answer = requests.post(server.url + "/digit/curl-api", data=seven(), timeout=10,
                           headers={"X-Colour": "blue"})
    assert answer.headers["X-Colour"] == "blue"
    assert status_of(server, "/digit/curl-api", headers={"X-Stop": "1"}) == 403
    server.expect("AH01630")


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_what_a_location_adds_is_added_once_after_a_redirect(private_httpd, shortcut):
    server = private_httpd(modules=["headers"])
    server.directives += f"""
        DigitModel {MODEL}
        {shortcut} On
        <Location />
            SetHandler digit
            Header always add X-Added once
        </Location>
        <Location /metrics>
            Require all denied
        </Location>
        ErrorDocument 403 /v2/health/live
        """
    server.start()
    answer = requests.get(server.url + "/metrics", timeout=10)
    server.expect("AH01630")
    assert "live" in answer.text
    assert answer.headers["X-Added"] == "once"


def test_a_condition_on_a_file_still_asks_its_directory(private_httpd):
    """mod_rewrite's -F is a sub-request for a file that has no URL."""
    server = private_httpd(modules=["rewrite"])
    server.write("private/secret", b"a file")
    server.directives += server.formatted(f"""
        DigitModel {MODEL}
        SetHandler digit
        DigitSkipFileLookup On
        <Directory {{root}}/private>
            Require all denied
        </Directory>
        RewriteEngine On
        RewriteCond {{root}}/private/secret -F
        RewriteRule ^/probe http://found.test/ [R]
        RewriteCond {{root}}/httpd.conf -F
        RewriteRule ^/control http://found.test/ [R]
        """)
    server.start()
    server.expect("AH01630|404 ")
    found = {path: requests.get(server.url + path, timeout=10, allow_redirects=False).status_code
             for path in ("/probe", "/control")}
    assert found == {"/probe": 404, "/control": 302}


def test_a_condition_s_handler_is_asked_what_the_folder_says(private_httpd):
    """Where <If> sets another handler, <Directory> has its say, which it has not for this one."""
    server = private_httpd(modules=["dir", "autoindex", "mime"])
    server.write("mime.types", b"")
    server.write("htdocs/secret.txt", b"a file")
    server.directives += f"""
        DigitModel {MODEL}
        TypesConfig mime.types
        <Location />
            SetHandler digit
            DigitSkipFileLookup On
            Options +Indexes
        </Location>
        <Directory "{server.root}/htdocs">
            Require all denied
        </Directory>
        <If "%{{HTTP:X-Other}} == '1'">
            SetHandler none
        </If>
        """
    server.start()
    assert "myfile" in requests.get(server.url + "/", timeout=10).text
    answer = requests.get(server.url + "/", timeout=10, headers={"X-Other": "1"})
    server.expect("AH01630")
    assert "secret" not in answer.text and answer.status_code == 403


def test_a_condition_may_set_this_handler(private_httpd):
    server = private_httpd()
    server.directives += f"""
        DigitModel {MODEL}
        DigitSkipFileLookup On
        <Directory "{server.root}/htdocs">
            Require all denied
        </Directory>
        <If "%{{HTTP:X-Digit}} == '1'">
            SetHandler digit
        </If>
        """
    server.start()
    assert status_of(server, headers={"X-Digit": "1"}) == 200
    server.expect("AH01630")
    assert status_of(server) == 403


def test_other_handlers_files_are_still_looked_for(private_httpd):
    server = private_httpd()
    server.write("htdocs/file.txt", b"a file")
    server.directives += server.formatted(f"""
        DigitModel {MODEL}
        DigitSkipFileLookup On
        SetHandler digit
        <Location /file.txt>
            SetHandler none
        </Location>
        """)
    server.start()
    assert requests.get(server.url + "/file.txt", timeout=10).text == "a file"
    assert status_of(server) == 200


def test_a_place_is_left_by_a_rewrite(private_httpd):
    """What was merged for the URL of before is not what counts for the one of after."""
    server = private_httpd(modules=["rewrite"])
    server.write("htdocs/file.txt", b"a file")
    server.directives += server.formatted(f"""
        DigitModel {MODEL}
        DigitSkipFileLookup On
        SetHandler digit
        RewriteEngine On
        RewriteRule ^/digit/file$ /file.txt [PT]
        <Location /file.txt>
            SetHandler none
        </Location>
        """)
    server.start()
    assert requests.get(server.url + "/digit/file", timeout=10).text == "a file"
    assert status_of(server) == 200


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_a_location_has_its_say(private_httpd, shortcut):
    server = private_httpd(modules=["authn_core", "auth_basic", "authn_file", "authz_host",
                                    "authz_user"])
    # "secret", by htpasswd's SHA-1.
    server.write("users", b"ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    server.directives += f"""
        DigitModel {MODEL}
        {shortcut} On
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
            {shortcut} Off
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


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_a_vhost_may_switch_it_on_for_itself(private_httpd, shortcut):
    server = private_httpd()
    server.directives += FOLDERS_DENIED + f"""
        <VirtualHost *>
            ServerName ordinary.test
        </VirtualHost>
        <VirtualHost *>
            ServerName short.test
            {shortcut} On
        </VirtualHost>
        """
    server.start()
    server.expect("AH01630")
    assert status_of(server, headers={"Host": "ordinary.test"}) == 403
    assert status_of(server, headers={"Host": "short.test"}) == 200


@pytest.mark.parametrize("section", ["Location /", "LocationMatch ^/c", "Location /curl-api"])
@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_what_stands_outside_of_a_vhost_holds_in_it(private_httpd, shortcut, section):
    server = private_httpd()
    server.directives += FOLDERS_DENIED + f"""
        <{section}>
            {shortcut} On
        </{section.split()[0]}>
        <VirtualHost *>
            ServerName inner.test
        </VirtualHost>
        """
    server.start()
    assert status_of(server, headers={"Host": "inner.test"}) == 200


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_it_is_refused_where_it_would_have_no_effect(private_httpd, shortcut):
    server = private_httpd()
    server.directives += f"<Directory />\n{shortcut} On\n</Directory>\n"
    status, told_of_it = server.configtest()
    assert status != 0 and f"{shortcut} cannot occur within <Directory>" in told_of_it
