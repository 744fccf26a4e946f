"""A small number per worker says which checks it fails: what is kept of a decision until somebody wants to read it.

The three highest bits are the checks that are not about amounts, one bit below them for each row of the grid that falls
short. 0 is a worker that can take the session.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcm_core.placement.filters import RejectionReason
from lcm_core.placement.occupancy import ROWS

Facts = NDArray[np.uint16]

STATUS, LICENSE, AMI, VIRTUALIZATION = 1 << 6, 2 << 6, 3 << 6, 4 << 6
_KINDS = 7 << 6
PORTS = 1 << ROWS.index("ports")
_LICENSED_NODES = 1 << ROWS.index("licence")
_CAPACITY = PORTS - 1 - _LICENSED_NODES
_WEIGHTS = (1 << np.arange(len(ROWS), dtype=np.uint8)).astype(np.uint8)[:, np.newaxis]
_REASONS = tuple(RejectionReason)


def short_rows(short: NDArray[np.bool_]) -> Facts:
    """The bits of rows that fall short; *short* is (row, worker)."""
    return np.bitwise_or.reduce(short.view(np.uint8) * _WEIGHTS, axis=0).astype(np.uint16)


def reason_of(fact: int) -> RejectionReason | None:
    """The first failing check, in the order of the filters."""
    kind = fact & _KINDS
    if kind == STATUS:
        return RejectionReason.STATUS
    if kind == LICENSE or fact & _LICENSED_NODES:
        return RejectionReason.LICENSE
    if kind == AMI:
        return RejectionReason.AMI
    if kind == VIRTUALIZATION:
        return RejectionReason.VIRTUALIZATION
    if fact & _CAPACITY:
        return RejectionReason.CAPACITY
    return RejectionReason.PORTS if fact & PORTS else None


def first_short_row(fact: int) -> int | None:
    """The row that the first failing check is about; None when that is not about amounts."""
    kind, short = fact & _KINDS, fact & ~_KINDS
    if kind in (STATUS, LICENSE):
        return None
    if kind in (AMI, VIRTUALIZATION):
        short &= _LICENSED_NODES
    return (short & -short).bit_length() - 1 if short else None


_NUMBERED = np.array([0 if (reason := reason_of(fact)) is None else 1 + _REASONS.index(reason) for fact in range(512)])


def count_reasons(facts: Facts, vacant: int) -> dict[str, int]:
    """Rejections per reason, most frequent first, equal counts in the order of the filters.

    *vacant* columns are nobody's; they stand in *facts* as STATUS.
    """
    counts: list[int] = np.bincount(_NUMBERED[facts], minlength=1 + len(_REASONS)).tolist()
    counts[1] -= vacant
    ordered = sorted((-number, place) for place, number in enumerate(counts[1:]) if number)
    return {_REASONS[place].value: -number for number, place in ordered}
