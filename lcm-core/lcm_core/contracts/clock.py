"""What time it is where the records are kept."""

from __future__ import annotations

from pydantic import AwareDatetime

from lcm_core.contracts.base import Contract


class ServerTime(Contract):
    """Read while the question was being answered: by the time the answer arrives it is later, never earlier."""

    now: AwareDatetime
