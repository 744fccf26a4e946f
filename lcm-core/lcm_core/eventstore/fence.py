"""The port through which a store refuses writes of a leader that has been replaced."""

from __future__ import annotations

from typing import Protocol

from pymongo.asynchronous.client_session import AsyncClientSession


class LeaderFence(Protocol):
    """Asked about every commit whose context names a leader."""

    async def admit(self, service: str, epoch: int) -> None:
        """Before the transaction: take note of a new epoch, refuse one known to be old with StaleLeader."""
        ...

    async def verify(self, service: str, epoch: int, session: AsyncClientSession) -> None:
        """First in the transaction: refuse *epoch* with StaleLeader when any process has taken note of another."""
        ...
