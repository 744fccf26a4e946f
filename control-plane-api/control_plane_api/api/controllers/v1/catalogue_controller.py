"""What there is to know about events and states, as data."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from control_plane_api.api.access import Reader
from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from lcm_core.domain import enums, transitions
from lcm_core.domain.transitions import Transition

router = APIRouter(prefix="/api/v1", tags=["catalogue"])

_ = AGGREGATES
"""Importing the aggregates is what registers their events."""


class CatalogueEvent(BaseModel):
    """One domain event, as it is stored, streamed and sent as CloudEvent."""

    name: str
    version: int
    type: str = Field(description="Name on the live stream; `<name>.v<version>`.")
    doc: str
    emitted_by: str
    consumed_by: list[str]
    published: bool = Field(description="Whether it also leaves as CloudEvent.")
    data_schema: dict[str, Any] = Field(description="JSON Schema of the event's data.")


class StateTransition(BaseModel):
    source: str
    target: str
    trigger: str


class StateMachine(BaseModel):
    kind: str
    states: list[str]
    terminal: list[str]
    transitions: list[StateTransition]


@router.get("/event-catalogue", summary="Every event that is ever emitted")
async def get_event_catalogue(_: Reader) -> list[CatalogueEvent]:
    return catalogue()


@router.get("/state-machines", summary="The transition table of everything that has states")
async def get_state_machines(_: Reader) -> list[StateMachine]:
    return machines()


@cache
def catalogue() -> list[CatalogueEvent]:
    return [
        CatalogueEvent(
            name=entry.name,
            version=entry.version,
            type=entry.type,
            doc=entry.doc,
            emitted_by=entry.emitted_by,
            consumed_by=list(entry.consumed_by),
            published=entry.published,
            data_schema=entry.json_schema,
        )
        for entry in EVENTS.catalogue()
    ]


@cache
def machines() -> list[StateMachine]:
    return [
        _machine("lablet_session", enums.LabletSessionStatus, transitions.LABLET_SESSION_TRANSITIONS),
        _machine("cml_worker", enums.CMLWorkerStatus, transitions.CML_WORKER_TRANSITIONS),
        _machine("lablet_definition", enums.LabletDefinitionStatus, transitions.LABLET_DEFINITION_TRANSITIONS),
        _machine("user_session", enums.UserSessionStatus, transitions.USER_SESSION_TRANSITIONS),
        _machine("grading_session", enums.GradingSessionStatus, transitions.GRADING_SESSION_TRANSITIONS),
        _machine("reservation", enums.ReservationStatus, transitions.RESERVATION_TRANSITIONS),
        _machine("subscription", enums.SubscriptionStatus, transitions.SUBSCRIPTION_TRANSITIONS),
    ]


def _machine(kind: str, states: Iterable[StrEnum], rows: Iterable[Transition[Any]]) -> StateMachine:
    transitions = [StateTransition(source=row.source, target=row.target, trigger=row.trigger) for row in rows]
    sources = {transition.source for transition in transitions}
    names = [state.value for state in states]
    return StateMachine(
        kind=kind, states=names, terminal=[name for name in names if name not in sources], transitions=transitions
    )
