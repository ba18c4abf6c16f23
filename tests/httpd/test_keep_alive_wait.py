# SPDX-License-Identifier: Apache-2.0
"""DigitKeepAliveWait: a connection stays with its thread as long as its requests follow soon, and
nobody else has to wait for that."""
import itertools
import signal
import socket
import time

import pytest
import requests

from certificate import self_signed
from httpd import RESUMES
from pictures import seven
from weights import constant_model

# Which thread answered; a short answer to each of the requests.
SITE = """
LogFormat "%{{tid}}P %>s" threads
CustomLog logs/threads threads
DigitModel {root}/seven.safetensors
SetHandler digit
"""
THREADS = "ThreadsPerChild {0}\nMaxRequestWorkers {0}\nServerLimit 1\nMinSpareThreads 1\n"


@pytest.fixture
def waiting(private_httpd):
    def make(directives, mpm="event", modules=()):
        server = private_httpd(mpm, modules=list(modules))
        server.write("seven.safetensors", constant_model(7))
        server.directives += server.formatted(SITE) + directives + "\n"
        return server

    return make


def post(session, server, times, pause=0.0, url=None, **options):
    for _ in range(times):
        answer = session.post((url or server.url) + "/curl-api", data=seven(), timeout=10,
                              **options)
        assert answer.status_code == 200 and answer.json()["prediction"] == 7
        time.sleep(pause)


def changes_of_thread(server, requests_made):
    deadline = time.monotonic() + 10
    while len(lines := server.log("threads").splitlines()) < requests_made:
        assert time.monotonic() < deadline, "not every request is logged"
        time.sleep(0.05)
    return sum(a != b for a, b in itertools.pairwise(lines))


def changes(server, times, pause=0.0):
    server.start()
    with requests.Session() as session:
        post(session, server, times, pause)
    return changes_of_thread(server, times)


def test_requests_that_follow_soon_stay_with_their_thread(waiting):
    # The second may go to another, for nothing is known before.
    assert changes(waiting(THREADS.format(16) + "DigitKeepAliveWait 1000"), 90) <= 1


@pytest.mark.parametrize("directives,pause", [
    ("", 0), ("DigitKeepAliveWait 0", 0), ("DigitKeepAliveWait 20", 0.06),
    ("DigitKeepAliveWait 1000\n<Location /curl-api>\nDigitKeepAliveWait 0\n</Location>", 0)])
def test_else_threads_take_turns(waiting, directives, pause):
    assert changes(waiting(THREADS.format(16) + directives), 60, pause) > 30


REQUEST = (b"POST /curl-api HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
           b"Content-Length: %d\r\n\r\n")
STATUS = "<Location /server-status>\nSetHandler server-status\n</Location>\n"


def threads_that_wait(server):
    """By mod_status, asked by another connection."""
    text = requests.get(server.url + "/server-status?auto", timeout=10).text
    return next(line for line in text.splitlines() if line.startswith("Scoreboard")).count("K")


@pytest.mark.parametrize("others", [3, 6])
def test_quiet_connections_do_not_keep_all_threads(waiting, others):
    """Three of four threads wait a second for what does not come, or, of more connections, none."""
    server = waiting(THREADS.format(4) + "DigitKeepAliveWait 1000\n" + STATUS, modules=["status"])
    server.start()
    sessions = [requests.Session() for _ in range(others)]
    for session in sessions:  # all are open before the first is soon
        post(session, server, 1)
    for session in sessions:
        post(session, server, 2)
    with requests.Session() as another:
        begun = time.monotonic()
        post(another, server, 1)
        waited = threads_that_wait(server)
        assert time.monotonic() - begun < 0.5
    assert waited == (3 if others == 3 else 0)
    for session in sessions:
        post(session, server, 1)
        session.close()


def test_one_location_waits_and_another_does_not(waiting):
    server = waiting(THREADS.format(16) + "DigitKeepAliveWait 0\n<Location /fast>\nSetHandler digit\n"
                  "DigitKeepAliveWait 1000\n</Location>")
    server.start()
    with requests.Session() as session:
        post(session, server, 50, url=server.url + "/fast")
        fast = changes_of_thread(server, 50)
        post(session, server, 50)
    assert fast <= 1
    assert changes_of_thread(server, 100) - fast > 25


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_behind_tls(waiting):
    server = waiting(THREADS.format(16) + "DigitKeepAliveWait 1000", modules=["ssl", "reqtimeout"])
    server.add_listener("tls_port")
    self_signed(server, "localhost")
    server.directives += server.formatted("""
        RequestReadTimeout handshake=5 header=5 body=5
        <VirtualHost *:{tls_port}>
            SSLEngine on
            SSLCertificateFile {root}/tls/fullchain.pem
            SSLCertificateKeyFile {root}/tls/privkey.pem
            SetHandler digit
        </VirtualHost>
        """)
    server.expect("AH01873: Init: Session Cache is not configured")
    server.start()
    with requests.Session() as session:
        post(session, server, 90, url=f"https://localhost:{server.ports['tls_port']}", verify=False)
    assert changes_of_thread(server, 90) <= 1


@pytest.mark.parametrize("directives,then,waits", [
    ("", b"", 1), ("KeepAliveTimeout 100ms", b"", 0),
    ("", b"\r\n", 0), ("", b"GET /server-status?auto HTTP/1.1\r\nHost: x\r\n\r\n", 0)])
def test_who_waits_and_for_what(waiting, directives, then, waits):
    """An empty line and another handler's answer are no reason to go on; KeepAliveTimeout holds."""
    server = waiting(f"{THREADS.format(16)}DigitKeepAliveWait 1000\n{STATUS}{directives}",
                     modules=["status"])
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        for _ in range(3):
            connection.sendall(REQUEST % len(seven()) + seven())
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
        connection.sendall(then)
        time.sleep(0.2)
        assert threads_that_wait(server) == waits


def test_requests_in_pieces_and_several_at_a_time(waiting, mpm):
    server = waiting("DigitKeepAliveWait 1000", mpm)
    server.start()
    one = REQUEST % len(seven()) + seven()
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        received = b""
        for pieces in ([one], [one], [one * 5], [one[:9], one[9:200], one[200:]],
                       [one + one[:50], one[50:]]):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.02)
        while received.count(b'{"prediction":7') < 10:
            some = connection.recv(65536)
            assert some, received
            received += some
    assert received.count(b"HTTP/1.1 200 OK") == 10


def test_a_restart_does_not_wait_for_what_does_not_come(waiting):
    server = waiting(THREADS.format(16) + "DigitKeepAliveWait 1000")
    server.start()
    with requests.Session() as session:
        post(session, server, 3)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGUSR1)
        while server.error_log().count(RESUMES) < 2:
            assert time.monotonic() - begun < 5
            time.sleep(0.02)
        post(session, server, 1)
    with requests.Session() as session:
        post(session, server, 3)
