"""Routes that will go: the date is data next to the route, told in the document and with every answer."""

# No postponed annotations here: FastAPI cannot resolve them for an instance that it calls.

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

from fastapi import Depends, Response

SHORTEST_NOTICE = timedelta(days=180)
_HEADERS: dict[str, Any] = {
    "Deprecation": {"schema": {"type": "string"}, "description": "Since when it is deprecated (RFC 9745)."},
    "Sunset": {"schema": {"type": "string"}, "description": "When it may be gone (RFC 8594)."},
    "Link": {"schema": {"type": "string"}, "description": "What takes its place."},
}


@dataclass(frozen=True, slots=True)
class Deprecated:
    """Dependency of a route that is deprecated *since* a day, may be gone on *sunset*, and has a successor."""

    since: date
    sunset: date
    successor: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < SHORTEST_NOTICE:
            raise ValueError(f"a route is kept for {SHORTEST_NOTICE.days} days at least after it was deprecated")

    async def __call__(self, response: Response) -> None:
        began = datetime.combine(self.since, time(), UTC)
        response.headers["Deprecation"] = f"@{int(began.timestamp())}"
        response.headers["Sunset"] = format_datetime(datetime.combine(self.sunset, time(), UTC), usegmt=True)
        response.headers["Link"] = f'<{self.successor}>; rel="successor-version"'


def deprecated(since: date, sunset: date, successor: str, *, status: int = 200) -> dict[str, Any]:
    """What a route's decorator takes: ``@router.get("/old", **deprecated(date(…), date(…), "/api/v1/new"))``."""
    return {
        "deprecated": True,
        "dependencies": [Depends(Deprecated(since, sunset, successor))],
        "responses": {status: {"headers": _HEADERS}},
    }
