"""How many workers may go, and when: bounds on what nobody has to do now."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_WINDOW = re.compile(
    r"(?P<first>[A-Z]{3})(-(?P<last>[A-Z]{3}))? (?P<begins>\d\d:\d\d)-(?P<ends>\d\d:\d\d) (?P<zone>\S+)"
)
_ON_ITS_WAY_DOWN = frozenset({CMLWorkerStatus.DRAINING, CMLWorkerStatus.STOPPING, CMLWorkerStatus.STOPPED})


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """Times by the clock on the wall of one zone: ``MON-FRI 18:00-06:00 Europe/Berlin``.

    A window that ends before it begins lasts until the next day; it belongs to the day on which it begins. One that
    ends when it begins lasts for a whole day.
    """

    text: str
    days: frozenset[int]
    begins: time
    ends: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str) -> WeeklyWindow:
        """Raises ValueError that says what is wrong with *text*."""
        found = _WINDOW.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no window; write it like MON-FRI 18:00-06:00 Europe/Berlin")
        try:
            first, last = _DAYS.index(found["first"]), _DAYS.index(found["last"] or found["first"])
            begins, ends = time.fromisoformat(found["begins"]), time.fromisoformat(found["ends"])
            zone = ZoneInfo(found["zone"])
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise ValueError(f"{text!r} is no window: {error}") from error
        days = frozenset((first + day) % 7 for day in range((last - first) % 7 + 1))
        return cls(text.strip(), days, begins, ends, zone)

    def covers(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        today, yesterday, now = local.weekday(), (local.weekday() - 1) % 7, local.time()
        if self.begins < self.ends:
            return today in self.days and self.begins <= now < self.ends
        return (today in self.days and now >= self.begins) or (yesterday in self.days and now < self.ends)


@dataclass(frozen=True, slots=True)
class DisruptionBudget:
    """At most *most* workers go within *seconds*; None is no bound. Only inside one of *windows*, if there are any."""

    most: int | None = None
    seconds: float = 3600
    windows: tuple[WeeklyWindow, ...] = ()

    def spent(self, fleet: Iterable[CMLWorkerReadModel], now: datetime) -> str | None:
        """Why no other worker may go now; whoever went down counts, whatever for."""
        if self.most is None:
            return None
        since = now - timedelta(seconds=self.seconds)
        gone = sum(each.status in _ON_ITS_WAY_DOWN and each.status_changed_at > since for each in fleet)
        return f"{gone} went down within {self.seconds:g} s, at most {self.most} may" if gone >= self.most else None

    def closed(self, now: datetime) -> str | None:
        """Why it is not the time for it."""
        if not self.windows or any(each.covers(now) for each in self.windows):
            return None
        return f"it is outside of {', '.join(each.text for each in self.windows)}"


UNBOUNDED = DisruptionBudget()
