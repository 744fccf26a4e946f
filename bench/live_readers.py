"""Many readers of one event stream in a process of their own, as cheap as readers can be.

    python -m bench.live_readers HOST PORT PATH STREAMS        (the token comes in as a line of input)

Prints ``ready`` when every stream has begun, then for each event ``<id> <middle> <last>``: when half of the readers and
when the last one had it. All processes of a machine share the monotonic clock.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

_ID = re.compile(rb"^id: (.+)$", re.MULTILINE)
_SNAPSHOT = b"event: snapshot"
_CONNECTING_AT_A_TIME = 50


class Arrivals:
    """What the process tells."""

    def __init__(self, lines: asyncio.StreamReader, wait_seconds: float) -> None:
        self._lines = lines
        self._wait_seconds = wait_seconds

    async def ready(self) -> None:
        async with asyncio.timeout(self._wait_seconds):
            if await self._lines.readline() != b"ready\n":
                raise RuntimeError("the readers did not begin; what they wrote says why")

    async def of(self, id: str) -> tuple[float, float]:
        """When half of the readers and when the last one had the event *id*."""
        async with asyncio.timeout(self._wait_seconds):
            while line := await self._lines.readline():
                told, middle, last = line.decode().split()
                if told == id:
                    return float(middle), float(last)
        raise RuntimeError(f"the readers ended before all of them had {id}")


@asynccontextmanager
async def reader_process(url: str, streams: int, token: str, wait_seconds: float) -> AsyncGenerator[Arrivals]:
    """*streams* readers of *url*, each through with its snapshot."""
    where = urlsplit(url)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.live_readers",
        str(where.hostname),
        str(where.port),
        where.path,
        str(streams),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(token.encode() + b"\n")
        await process.stdin.drain()
        arrivals = Arrivals(process.stdout, wait_seconds)
        await arrivals.ready()
        yield arrivals
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class _Readers:
    def __init__(self, host: str, port: int, request: bytes, streams: int) -> None:
        self._host, self._port, self._request, self._streams = host, port, request, streams
        self._connecting = asyncio.Semaphore(_CONNECTING_AT_A_TIME)
        self._begun = 0
        self._seen: Counter[bytes] = Counter()
        self._middle: dict[bytes, float] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._streams):
                group.create_task(self._read())

    async def _read(self) -> None:
        async with self._connecting:
            reader, writer = await asyncio.open_connection(self._host, self._port, limit=4_194_304)
            writer.write(self._request)
            await reader.readuntil(_SNAPSHOT)
            await reader.readuntil(b"\n\n")
        self._begun += 1
        if self._begun == self._streams:
            _say("ready")
        rest = b""
        while piece := await reader.read(262_144):
            # Chunk headers may fall anywhere; an id is short and stands on a line of its own.
            head, _, rest = (rest + piece).rpartition(b"\n")
            for id in _ID.findall(head.replace(b"\r", b"")):
                self._saw(id)
        raise RuntimeError("a stream ended")

    def _saw(self, id: bytes) -> None:
        self._seen[id] += 1
        if self._seen[id] == (self._streams + 1) // 2:
            self._middle[id] = time.monotonic()
        if self._seen[id] == self._streams:
            _say(f"{id.decode()} {self._middle.pop(id)} {time.monotonic()}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    host, port, path, streams = sys.argv[1:]
    token = sys.stdin.readline().strip()
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{bearer}Accept: text/event-stream\r\n\r\n".encode()
    asyncio.run(_Readers(host, int(port), request, int(streams)).run())


if __name__ == "__main__":
    main()
