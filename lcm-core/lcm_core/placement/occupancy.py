"""Free room of every worker in every capacity slot, as integers: what the rules ask of an interval is one minimum.

A day is a table of (slot, dimension × worker), so that a minimum over slots runs along contiguous workers. Days are
made when somebody asks about them: a booking a month ahead is an entry in a dictionary until then, and a day without
bookings is never made. Next to a day's slots stand the minima over each hour that begins in them: an interval of four
hours is four rows, not forty-eight. A change touches the slots of its interval in one worker's columns, nothing else.

Times are slot numbers since the epoch, intervals are [first, last).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lcm_core.domain.values import CAPACITY_SLOT, Timeslot

Int32 = NDArray[np.int32]

ROWS = ("licence", "cpu_cores", "memory_gb", "storage_gb", "nodes", "ports")
"""Dimensions of the grid: nodes that the licence covers, then RESOURCE_DIMENSIONS."""
DAY = int(timedelta(days=1) / CAPACITY_SLOT)
HOUR = int(timedelta(hours=1) / CAPACITY_SLOT)
_SLOT_SECONDS = CAPACITY_SLOT.total_seconds()
_MOST_DAYS = 64
_WHOLE_DAY_FROM = 8


def slots_of(interval: Timeslot) -> tuple[int, int, bool]:
    """First and last slot of the smallest interval on the grid that holds *interval*, and whether it is that itself."""
    start, end = interval.start.timestamp(), interval.end.timestamp()
    first, last = int(start // _SLOT_SECONDS), int(-(-end // _SLOT_SECONDS))
    return first, last, first * _SLOT_SECONDS == start and last * _SLOT_SECONDS == end


def slot_start(slot: int) -> datetime:
    return datetime.fromtimestamp(slot * _SLOT_SECONDS, UTC)


def first_slot_from(moment: datetime) -> int:
    """The first slot that does not begin before *moment*."""
    return int(-(-moment.timestamp() // _SLOT_SECONDS))


@dataclass(frozen=True, slots=True)
class Span:
    """What one allocation takes of one worker's column; ``last`` None when it has overrun: held without end."""

    column: int
    first: int
    last: int | None
    amounts: Int32


class _Day:
    """Free room in the slots of one day, and in the hours that begin and end in it."""

    def __init__(self, standing: Int32) -> None:
        self._columns = standing.shape[1]
        self.slots: Int32 = np.empty((DAY, standing.size), np.int32)
        self.slots[:] = standing.ravel()
        self._hours: Int32 | None = None
        self._stale: dict[int, tuple[int, int]] = {}

    def change(self, column: int, first: int, last: int, amounts: Int32) -> None:
        """Add *amounts* to the free room of slots [first, last)."""
        self.slots[first:last, column :: self._columns] += amounts
        if self._hours is not None:
            known = self._stale.get(column, (first, last))
            self._stale[column] = (min(known[0], first), max(known[1], last))

    def least(self, first: int, last: int) -> Int32:
        if last - first <= HOUR:
            return np.minimum.reduce(self.slots[first:last], axis=0)
        hours = self._fresh_hours()
        found = np.minimum(hours[first], hours[last - HOUR])
        for row in range(first + HOUR, last - HOUR, HOUR):
            np.minimum(found, hours[row], out=found)
        return found

    def _fresh_hours(self) -> Int32:
        hours = self._hours
        if hours is None or len(self._stale) * _WHOLE_DAY_FROM > self._columns:
            hours = self._hours = _hourly(self.slots)
        else:
            for column, (first, last) in self._stale.items():
                begin, end = max(first - HOUR + 1, 0), min(last + HOUR - 1, DAY)
                own = slice(column, None, self._columns)
                hours[begin : end - HOUR + 1, own] = _hourly(np.ascontiguousarray(self.slots[begin:end, own]))
        self._stale.clear()
        return hours


class FreeRoom:
    """The grid of all workers; *columns* is how many there is space for."""

    def __init__(self, columns: int) -> None:
        self.standing: Int32 = np.zeros((len(ROWS), columns), np.int32)
        self._days: dict[int, _Day] = {}
        self._spans: dict[int, Span] = {}
        self._by_day: dict[int, set[int]] = {}
        self._endless: set[int] = set()
        self._settled_from = 0

    @property
    def columns(self) -> int:
        return self.standing.shape[1]

    @property
    def days_made(self) -> int:
        return len(self._days)

    def holds(self, token: int) -> bool:
        return token in self._spans

    def grow(self, columns: int) -> None:
        """Space for more workers; days are made again when they are asked for."""
        standing = np.zeros((len(ROWS), columns), np.int32)
        standing[:, : self.columns] = self.standing
        self.standing = standing
        self._days.clear()

    def add_capacity(self, column: int, amounts: Int32) -> None:
        """Free room in every slot there is and will be."""
        self.standing[:, column] += amounts
        for day in self._days.values():
            day.change(column, 0, DAY, amounts)

    def hold(self, token: int, span: Span) -> None:
        """Take *span*; *token* gives it back."""
        self._spans[token] = span
        if span.last is None:
            self._endless.add(token)
            self._settled_from = max(self._settled_from, span.first)
            self.standing[:, span.column] -= span.amounts
        else:
            for day in range(span.first // DAY, (span.last - 1) // DAY + 1):
                self._by_day.setdefault(day, set()).add(token)
        self._change(span, -span.amounts)

    def release(self, token: int) -> Span:
        span = self._spans.pop(token)
        if span.last is None:
            self._endless.discard(token)
            self.standing[:, span.column] += span.amounts
        else:
            for day in range(span.first // DAY, (span.last - 1) // DAY + 1):
                tokens = self._by_day[day]
                tokens.discard(token)
                if not tokens:
                    del self._by_day[day]
        self._change(span, span.amounts)
        return span

    def least(self, first: int, last: int) -> Int32:
        """Per dimension and worker, what is free in every slot of [first, last); below zero after an overrun."""
        first_day, last_day = first // DAY, (last - 1) // DAY
        least = self._least_of(first_day, first, last)
        for number in range(first_day + 1, last_day + 1):
            np.minimum(least, self._least_of(number, first, last), out=least)
        return least.reshape(self.standing.shape)

    def _least_of(self, number: int, first: int, last: int) -> Int32:
        """A new array: the share that one day has in [first, last)."""
        day, begin = self._day(number), number * DAY
        if day is None:
            return self.standing.flatten()
        return day.least(max(first - begin, 0), min(last - begin, DAY))

    def least_without(self, first: int, last: int, column: int, tokens: Iterable[int]) -> Int32:
        """The same for one worker, as if *tokens* held nothing."""
        tokens, own = tuple(tokens), np.array([column])
        bounds = [first, *range((first // DAY + 1) * DAY, last, DAY), last]
        days = [self.slots(begin, end, own, tokens).min(axis=0) for begin, end in pairwise(bounds)]
        return np.minimum.reduce(days)[:, 0]

    def least_together(self, first: int, last: int, columns: NDArray[np.intp]) -> NDArray[np.int64]:
        """Per dimension, what these workers have free all together in the fullest slot of [first, last)."""
        bounds = [first, *range((first // DAY + 1) * DAY, last, DAY), last]
        days = (
            self.slots(begin, end, columns).clip(min=0).sum(axis=2, dtype=np.int64).min(axis=0)
            for begin, end in pairwise(bounds)
        )
        return np.minimum.reduce(list(days))

    def slots(self, first: int, last: int, columns: NDArray[np.intp], without: Iterable[int] = ()) -> Int32:
        """Free room of some workers as (slot, dimension, worker), as if *without* held nothing; within one day."""
        number = first // DAY
        day, begin = self._day(number), number * DAY
        if day is None:
            found = np.repeat(self.standing[np.newaxis, :, columns], last - first, axis=0)
        else:
            table = day.slots[first - begin : last - begin].reshape(last - first, *self.standing.shape)
            found = table[:, :, columns]
        for token in without:
            span = self._spans[token]
            end = last if span.last is None else min(span.last, last)
            for place in np.flatnonzero(columns == span.column):
                found[max(span.first - first, 0) : max(end - first, 0), :, place] += span.amounts
        return found

    def _day(self, number: int) -> _Day | None:
        """None for a day in which nothing begins or ends: then ``standing`` says it all."""
        known = self._days.pop(number, None)
        if known is not None:
            self._days[number] = known  # the last of the dictionary is the one used last
            return known
        if number not in self._by_day and number * DAY >= self._settled_from:
            return None
        if len(self._days) >= _MOST_DAYS:
            del self._days[next(iter(self._days))]
        day, begin = _Day(self.standing), number * DAY
        for token in self._by_day.get(number, ()):
            span = self._spans[token]
            day.change(span.column, *_within(span, begin), -span.amounts)
        for token in self._endless:  # what stands now did not yet stand before it began
            span = self._spans[token]
            if span.first > begin:
                day.change(span.column, 0, min(span.first - begin, DAY), span.amounts)
        self._days[number] = day
        return day

    def _change(self, span: Span, amounts: Int32) -> None:
        last_day = None if span.last is None else (span.last - 1) // DAY
        for number, day in self._days.items():
            if span.first // DAY <= number and (last_day is None or number <= last_day):
                day.change(span.column, *_within(span, number * DAY), amounts)


def _within(span: Span, begin: int) -> tuple[int, int]:
    """The slots of *span* in the day that begins at *begin*."""
    return max(span.first - begin, 0), DAY if span.last is None else min(span.last - begin, DAY)


def _hourly(slots: Int32) -> Int32:
    """Row n is the minimum of the HOUR rows from n on."""
    width, least = 1, slots
    while 2 * width <= HOUR:
        least = np.minimum(least[:-width], least[width:])
        width *= 2
    rest = HOUR - width
    return np.minimum(least[:-rest], least[rest:]) if rest else least
