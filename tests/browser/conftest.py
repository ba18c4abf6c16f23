# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one private httpd with the shipped weights, and one headless Chromium that must not
complain of anything that a test did not announce."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "httpd"))

from browser import Browser  # noqa: E402
from certificate import self_signed  # noqa: E402
from httpd import Httpd  # noqa: E402
from weights import constant_model  # noqa: E402

SITE = """
    DigitModel {model}
    <Location "/">
        SetHandler digit
    </Location>
    <Location "/below/here">
        SetHandler digit
    </Location>
    <Location "/taught">
        SetHandler digit
        DigitFeedbackDir {root}/corrections
    </Location>
    <Location "/unsure">
        SetHandler digit
        DigitModel {root}/unsure.safetensors
    </Location>
    <VirtualHost *:{tls_port}>
        ServerName localhost
        SSLEngine on
        SSLCertificateFile {root}/tls/fullchain.pem
        SSLCertificateKeyFile {root}/tls/privkey.pem
    </VirtualHost>
    <VirtualHost *:{proxy_port}>
        ServerName proxy
        <Location "/out side/">
            SetHandler none
            ProxyPass "http://127.0.0.1:{port}/below/here/"
        </Location>
    </VirtualHost>
"""


@pytest.fixture(scope="session")
def server():
    model = os.environ["DIGIT_MODEL"]
    if not os.path.exists(model):
        pytest.skip(f"there is no {model}")
    httpd = Httpd("event", modules=["proxy", "proxy_http", "ssl"])
    httpd.add_listener("proxy_port")
    httpd.add_listener("tls_port")
    self_signed(httpd, "localhost")
    httpd.expect("AH01873: Init: Session Cache is not configured")
    # Says 3 to everything, with e^0.5 / (e^0.5 + 9) = 15 %.
    httpd.write("unsure.safetensors", constant_model(3, 0.5))
    (httpd.root / "corrections").mkdir()
    (httpd.root / "corrections").chmod(0o777)
    httpd.directives += httpd.formatted(SITE.replace("{model}", model))
    with httpd.running():
        yield httpd
        lines = httpd.unexpected_lines()
        assert not lines, "not announced in the error log:\n" + "\n".join(lines)


@pytest.fixture(scope="session")
def chromium():
    browser = Browser()
    yield browser
    browser.quit()


@pytest.fixture
def page(chromium, server):
    """The page as it is found on a desktop, in light colours; whatever a test does with it, no
    request may go to anyone else, and nothing may offend against the Content-Security-Policy."""
    chromium.reset(server.url)
    chromium.open("/")
    yield chromium
    assert chromium.csp_violations() == []
    foreign = [url for url in chromium.requested_urls()
               if not url.startswith((server.url + "/", chromium.url + "/", "data:", "blob:"))]
    assert foreign == []
    complaints = [line for line in chromium.complaints()
                  if not any(part in line for part in chromium.announced)]
    assert complaints == []
