"""Inbound CloudEvents that could not be applied, kept for an operator."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from lcm_core.contracts.base import Contract, Reason


class DeadLetter(Contract):
    """One event that was received and could not be applied: why, and everything needed to replay it."""

    source: str
    id: str
    type: str
    subject: str = ""
    data: dict[str, Any] = Field(default_factory=dict[str, Any])
    reason: Reason
    received_at: AwareDatetime
