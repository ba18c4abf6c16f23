# SPDX-License-Identifier: Apache-2.0
"""Every example of conf/ passes configtest and does what its comments say."""
import os
import re
import socket
import ssl
import subprocess
import textwrap

import pytest
import requests

import examples
from certificate import self_signed
from httpd import free_port
from pictures import form, seven
from tensors import largest_request
from weights import constant_model

pytestmark = pytest.mark.skipif(not examples.MODS_AVAILABLE.is_dir(),
                                reason="the examples are for Debian's and Ubuntu's apache2")


@pytest.fixture
def host(private_httpd):
    """A server with Debian's modules, and a digit for an answer."""
    server = private_httpd()
    server.write("mime.types", b"")  # where mod_mime looks for them in this ServerRoot
    server.write("seven.safetensors", constant_model(7))
    server.write("eight.safetensors", constant_model(8))
    return server


def prediction(url, host="digit.example.org", **options):
    answer = requests.post(url + "/curl-api", data=seven(), timeout=10,
                           headers={"Host": host}, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()["prediction"]


def test_five_lines_of_vhost_serve(host):
    readme = (examples.CONF.parent / "README.md").read_text()
    block, = re.findall(r"^    <VirtualHost.*?^    </VirtualHost>$", readme, re.M | re.S)
    lines = textwrap.dedent(block).splitlines()
    assert len(lines) == 5
    example = (examples.CONF / "vhost.conf.example").read_text()
    assert [line for line in example.splitlines() if line in lines] == lines
    examples.take_text(host, "README.md", "\n".join(lines), {"*:80": f"*:{host.port}"})
    host.directives = f"DigitModel {host.root}/seven.safetensors\n" + host.directives
    host.start()
    assert prediction(host.url) == 7
    assert "myfile" in requests.get(host.url + "/", timeout=10).text


# Ten seconds are long for a test; that the one second takes effect shows that the ten would.
IMPATIENT = {"body=10,MinRate=1000": "body=1,MinRate=1000"}


@pytest.mark.parametrize("example", ["vhost.conf.example", "vhost-proxied.conf.example"])
def test_slow_clients_are_answered_408(host, example):
    places = {"*:80": f"*:{host.port}"}
    if "proxied" in example:
        places["127.0.0.1:8081"] = f"127.0.0.1:{free_port()}"
        host.expect("proxy:error.*AH02608: read request body failed")
        host.expect("proxy_http:error.*AH10154: pass request body failed")
    examples.take(host, example, {**places, **IMPATIENT})
    host.directives = f"DigitModel {host.root}/seven.safetensors\n" + host.directives
    host.start()
    assert prediction(host.url) == 7
    answer = host.raw(UNFINISHED)
    assert answer.startswith(b"HTTP/1.1 408 "), answer


UNFINISHED = (b"POST /curl-api HTTP/1.1\r\nHost: digit.example.org\r\nContent-Type: image/png\r\n"
              b"Content-Length: 1000\r\n\r\nbegun")


def test_every_directive_of_digit_conf_may_be_uncommented(host):
    text = (examples.CONF / "digit.conf").read_text()
    commented = re.findall(r"^ *#((?:Digit|LogFormat)\w* .*)$", text, re.M)
    assert len(commented) >= 7
    for line in commented:
        if not line.startswith(("DigitModel ", "DigitPageDir ")):  # files that `make install` puts
            host.directives += line + "\n"
    assert host.configtest() == (0, "Syntax OK\n")


@pytest.fixture
def tls(host):
    host.add_listener("tls_port")
    folder = self_signed(host, "digit.example.org")
    # "secret" as `openssl passwd -apr1 -salt example secret` writes it.
    encrypted = subprocess.run(["openssl", "passwd", "-apr1", "secret"], check=True,
                               capture_output=True, text=True).stdout.strip()
    host.write("digit.htpasswd", f"somebody:{encrypted}\n".encode())
    os.chmod(host.root / "digit.htpasswd", 0o644)
    examples.take(host, "vhost-tls.conf.example", {
        "*:80": f"*:{host.port}", "*:443": f"*:{host.ports['tls_port']}",
        "/etc/letsencrypt/live/digit.example.org": str(folder),
        "/etc/apache2/digit.htpasswd": f"{host.root}/digit.htpasswd",
        "Require local": "Require ip 127.0.0.1",  # all of 127.0.0.0/8 is local
        **IMPATIENT,
    })
    host.directives = (f"DigitModel {host.root}/seven.safetensors\n"
                       f"SSLSessionCache shmcb:{host.root}/logs/tls(512000)\n" + host.directives)
    host.start()
    return host


def curl(server, path, *arguments):
    """Status, HTTP version and body, as curl gets them over TLS."""
    port = server.ports["tls_port"]
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--cacert", server.root / "tls/fullchain.pem",
         "--resolve", f"digit.example.org:{port}:127.0.0.1", "--write-out",
         "\n%{http_code} %{http_version}", *arguments, f"https://digit.example.org:{port}{path}"],
        capture_output=True, text=True, timeout=30)
    body, _, last = done.stdout.rpartition("\n")
    status, version = last.split()
    assert done.returncode == 0, done.stderr
    return int(status), version, body


def test_the_tls_example_speaks_http2_and_asks_programs_for_a_password(tls):
    picture = tls.write("seven.png", seven())
    upload = ("--form", f"myfile=@{picture}")
    assert curl(tls, "/")[:2] == (200, "2")
    assert curl(tls, "/", "--http1.1")[:2] == (200, "1.1")
    assert "The predicted digit is 7" in curl(tls, "/", *upload)[2]
    tls.expect("Password Mismatch")
    # Without a body: one that is refused unread may break off the upload before its answer is read.
    assert curl(tls, "/curl-api")[0] == 401
    assert curl(tls, "/curl-api", "--user", "somebody:wrong")[0] == 401
    status, _, body = curl(tls, "/curl-api", "--user", "somebody:secret", *upload)
    assert status == 200 and '"prediction":7' in body


def test_the_tls_example_bounds_slow_and_greedy_clients(tls):
    context = ssl.create_default_context(cafile=tls.root / "tls/fullchain.pem")
    with (socket.create_connection(("127.0.0.1", tls.ports["tls_port"]), timeout=10) as plain,
          context.wrap_socket(plain, server_hostname="digit.example.org") as connection):
        connection.sendall(UNFINISHED.replace(b"/curl-api", b"/"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
    big = tls.write("big", b"x" * 1600000)
    status, _, body = curl(tls, "/v2/models/digit/infer", "--user", "somebody:secret", "--http1.1",
                           "--data-binary", f"@{big}")
    assert status == 413 and "at most 1463637 are taken here" in body
    legal = tls.write("legal", largest_request())
    status, _, body = curl(tls, "/v2/models/digit/infer", "--user", "somebody:secret",
                           "--data-binary", f"@{legal}")
    assert status == 200 and '"data":[7]' in body


def test_the_tls_example_shows_counters_to_its_own_machine_alone(tls):
    assert curl(tls, "/metrics")[0] == 200
    tls.expect("authz_core:error.*AH01630: client denied by server configuration")
    for path in ("/metrics", "/%6detrics", "/v2/health/ready"):
        assert curl(tls, path, "--interface", "127.0.0.2")[0] == 403
    assert curl(tls, "/", "--interface", "127.0.0.2")[0] == 200


def test_the_tls_example_sends_plain_http_to_https(tls):
    answer = requests.get(tls.url + "/", headers={"Host": "digit.example.org"}, timeout=10,
                          allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://digit.example.org/"


def test_the_proxied_example_serves_and_knows_who_asked(host):
    behind = free_port()
    examples.take(host, "vhost-proxied.conf.example",
                  {"*:80": f"*:{host.port}", "127.0.0.1:8081": f"127.0.0.1:{behind}"})
    host.directives = (f"DigitModel {host.root}/seven.safetensors\nLogFormat \"%a %U %s\" who\n"
                       f"CustomLog {host.root}/logs/access_log who\n" + host.directives)
    host.start()
    assert prediction(host.url) == 7
    body, content_type = form(seven())
    page = requests.post(host.url + "/", data=body, timeout=10,
                         headers={"Content-Type": content_type, "X-Forwarded-For": "192.0.2.7"})
    assert "The predicted digit is 7" in page.text
    assert "192.0.2.7" not in host.log("access_log")  # what a client claims is not believed
    # Refused by the server behind, with its reason, before the proxy has sent it any of the body.
    big = requests.post(host.url + "/curl-api", data=b"x" * 1600000, timeout=10)
    assert big.status_code == 413 and big.json()["type"].endswith("too-large")
    untold = requests.post(host.url + "/curl-api", data=iter([b"x" * 100000] * 16), timeout=10)
    assert untold.status_code == 413, untold.text
    legal = requests.post(host.url + "/v2/models/digit/infer", data=largest_request(), timeout=10)
    assert legal.status_code == 200 and '"data":[7]' in legal.text


def test_every_example_s_limit_of_bodies_lets_through_what_the_module_takes(site):
    over = requests.post(site.url + "/digit/v2/models/digit/infer", data=largest_request() + b" ",
                         timeout=10)
    taken, = re.findall(r"at most (\d+) are taken", over.json()["detail"])
    limits = {path.name: int(number) for path in examples.CONF.rglob("*") if path.is_file()
              for number in re.findall(r"(?:LimitRequestBody|req.hdr_val\(content-length\) gt) (\d+)",
                                       path.read_text())}
    assert set(limits) == {"vhost-tls.conf.example", "vhost-proxied.conf.example",
                           "balancer.conf.example", "haproxy.cfg"}
    for name, limit in limits.items():
        assert limit >= int(taken), f"{name}: {limit} is less than {taken}"


def test_the_two_models_example_serves_both(host):
    examples.take(host, "vhost-two-models.conf.example", {
        "*:80": f"*:{host.port}",
        "/usr/share/mod_digit/digit.safetensors": f"{host.root}/seven.safetensors",
        "/var/lib/mod_digit/next.safetensors": f"{host.root}/eight.safetensors",
    })
    host.start()
    assert prediction(host.url) == 7
    assert prediction(host.url + "/next") == 8
    assert prediction(host.url, "next.example.org") == 8
