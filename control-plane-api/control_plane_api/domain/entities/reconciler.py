"""What is wanted of one reconciling service, by its name: whether it is paused, and what it was lately told to do."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import reconciler_events as events
from control_plane_api.domain.events.registry import Stamp, StampedEvent
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.read_models import StrayInstance, StrayVerdict
from lcm_core.domain.read_models.operations import Pause
from lcm_core.domain.steering import DISCOVERY_KEY, DISCOVERY_LOOP, KEPT_TRIGGERS, TriggerOrder


class ReconcilerState(BaseModel):
    """Fields of ReconcilerReadModel."""

    pause: Pause | None = None
    triggers: tuple[TriggerOrder, ...] = ()
    resign_epoch: int | None = None
    created_at: AwareDatetime


class Reconciler(AggregateRoot[ReconcilerState]):
    """Comes into being with the first order. Methods that answer bool say whether anything changed."""

    kind = "reconciler"
    collection = "reconcilers"

    @property
    def is_paused(self) -> bool:
        return self._state is not None and self._state.pause is not None

    def pause(self, reason: str, stamp: Stamp) -> bool:
        if self.is_paused:
            return False
        self.record(events.ReconcilerPausedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def resume(self, reason: str, stamp: Stamp) -> bool:
        pause = self.state.pause if self.is_paused else None
        if pause is None:
            return False
        seconds = (stamp.at - pause.since).total_seconds()
        self.record(
            events.ReconcilerResumedDomainEvent(at=stamp.at, by=stamp.by, reason=reason, paused_seconds=seconds)
        )
        return True

    def trigger(self, key: str | None, loop: str | None, reason: str, stamp: Stamp) -> None:
        self.record(events.ReconcilerTriggeredDomainEvent(at=stamp.at, by=stamp.by, key=key, loop=loop, reason=reason))

    def decide_stray(
        self, instance: StrayInstance, verdict: StrayVerdict | None, with_labs: bool, reason: str, stamp: Stamp
    ) -> None:
        """Also has the loop that looks after strays run now."""
        self.record(
            events.StrayInstanceDecidedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                ec2_instance_id=instance.ec2_instance_id,
                region=instance.region,
                verdict=verdict,
                with_labs=with_labs,
                reason=reason,
                key=DISCOVERY_KEY,
                loop=DISCOVERY_LOOP,
            )
        )

    def resign(self, epoch: int, reason: str, stamp: Stamp) -> bool:
        """False when that very term was told so already."""
        if self._state is not None and self._state.resign_epoch == epoch:
            return False
        self.record(
            events.ReconcilerResignationOrderedDomainEvent(at=stamp.at, by=stamp.by, epoch=epoch, reason=reason)
        )
        return True

    def _known(self, event: StampedEvent) -> ReconcilerState:
        if self._state is None:
            self.state = ReconcilerState(created_at=event.at)
        return self.state

    @when(events.ReconcilerPausedDomainEvent)
    def _paused(self, event: events.ReconcilerPausedDomainEvent) -> None:
        self._known(event).pause = Pause(by=event.by, since=event.at, reason=event.reason)

    @when(events.ReconcilerResumedDomainEvent)
    def _resumed(self, event: events.ReconcilerResumedDomainEvent) -> None:
        self._known(event).pause = None

    @when(events.ReconcilerTriggeredDomainEvent)
    def _triggered(self, event: events.ReconcilerTriggeredDomainEvent) -> None:
        self._look(event, event.key, event.loop)

    @when(events.StrayInstanceDecidedDomainEvent)
    def _stray_decided(self, event: events.StrayInstanceDecidedDomainEvent) -> None:
        self._look(event, event.key, event.loop)

    def _look(self, event: StampedEvent, key: str | None, loop: str | None) -> None:
        state = self._known(event)
        state.triggers = (*state.triggers, TriggerOrder(at=event.at, key=key, loop=loop))[-KEPT_TRIGGERS:]

    @when(events.ReconcilerResignationOrderedDomainEvent)
    def _resignation_ordered(self, event: events.ReconcilerResignationOrderedDomainEvent) -> None:
        self._known(event).resign_epoch = event.epoch
