"""The warm pool of a definition, all of its versions: how many labs are kept prepared, and whether that goes well.

The labs themselves are on record with the workers that hold them.
"""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import warm_pool_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.warm_pool import PoolFailure, WarmPoolPolicy, WarmPoolStatus, failures_that_count

FAILURES_KEPT = 100
"""Failures that a pool remembers, as many as the largest budget; the log has all of them."""
_P = WarmPoolStatus


class WarmPoolState(BaseModel):
    """Fields of WarmPoolReadModel."""

    definition_name: str
    policy: WarmPoolPolicy
    status: WarmPoolStatus
    status_reason: str = ""
    status_changed_at: AwareDatetime
    status_changed_by: str = ""
    resumed_at: AwareDatetime | None = None
    failures: tuple[PoolFailure, ...] = ()
    created_at: AwareDatetime


class WarmPool(AggregateRoot[WarmPoolState]):
    """Methods that answer bool say whether anything changed."""

    kind = "warm_pool"
    collection = "warm_pools"

    @classmethod
    def create(cls, id: str, definition_name: str, policy: WarmPoolPolicy, reason: str, stamp: Stamp) -> Self:
        pool = cls(id)
        pool.record(
            events.WarmPoolConfiguredDomainEvent(
                at=stamp.at, by=stamp.by, definition_name=definition_name, policy=policy, reason=reason
            )
        )
        return pool

    def configure(self, policy: WarmPoolPolicy, reason: str, stamp: Stamp) -> bool:
        if policy == self.state.policy:
            return False
        self.record(
            events.WarmPoolConfiguredDomainEvent(
                at=stamp.at, by=stamp.by, definition_name=self.state.definition_name, policy=policy, reason=reason
            )
        )
        return True

    def change_status(self, status: WarmPoolStatus, reason: str, stamp: Stamp) -> bool:
        """By an operator. SUSPENDED is the failure budget's; ACTIVE gives the pool its whole budget again."""
        if status is _P.SUSPENDED:
            raise RuleViolation(
                "A pool is suspended by its failure budget only; pause it instead.", code="pool-not-suspended-by-hand"
            )
        return self._enter(status, reason, stamp)

    def preparation_failed(self, failure: PoolFailure, stamp: Stamp) -> bool:
        """False for a failure that is on record. Suspends the pool when its budget is spent."""
        if any(each.prepared_lab_id == failure.prepared_lab_id for each in self.state.failures):
            return False
        self.record(events.WarmPoolPreparationFailedDomainEvent(at=stamp.at, by=stamp.by, failure=failure))
        state = self.state
        counted = failures_that_count(state.failures, state.policy, stamp.at, state.resumed_at)
        if state.status is _P.ACTIVE and len(counted) >= state.policy.failure_budget:
            minutes = state.policy.failure_window_minutes
            self._enter(
                _P.SUSPENDED,
                f"{len(counted)} preparations failed within {minutes} minutes, the last one: {failure.reason}"[:2000],
                stamp,
            )
        return True

    def _enter(self, status: WarmPoolStatus, reason: str, stamp: Stamp) -> bool:
        if status is self.state.status:
            return False
        self.record(events.WarmPoolStatusChangedDomainEvent(at=stamp.at, by=stamp.by, status=status, reason=reason))
        return True

    @when(events.WarmPoolConfiguredDomainEvent)
    def _configured(self, event: events.WarmPoolConfiguredDomainEvent) -> None:
        if self._state is not None:
            self.state.policy = event.policy
            return
        self.state = WarmPoolState(
            definition_name=event.definition_name,
            policy=event.policy,
            status=_P.ACTIVE,
            status_changed_at=event.at,
            status_changed_by=event.by,
            created_at=event.at,
        )

    @when(events.WarmPoolStatusChangedDomainEvent)
    def _status_changed(self, event: events.WarmPoolStatusChangedDomainEvent) -> None:
        self.state.status = event.status
        self.state.status_reason = event.reason
        self.state.status_changed_at = event.at
        self.state.status_changed_by = event.by
        if event.status is _P.ACTIVE:
            self.state.resumed_at = event.at

    @when(events.WarmPoolPreparationFailedDomainEvent)
    def _preparation_failed(self, event: events.WarmPoolPreparationFailedDomainEvent) -> None:
        self.state.failures = (*self.state.failures, event.failure)[-FAILURES_KEPT:]
