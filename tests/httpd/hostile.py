# SPDX-License-Identifier: Apache-2.0
"""Inputs that mean no good: every file of the corpora and of the fuzzers' seeds, raw and as a
form, and then the same with deterministic damage, for as long as one asks."""
import pathlib
import random
import sys
import zlib

from pictures import form

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fuzz"))

from corpora import CORPORA, SEEDS, corpora  # noqa: E402

INTERESTING = [b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\0", b"\xff\xff\xff\xff",
               b"\xff\xd8", b"\xff\xd9", b"\xff\xda", b"\xff\xe1", b"IDAT", b"IEND", b"tRNS", b",",
               b"!\xf9\x04", b";", b"\r\n", b"\r\n--", b"--XbX", b'"', b"name=", b":"]
MOST_BYTES = 1200 * 1024


def files():
    """(name, content, Content-Type or None) of every file there is, in a fixed order."""
    for folder in SEEDS:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            content, content_type = path.read_bytes(), None
            if path.parent.name == "multipart":
                content_type, _, content = content.partition(b"\n")
                content_type = content_type.decode("latin-1")
            yield str(path.relative_to(folder)), content, content_type
    for path, content, content_type in corpora():
        yield str(path.relative_to(CORPORA)), content, content_type


def sendable(content_type):
    """A header value that a client can send at all."""
    return all(c.isprintable() or c == "\t" for c in content_type)


def damaged(content, other, chance):
    """`content` with one to four of the mistakes that programs and attackers make."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(7)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at:at + chance.randint(1, 64)] = b""
        elif kind == 2:
            data[at:at] = chance.randbytes(chance.randint(1, 16))
        elif kind == 3:
            token = chance.choice(INTERESTING)
            data[at:at + len(token)] = token
        elif kind == 4:
            data[at:at] = data[at:at + chance.randint(1, 4096)]
        elif kind == 5:
            data[at:] = other[chance.randrange(len(other) + 1):]
        else:
            del data[at:]
    return bytes(data)


def with_right_crcs(data):
    """A PNG whose checksums hold again, so that the damage gets past them."""
    data = bytearray(data)
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at:at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(data):
            break
        data[end:end + 4] = zlib.crc32(data[at + 4:end]).to_bytes(4, "big")
        at = end + 4
    return bytes(data)


def requests_of(name, content, content_type):
    """The ways in which one file is sent: (name, body, Content-Type)."""
    if content_type is not None:
        if sendable(content_type):
            yield name, content, content_type
        return
    yield f"{name} raw", content, "image/png"
    body, form_type = form(content)
    yield f"{name} in a form", body, form_type


SMALL_BYTES = 64 * 1024
LEAST_DAMAGED = 300


def inputs(count, seed=1):
    """All files whole, those over 64 KiB only where `count` leaves room for them, and then the small
    ones damaged: at least so many different requests, and at least some hundreds damaged."""
    everything = [entry for entry in files() if len(entry[1]) <= MOST_BYTES]
    small = [entry for entry in everything if len(entry[1]) <= SMALL_BYTES]
    sent_whole = everything if count > 2 * len(everything) else small
    seen = set()
    for request in (request for entry in sent_whole for request in requests_of(*entry)):
        if request[1:] not in seen:
            seen.add(request[1:])
            yield request
    chance = random.Random(seed)
    small = [entry for entry in small if entry[1]]
    count = max(count, len(seen) + LEAST_DAMAGED)
    while len(seen) < count:
        name, content, content_type = chance.choice(small)
        data = damaged(content, chance.choice(small)[1], chance)
        if chance.randrange(4) and data.startswith(b"\x89PNG"):
            data = with_right_crcs(data)
        for request in requests_of(f"{name} damaged", data, content_type):
            if request[1:] not in seen and len(seen) < count:
                seen.add(request[1:])
                yield request
