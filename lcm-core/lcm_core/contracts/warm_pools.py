"""Requests about the warm pools of definitions and the prepared labs in them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lcm_core.contracts.base import Contract
from lcm_core.domain.warm_pool import PreparedLab, WarmPoolPolicy

_Why = Annotated[str, Field(min_length=1, max_length=2000)]


class CreateWarmPool(Contract):
    """Keep labs of a definition prepared: of its newest ACTIVE version."""

    definition_name: Annotated[str, Field(min_length=1, max_length=100)]
    policy: WarmPoolPolicy
    reason: _Why


class ChangeWarmPool(Contract):
    policy: WarmPoolPolicy
    reason: _Why


class WarmPoolReason(Contract):
    """Why a pool is paused, drained or resumed."""

    reason: _Why


class PrepareLab(Contract):
    """Hold room and ports for a lab on a worker; the same ``prepared_lab_id`` never holds them twice."""

    prepared_lab_id: Annotated[str, Field(min_length=1, max_length=64)]
    worker_id: str
    definition_id: str


class PrepareLabAnswer(Contract):
    """The lab as it is on record, with the ports to import it with."""

    begun: bool
    lab: PreparedLab


class LabPrepared(Contract):
    """Imported and stopped. ``prepare_seconds`` is what a session that takes it is spared."""

    prepared_lab_id: str
    worker_id: str
    cml_lab_id: Annotated[str, Field(min_length=1, max_length=200)]
    prepare_seconds: Annotated[float, Field(ge=0)]


class PreparationFailed(Contract):
    """It could not be prepared; what may be on the host of it is to be removed."""

    prepared_lab_id: str
    worker_id: str
    reason: _Why


class DiscardPreparedLabs(Contract):
    """Idle labs that are too old, of another version, or too many. Those that a session has claimed stay."""

    worker_id: str
    prepared_lab_ids: Annotated[tuple[str, ...], Field(min_length=1, max_length=200)]
    reason: _Why


class PreparedLabRemoved(Contract):
    prepared_lab_id: str
    worker_id: str
    proof: _Why
