# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a private httpd for each MPM, and an error log in which every warning must have been
announced by the test that caused it."""
import os

import pytest

from httpd import Httpd
from weights import constant_model

ALL_MPMS = ("prefork", "worker", "event")


def pytest_addoption(parser):
    parser.addoption("--mpm", action="append", choices=ALL_MPMS,
                     help="run with this MPM only; may be given several times (default: all)")
    parser.addoption("--mpm-tests-only", action="store_true",
                     help="leave out the tests that are the same whatever the MPM")
    parser.addoption("--hostile", type=int, default=600,
                     help="how many hostile inputs to send, at least all that are small and as many "
                          "damaged (default: 600)")


def pytest_generate_tests(metafunc):
    if "mpm" in metafunc.fixturenames:
        metafunc.parametrize("mpm", metafunc.config.getoption("mpm") or ALL_MPMS, scope="session")


def pytest_collection_modifyitems(config, items):
    if config.getoption("mpm_tests_only"):
        config.hook.pytest_deselected(items=[i for i in items if "mpm" not in i.fixturenames])
        items[:] = [i for i in items if "mpm" in i.fixturenames]


COMMON_SITE = """
    # One server for most tests: what is mounted where is said beside the test that needs it.
    DigitModel {root}/seven.safetensors
    LogFormat "%>s %{{DIGIT_PREDICTION}}e %{{DIGIT_CONFIDENCE}}e %U" digit
    CustomLog {root}/logs/access_log digit
    DigitMinEdge 12

    <Location "/digit">
        SetHandler digit
    </Location>
    <Location "/a/b/">
        SetHandler digit
    </Location>
    <LocationMatch "^/match/[0-9]+">
        SetHandler digit
    </LocationMatch>
    <Directory "{root}/htdocs/folder">
        SetHandler digit
    </Directory>
    <Location "/tight">
        SetHandler digit
        DigitMinEdge 40
        DigitMaxPixels 5000
        DigitMaxFileSize 2K
    </Location>
    <Location "/tight/inner">
        SetHandler digit
        DigitMinEdge 20
    </Location>
    <Location "/eight">
        SetHandler digit
        DigitModel {root}/eight.safetensors
    </Location>
    <Location "/cors">
        SetHandler digit
        DigitAllowOrigin https://app.example.org http://localhost:3000
    </Location>
    <Location "/cors/inner">
        SetHandler digit
    </Location>
    <Location "/cors/closed">
        SetHandler digit
        DigitAllowOrigin none
    </Location>
    <Location "/anyone">
        SetHandler digit
        DigitAllowOrigin *
    </Location>
    <Location "/server-status">
        SetHandler server-status
    </Location>

    <VirtualHost *:{port}>
        ServerName first.test
    </VirtualHost>
    <VirtualHost *:{port}>
        ServerName root.test
        <Location "/">
            SetHandler digit
        </Location>
    </VirtualHost>
    <VirtualHost *:{port}>
        ServerName eight.test
        SetHandler digit
        DigitModel {root}/eight.safetensors
        DigitMaxFileSize 4K
    </VirtualHost>
    <VirtualHost *:{slow_port}>
        ServerName slow.test
        RequestReadTimeout header=5 body=1
        SetHandler digit
    </VirtualHost>
    <VirtualHost *:{limited_port}>
        ServerName limited.test
        LimitRequestBody 3000
        SetHandler digit
    </VirtualHost>
"""


@pytest.fixture(scope="session")
def site(mpm):
    """The running server that most tests share."""
    server = Httpd(mpm, modules=["dir", "alias", "reqtimeout", "status"])
    server.add_listener("slow_port")
    server.add_listener("limited_port")
    server.write("seven.safetensors", constant_model(7))
    server.write("eight.safetensors", constant_model(8))
    server.write("htdocs/index.html", b"not the page of the module")
    server.write("htdocs/folder/index.html", b"neither")
    if mpm != "prefork":
        server.modules.append("http2")
        server.directives += "Protocols h2c http/1.1\n"
    server.directives += server.formatted(COMMON_SITE)
    with server.running():
        yield server


@pytest.fixture(scope="session")
def shipped():
    """A server with the weights that are shipped; at /school it keeps corrections."""
    model = os.environ["DIGIT_MODEL"]
    if not os.path.exists(model):
        pytest.skip(f"there is no {model}")
    server = Httpd("event")
    corrections = server.root / "corrections"
    corrections.mkdir()
    corrections.chmod(0o777)
    server.directives += (f'DigitModel {model}\n<Location "/">\nSetHandler digit\n</Location>\n'
                          f'<Location "/school">\nSetHandler digit\nDigitFeedbackDir {corrections}\n'
                          "</Location>\n")
    with server.running():
        yield server


@pytest.fixture
def private_httpd(request):
    """Makes servers of a test's own: private_httpd(mpm, directives)."""
    servers = []

    def make(mpm="event", modules=()):
        servers.append(Httpd(mpm, modules=list(modules)))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()
        lines = server.unexpected_lines()
        server.remove()
        assert not lines, "not announced in the error log:\n" + "\n".join(lines)


@pytest.fixture(autouse=True)
def quiet_log(request):
    """Fails a test whose shared server logged a warning or worse that it did not announce."""
    server = request.getfixturevalue("site") if "site" in request.fixturenames else None
    yield
    if server is not None:
        lines = server.unexpected_lines()
        assert not lines, "not announced in the error log:\n" + "\n".join(lines)
