# SPDX-License-Identifier: Apache-2.0
"""The page behind TLS: the command that it gives, without a script, works as it stands."""
import html
import os
import re
import subprocess

import pytest
import requests

from certificate import self_signed
from httpd import free_port
from pictures import seven
from weights import constant_model

NAME = "digit.example.org"

SITE = """
DigitModel {root}/seven.safetensors
<VirtualHost *:{tls_port}>
    ServerName digit.example.org
    Protocols h2 http/1.1
    SSLEngine on
    SSLCertificateFile {root}/tls/fullchain.pem
    SSLCertificateKeyFile {root}/tls/privkey.pem
    SetHandler digit
    <Location "/below/here">
        SetHandler digit
    </Location>
</VirtualHost>
"""


@pytest.fixture
def tls(private_httpd):
    server = private_httpd(modules=["ssl", "http2"])
    server.add_listener("tls_port")
    folder = self_signed(server, NAME)
    server.write("seven.safetensors", constant_model(7))
    server.directives += server.formatted(SITE)
    # What a person's curl knows by itself: who signs, and where the host is.
    (server.root / ".curlrc").write_text(
        f"cacert = {folder}/fullchain.pem\nsilent\nshow-error\nmax-time = 20\n"
        f"resolve = {NAME}:{server.ports['tls_port']}:127.0.0.1\n")
    (server.root / "seven.png").write_bytes(seven())
    server.expect("AH01873: Init: Session Cache is not configured")
    server.start()
    return server


def shell(server, command):
    return subprocess.run(["bash", "-c", command], cwd=server.root, capture_output=True, text=True,
                          timeout=30, env={**os.environ, "CURL_HOME": str(server.root)},
                          check=True).stdout


def command_of(page):
    found, = re.findall(r'<code id="command">(.*?)</code>', page)
    return html.unescape(found)


def test_the_page_s_command_has_https_host_and_port_and_works_as_it_stands(tls):
    origin = f"https://{NAME}:{tls.ports['tls_port']}"
    for http, mount in (("http1.1", ""), ("http1.1", "/below/here"), ("http2", "/below/here")):
        command = command_of(shell(tls, f"curl --{http} {origin}{mount}/"))
        assert command == f"curl -F 'myfile=@seven.png' {origin}{mount}/curl-api"
        assert shell(tls, command).startswith('{"prediction":7,"confidence":')
    # The port that https implies is not named.
    page = shell(tls, f"curl -H 'Host: {NAME}' {origin}/")
    assert command_of(page) == f"curl -F 'myfile=@seven.png' https://{NAME}/curl-api"


def test_behind_a_proxy_that_ends_tls_the_command_has_https_where_servername_says_so(private_httpd):
    server = private_httpd()
    behind = free_port()
    server.write("seven.safetensors", constant_model(7))
    server.directives += (
        f"DigitModel {server.root}/seven.safetensors\nListen 127.0.0.1:{behind}\n"
        f"<VirtualHost 127.0.0.1:{behind}>\nServerName https://{NAME}\nSetHandler digit\n"
        "</VirtualHost>\n")
    server.start()
    for host in (NAME, f"{NAME}:8443"):  # as a proxy with ProxyPreserveHost passes it on
        page = requests.get(f"http://127.0.0.1:{behind}/", headers={"Host": host}, timeout=10)
        assert command_of(page.text) == f"curl -F 'myfile=@seven.png' https://{host}/curl-api"
