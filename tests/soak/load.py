# SPDX-License-Identifier: Apache-2.0
"""A correct HTTP/1.1 client that retries nothing and counts everything."""
import asyncio
import collections
import dataclasses
import time

ANSWER_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Request:
    name: str
    path: str
    body: bytes
    content_type: str

    def bytes(self, port, close):
        return (f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n"
                f"Connection: {'close' if close else 'keep-alive'}\r\n\r\n").encode() + self.body


async def read_answer(reader):
    """Status, whether the connection stays open, body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    fields = {name.lower(): value.strip()
              for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    body = await reader.readexactly(int(fields["content-length"]))
    return int(lines[0].split()[1]), fields.get("connection", "").lower() != "close", body


async def ask(port, request):
    """One request over a connection of its own: what the load compares with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.bytes(port, close=True))
    status, _, body = await read_answer(reader)
    writer.close()
    return status, body


class Load:
    """Clients that send without a pause: some over a new connection each time, some over one that
    they keep. expected[model][request]: the status and body that are right, to the byte; `allowed`:
    the models that may be answering now."""

    def __init__(self, port, requests, expected, allowed):
        self.port = port
        self.requests = requests
        self.expected = expected
        self.allowed = set(allowed)
        self.answered = 0
        self.statuses = collections.Counter()
        self.wrong = []
        self.lost = []    # (sent, failed, why)
        # A server may close an idle connection while a request is on its way (RFC 9112, 9.3.1):
        # no byte came back over a connection that had served before.
        self.raced = 0
        self.slowest = 0.0
        self._tasks = []
        self._stopping = False

    def start(self, fresh=4, kept=2):
        self._stopping = False
        self._tasks = [asyncio.create_task(self._client(keep, start))
                       for start, keep in enumerate([False] * fresh + [True] * kept)]

    async def stop(self):
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _client(self, keep, turn):
        connection = None
        while not self._stopping:
            turn += 1
            request = self.requests[turn % len(self.requests)]
            connection = await self._exchange(request, keep, connection)
        if connection is not None:
            connection[1].close()

    async def _exchange(self, request, keep, connection):
        """Returns the connection where it can be used again."""
        sent, reused, allowed = time.monotonic(), connection is not None, set(self.allowed)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if connection is None:
                    connection = await asyncio.open_connection("127.0.0.1", self.port)
                reader, writer = connection
                writer.write(request.bytes(self.port, not keep))
                status, stays, body = await read_answer(reader)
        except (OSError, EOFError, TimeoutError) as error:
            nothing_came = not getattr(error, "partial", b"") and not isinstance(error, TimeoutError)
            if reused and nothing_came:
                self.raced += 1
            else:
                self.lost.append((sent, time.monotonic(), f"{request.name}: {error!r}"))
            if connection is not None:
                connection[1].close()
            return None
        self.slowest = max(self.slowest, time.monotonic() - sent)
        self.answered += 1
        self.statuses[status] += 1
        right = [self.expected[model][request.name] for model in allowed | self.allowed]
        if (status, body) not in right:
            self.wrong.append(f"{request.name}: {status} {body[:200]!r}")
        if keep and stays:
            return connection
        writer.close()
        return None
