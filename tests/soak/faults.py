# SPDX-License-Identifier: Apache-2.0
"""What is done to a server while it is under load. Each takes the Site and a number of seconds,
leaves the server as it found it, and returns a line for the report."""
import asyncio
import itertools
import os
import random
import signal
import socket
import struct
import time

from processes import children, held


async def restarted(site):
    """A graceful restart, until the last worker of before is gone."""
    before = set(children(site.pid))
    await asyncio.to_thread(site.server.graceful)
    deadline = time.monotonic() + 30
    while before & set(children(site.pid)):
        if time.monotonic() > deadline:
            site.complain("workers of before a graceful restart are still there 30 s later")
            return
        await asyncio.sleep(0.05)


async def restarts(site, seconds):
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        await asyncio.to_thread(site.server.graceful)
        await asyncio.sleep(random.uniform(0.05, 0.5))
        count += 1
    await restarted(site)
    return f"{count + 1} graceful restarts"


def _vanish(port, sent, with_reset, read=0):
    """A client that sends some bytes, reads a few, and is gone."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
        if with_reset:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.sendall(sent)
        while read > 0 and (block := s.recv(read)):
            read -= len(block)


async def vanish(site, seconds):
    """At every byte of a request, then at every one of the answer's first; as often as time allows."""
    request = site.requests[0].bytes(site.port, close=False)
    places = [(cut, 0) for cut in range(len(request) + 1)]
    places += [(len(request), read) for read in range(1, 200)]
    count, end = 0, time.monotonic() + seconds
    for (cut, read), reset in itertools.cycle(itertools.product(places, (False, True))):
        if count >= 2 * len(places) and time.monotonic() > end:
            break
        await asyncio.to_thread(_vanish, site.port, request[:cut], reset, read)
        count += 1
    return f"{count} clients gone, at each of {len(request)} bytes and in the answer"


async def _drip(port, ready, rest):
    """The answer to a client that sends `ready` at once and `rest` byte for byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.read(4096))
    writer.write(ready)
    for byte in rest:
        # Who goes on sending after the answer may lose it to the reset of the connection.
        await asyncio.wait({answer}, timeout=0.1)
        if answer.done():
            break
        writer.write(bytes([byte]))
    await asyncio.wait({answer}, timeout=20)
    writer.close()
    if not answer.done():
        answer.cancel()
        return b"nothing"
    return repr(answer.exception()).encode() if answer.exception() else answer.result()


async def slow(site, seconds):
    """mod_reqtimeout gives header and body a second each; both are told 408. Who has not even sent
    a request line is told nothing: httpd hangs up."""
    request = site.requests[0].bytes(site.slow_port, close=False)
    line, header = request.index(b"\r\n") + 2, request.index(b"\r\n\r\n") + 4
    stages = ((0, b""), (line, b"HTTP/1.1 408 "), (header, b"HTTP/1.1 408 "),
              (header + 50, b"HTTP/1.1 408 "))
    count, end = 0, time.monotonic() + seconds
    while True:
        answers = await asyncio.gather(*(_drip(site.slow_port, request[:ready], request[ready:])
                                         for ready, _ in stages))
        for answer, (ready, told) in zip(answers, stages):
            count += 1
            if not answer.startswith(told) or bool(answer) != bool(told):
                site.complain(f"a client that slowed down after {ready} bytes was told "
                              f"{answer[:80]!r}, not {told!r}")
        if time.monotonic() > end:
            return f"{count} slow clients, told 408 once their request line was there"


async def kill(site, seconds):
    """What a killed worker had in hand is lost, and nothing else."""
    kills, lost_before = [], len(site.load.lost)
    end = time.monotonic() + seconds
    while not kills or time.monotonic() < end:
        workers = children(site.pid)
        if len(workers) > 1:
            kills.append(time.monotonic())
            os.kill(random.choice(workers), signal.SIGKILL)
        await asyncio.sleep(0.5)
    lost = site.load.lost[lost_before:]
    in_hand = []
    for at in kills:
        # A worker has no more in hand than its clients: each sends its next when it has the answer.
        held_at = [one for one in lost if one[0] <= at <= one[1] and one not in in_hand]
        in_hand += held_at[:site.in_hand]
    site.load.lost = site.load.lost[:lost_before] + [one for one in lost if one not in in_hand]
    return f"{len(kills)} workers killed, with {len(in_hand)} requests in hand"


async def disk(site, seconds):
    """Neither the access log nor the error log can be written."""
    before = site.full_load.answered
    site.full_load.start(fresh=2, kept=1)
    await asyncio.sleep(seconds)
    await site.full_load.stop()
    answers = site.full_load.answered - before
    if answers == 0:
        site.complain("no answer came while the disk was full")
    return f"{answers} answers, none of which could be logged"


def _flip(path):
    content = bytearray(path.read_bytes())
    content[-1000] ^= 4
    path.write_bytes(content)


def _folder(path):
    path.unlink()
    path.mkdir()


def _unreadable(path):
    """As root every mode can be read, a link to itself by nobody."""
    path.unlink()
    path.symlink_to(path)


WEIGHTS_FAULTS = {
    "truncated": lambda path: os.truncate(path, 100000),
    "emptied": lambda path: os.truncate(path, 0),
    "overwritten": lambda path: path.write_bytes(os.urandom(path.stat().st_size)),
    "deleted": lambda path: path.unlink(),
    "a bit flipped": _flip,
    "made a folder": _folder,
    "made unreadable": _unreadable,
}


def _put(site, name):
    path = site.weights
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    fresh = path.with_name("weights.new")
    fresh.write_bytes(site.models[name])
    os.replace(fresh, path)


async def _take(site, name):
    """A new model: until the last old worker is gone both answer, then it alone."""
    _put(site, name)
    site.load.allowed.add(name)
    await restarted(site)
    site.load.allowed.intersection_update({name})


async def weights(site, seconds):
    """Each fault while it serves, then a restart that meets it: the model of before goes on."""
    end, spoilt = time.monotonic() + seconds, []
    names = itertools.cycle(("second", "first"))
    serves = "first"
    while not spoilt or time.monotonic() < end:
        for what, spoil in random.sample(list(WEIGHTS_FAULTS.items()), len(WEIGHTS_FAULTS)):
            spoil(site.weights)
            await asyncio.sleep(0.05)
            log = len(site.server.error_log())
            await restarted(site)
            if "what served before goes on serving" not in site.server.error_log()[log:]:
                site.complain(f"weights {what}: a restart did not say that the old ones stay")
            spoilt.append(what)
            _put(site, serves)
            if time.monotonic() > end:
                break
        serves = next(names)
        await _take(site, serves)
    await _take(site, "first")
    return f"{len(spoilt)} times spoilt ({', '.join(sorted(set(spoilt)))}) and replaced"


# A whole MiB a million requests. What is less than the noise of one reading, some pages, is no
# growth, however few requests lie between the readings.
GROWTH_KIB_A_MILLION = 1024
NOISE_KIB = 256


def growth_kib(samples):
    """What memory grows by in a million requests, from the medians of the samples' two halves and
    the requests between those."""
    half = len(samples) // 2
    if half == 0:
        return 0

    def typical(part):
        middle = len(part) // 2
        return (sorted(requests for requests, _ in part)[middle],
                sorted(h.pss_kib for _, h in part)[middle])
    (before, pss_before), (after, pss_after) = typical(samples[:half]), typical(samples[half:])
    if pss_after - pss_before <= NOISE_KIB or after == before:
        return 0
    return (pss_after - pss_before) * 1e6 / (after - before)


async def steady(site, seconds, requests=0):
    """Nothing but load, for so long or so many requests; memory, descriptors and threads level."""
    first = site.load.answered

    def progress(start_time):
        by_time = (time.monotonic() - start_time) / max(seconds, 0.001)
        return min((site.load.answered - first) / requests, 1) if requests else by_time

    started, samples = time.monotonic(), []
    while progress(started) < 1:
        await asyncio.sleep(min(5, seconds / 20))
        if progress(started) > 0.3:  # before that, threads meet their first pictures
            samples.append((site.load.answered - first, held(site.pid)))
    count = site.load.answered - first
    enough = count >= 20000  # for each thread to have met every kind of picture before the middle
    grown = growth_kib(samples)
    if enough and grown > GROWTH_KIB_A_MILLION:
        site.complain(f"memory grows by {grown:.0f} KiB a million requests")
    last = samples[-1][1]
    # Of each worker: prefork adds one where it finds few idle.
    if last.threads * samples[0][1].workers != samples[0][1].threads * last.workers:
        site.complain(f"threads went from {samples[0][1].threads} of {samples[0][1].workers} workers "
                      f"to {last.threads} of {last.workers}")
    for name in ("parent_descriptors", "most_descriptors_of_a_worker"):
        # A worker may hold a descriptor more for each connection of the load.
        if getattr(last, name) > getattr(samples[0][1], name) + 6:
            site.complain(f"{name} grew from {getattr(samples[0][1], name)} to {getattr(last, name)}")
    return (f"{count} requests; PSS {samples[0][1].pss_kib} to {last.pss_kib} KiB"
            f", {grown:.0f} KiB a million requests"
            f"{'' if enough else ' (too few to judge growth)'}, "
            f"{last.workers} workers, {last.threads} threads, {last.parent_descriptors} + "
            f"{last.most_descriptors_of_a_worker} descriptors")
