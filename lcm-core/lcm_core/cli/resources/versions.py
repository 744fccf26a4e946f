"""One thing as it is, then after each change of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.live_stream import SNAPSHOT, LiveStream


async def versions_of(api: ApiClient, kind: str, path: str, id: str) -> AsyncIterator[Row]:
    """Endless; never an older version after a newer one. Raises ApiProblem when there is no such thing."""
    newest = -1
    async for event in LiveStream(api, (kind,), f"{kind}:{id}").events():
        if event.name == SNAPSHOT:
            # the stream is open by now: what happens after this look is told by it
            row: Row | None = await api.get(f"{path}/{id}")
        else:
            row = event.data["row"] if event.data["aggregate_id"] == id else None
        if row is not None and row["version"] > newest:
            newest = row["version"]
            yield row
