# SPDX-License-Identifier: Apache-2.0
"""Faults under load: a private httpd, clients that count everything, and what may go wrong."""
import argparse
import asyncio
import json
import os
import pathlib
import re
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "httpd"))

import faults  # noqa: E402
from httpd import Httpd  # noqa: E402
from load import Load, Request, ask  # noqa: E402
from pictures import SAMPLES, blank, form, seven  # noqa: E402
from processes import held  # noqa: E402

MPMS = ("prefork", "worker", "event")
PHASES = ("steady", "restarts", "vanish", "slow", "kill", "disk", "weights")

# Phases in which workers end, so that a kept connection may close while a request is on its way.
RESTARTING = ("restarts", "kill", "weights")
# Where clients may hold every thread for a moment; the event MPM then closes kept connections, which
# it takes for idle, so that what waits gets a thread.
CROWDING = {"event": ("vanish",)}

SITE = """
DigitMinGolden 8
DigitModel weights.safetensors
Timeout 30
KeepAliveTimeout 60
MaxKeepAliveRequests 1000
RequestReadTimeout header=30 body=30
CustomLog {root}/logs/access_log "%>s %U"
<Location "/">
    SetHandler digit
    DigitSkipFileLookup On
    DigitKeepAliveWait 25
</Location>
<VirtualHost *:{slow_port}>
    RequestReadTimeout header=1 body=1
</VirtualHost>
<VirtualHost *:{full_port}>
    CustomLog /dev/full "%>s %U"
    ErrorLog /dev/full
</VirtualHost>
"""
# As many workers whatever the load, so that what they hold can be compared; and so many threads that
# some are always idle, for event, when none is, closes the connections that clients keep.
PROCESSES = {
    "prefork": "StartServers 8\nMinSpareServers 1\nMaxSpareServers 64\nMaxRequestWorkers 64\n",
    "worker": "StartServers 2\nThreadsPerChild 24\nMaxRequestWorkers 192\nServerLimit 8\n"
              "MinSpareThreads 1\nMaxSpareThreads 192\n",
}
PROCESSES["event"] = PROCESSES["worker"]


def cooler(weights):
    """The same network with another temperature: the same digits with other probabilities."""
    length = struct.unpack("<Q", weights[:8])[0]
    header = json.loads(weights[8:8 + length])
    header["__metadata__"]["temperature"] = "2.5"
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    return struct.pack("<Q", len(text)) + text + weights[8 + length:]


def pictures():
    """Good ones of every format, raw and as forms, and three that are refused."""
    requests = [Request("seven", "/curl-api", seven(), "image/png"),
                Request("text", "/curl-api", b"not a picture", "image/png"),
                Request("blank", "/curl-api", blank(), "image/png"),
                Request("cut", "/curl-api", seven(200)[:300], "image/png")]
    for path in sorted(SAMPLES.iterdir()):
        body, content_type = form(path.read_bytes())
        requests.append(Request(path.name, "/curl-api?probabilities=1", body, content_type))
    return requests


class Site:
    """The server, its load, and what was found wrong."""

    def __init__(self, mpm, fresh, kept):
        # What one worker can have in hand: prefork's one request, elsewhere all clients'.
        self.in_hand = 1 if mpm == "prefork" else fresh + kept
        self.kept = kept
        self.crowding = CROWDING.get(mpm, ())
        self.before = None  # the phase
        self.server = Httpd(mpm, modules=["reqtimeout"])
        for name in ("slow_port", "full_port"):
            self.server.add_listener(name)
        shipped = pathlib.Path(os.environ["DIGIT_MODEL"]).read_bytes()
        self.models = {"first": shipped, "second": cooler(shipped)}
        self.weights = self.server.root / "weights.safetensors"
        self.server.directives += self.server.formatted(SITE) + PROCESSES[mpm]
        self.requests = pictures()
        self.complaints = []

    @property
    def pid(self):
        return self.server.process.pid

    @property
    def port(self):
        return self.server.port

    @property
    def slow_port(self):
        return self.server.ports["slow_port"]

    def complain(self, what):
        self.complaints.append(what)

    async def learn(self):
        """What each model answers to each request when nobody disturbs it."""
        expected = {}
        for name in ("second", "first"):
            self.weights.write_bytes(self.models[name])
            self.server.start()
            expected[name] = {r.name: await ask(self.port, r) for r in self.requests}
            if name == "second":
                self.server.stop()
                self.server.write("logs/error_log", b"")
        self.load = Load(self.port, self.requests, expected, {"first"})
        self.full_load = Load(self.server.ports["full_port"], self.requests, expected, {"first"})

    def check(self, phase):
        """What may never happen, whatever was done in the phase."""
        for load in (self.load, self.full_load):
            for sent, failed, why in load.lost:
                self.complain(f"lost after {failed - sent:.3f} s: {why}")
            for why in load.wrong:
                self.complain(f"wrong: {why}")
            for status in [s for s in load.statuses if s >= 500]:
                self.complain(f"{load.statuses[status]} times {status}")
            load.lost, load.wrong = [], []
            load.statuses.clear()
        signals = re.findall(r"exit signal .*", self.server.error_log())
        if phase == "kill":
            signals = [line for line in signals if "Killed" not in line]
            text = self.server.error_log().replace("exit signal Killed", "was killed by the soak")
            self.server.write("logs/error_log", b"")
            self.server.write("logs/error_log.before", text.encode())
        self.complaints += [f"a worker ended by itself: {line}" for line in signals]


    def check_races(self, phase, count):
        """A server whose workers stay, some of them idle, closes no connection by itself. Right after
        they have changed, each client that keeps its connection may find it closed."""
        allowed = self.kept if self.before in RESTARTING else 0
        if phase not in (*RESTARTING, *self.crowding) and count > allowed:
            self.complain(f"{count} kept connections were closed, though no worker ended")
        self.before = phase


async def soak(mpm, arguments):
    site = Site(mpm, arguments.fresh, arguments.kept)
    try:
        await site.learn()
        site.load.start(arguments.fresh, arguments.kept)
        await asyncio.sleep(1)
        for phase in arguments.phase or PHASES:
            before, raced, started = site.load.answered, site.load.raced, time.monotonic()
            extra = {"requests": arguments.requests} if phase == "steady" else {}
            report = await getattr(faults, phase)(site, arguments.seconds, **extra)
            found = len(site.complaints)
            site.check(phase)
            site.check_races(phase, site.load.raced - raced)
            print(f"{mpm:8}{phase:9}{time.monotonic() - started:6.1f} s "
                  f"{site.load.answered - before:8} answers "
                  f"{site.load.raced - raced:3} races  {report}"
                  f"{'' if len(site.complaints) == found else '  WRONG'}", flush=True)
        await site.load.stop()
        print(f"{mpm:8}slowest answer {site.load.slowest:.2f} s; "
              f"at the end {held(site.pid)}", flush=True)
        site.check("end")
    except AssertionError as error:
        site.complain(f"the server failed: {error}")
    finally:
        site.server.stop()
        site.server.remove()
    return site.complaints


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="script/soak", description="Holds a server under load while it is restarted, killed, "
        "abandoned, starved of disk and given bad weights; every answer is checked to the byte.")
    parser.add_argument("--mpm", action="append", choices=MPMS, help="may be given several times "
                        "(default: all)")
    parser.add_argument("--phase", action="append", choices=PHASES, help="may be given several "
                        "times (default: all, in this order)")
    parser.add_argument("--seconds", type=float, default=20, help="of each phase (20)")
    parser.add_argument("--requests", type=int, default=0,
                        help="length of the phase steady, instead of its seconds: 1000000 shows "
                        "whether memory grows")
    parser.add_argument("--fresh", type=int, default=4,
                        help="clients with a connection for each request (4)")
    parser.add_argument("--kept", type=int, default=2, help="clients that keep theirs (2)")
    return parser.parse_args(arguments)


def main():
    arguments = parse(sys.argv[1:])
    failed = 0
    for mpm in arguments.mpm or MPMS:
        complaints = asyncio.run(soak(mpm, arguments))
        for complaint in complaints[:20]:
            print(f"{mpm}: {complaint}")
        if len(complaints) > 20:
            print(f"{mpm}: and {len(complaints) - 20} more")
        failed += bool(complaints)
    print(f"{len(arguments.mpm or MPMS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
