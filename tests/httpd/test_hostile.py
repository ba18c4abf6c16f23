# SPDX-License-Identifier: Apache-2.0
"""The running server against everything in the corpora and much damage: it answers all of it, each
refusal with its reason, and neither falls, hangs nor fails. `--hostile N` sends N different
inputs; without it all that are small as they are, and some hundreds damaged."""
import collections
import concurrent.futures
import http.client
import json
import time

import hostile
from weights import constant_model

ANSWERS = {200, 400, 413, 415, 422}
HANG_SECONDS = 30
CLIENTS = 4


class Client:
    """One connection, opened again where the server closed it."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def post(self, body, content_type):
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                             timeout=HANG_SECONDS)
            try:
                self.connection.putrequest("POST", "/curl-api?explain=1")
                self.connection.putheader("Content-Type", content_type.encode("latin-1"))
                self.connection.putheader("Content-Length", str(len(body)))
                self.connection.endheaders()
                try:
                    self.connection.send(body)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # refused from its length alone: the answer is there to be read
                answer = self.connection.getresponse()
                text = answer.read()
                if answer.will_close:
                    self.connection = None
                return answer.status, text
            except (http.client.RemoteDisconnected, ConnectionError):
                # An idle connection may be closed at any time; a new one must be answered.
                self.connection = None
                if attempt == 2:
                    raise


def complaint(name, status, text):
    """Why this answer breaks a promise; None where it does not."""
    if status not in ANSWERS:
        return f"{name}: status {status}"
    answer = json.loads(text)
    if status == 200:
        results = answer.get("predictions", [answer])
        bad = [r for r in results if "prediction" not in r and not r.get("detail")]
        return f"{name}: {bad}" if bad else None
    if answer.get("status") != status or len(answer.get("detail", "")) < 20:
        return f"{name}: a refusal without its reason: {answer}"
    return None


def ask(port, requests):
    client = Client(port)
    statuses = collections.Counter()
    complaints = []
    slowest = (0, "")
    for name, body, content_type in requests:
        start = time.monotonic()
        try:
            status, text = client.post(body, content_type)
        except (OSError, http.client.HTTPException) as error:
            complaints.append(f"{name}: {error!r}")
            client = Client(port)
            continue
        slowest = max(slowest, (time.monotonic() - start, name))
        statuses[status] += 1
        if wrong := complaint(name, status, text):
            complaints.append(wrong)
    return statuses, complaints, slowest


def test_everything_hostile_is_answered_with_its_reason(private_httpd, pytestconfig):
    count = pytestconfig.getoption("hostile")
    server = private_httpd("event")
    model = server.write("seven.safetensors", constant_model(7))
    server.directives += f'DigitModel {model}\n<Location "/">\nSetHandler digit\n</Location>\n'
    server.start()
    requests = list(hostile.inputs(count))
    assert len(requests) >= count
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        parts = list(pool.map(lambda i: ask(server.port, requests[i::CLIENTS]), range(CLIENTS)))
    statuses = sum((part[0] for part in parts), collections.Counter())
    complaints = [line for part in parts for line in part[1]]
    seconds, name = max(part[2] for part in parts)
    print(f"\n{len(requests)} inputs: {dict(sorted(statuses.items()))}; slowest {seconds:.2f} s ({name})")
    assert not complaints, "\n".join(complaints[:20])
    assert sum(statuses.values()) == len(requests)
    assert "exit signal" not in server.error_log()
