"""Lines of a stream of server-sent events, as its specification ends them: at LF, CR LF or CR, and nowhere else.

``str.splitlines`` and what is made of it also end a line at U+2028, U+0085 and others, which JSON may hold as they are.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator

_END_OF_LINE = re.compile(rb"\r\n|\n|\r")
LONGEST_LINE_BYTES = 64_000_000


class LineTooLong(ValueError):
    """A line of more than *most* bytes: this is no stream of events."""

    def __init__(self, most: int) -> None:
        super().__init__(f"a line has more than {most} bytes")


async def lines_of(chunks: AsyncIterator[bytes], *, most_bytes: int = LONGEST_LINE_BYTES) -> AsyncGenerator[str]:
    """What is behind the last end of a line is no line. Raises LineTooLong."""
    parts: list[bytes] = []
    size, ended_with_return = 0, False
    async for chunk in chunks:
        # A CR ends its line at once: whether an LF belongs to it is seen only with the next chunk.
        rest = chunk[1:] if ended_with_return and chunk.startswith(b"\n") else chunk
        ended_with_return = chunk.endswith(b"\r") if chunk else ended_with_return
        *ended, begun = _END_OF_LINE.split(rest)
        for each in ended:
            yield b"".join((*parts, each)).decode("utf-8", "replace")
            parts, size = [], 0
        parts.append(begun)
        size += len(begun)
        if size > most_bytes:
            raise LineTooLong(most_bytes)
