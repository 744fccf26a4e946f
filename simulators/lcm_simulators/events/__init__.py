"""CloudEvents that a simulator sends: queued on disk, delivered at least once."""

from lcm_simulators.events.api import events_router
from lcm_simulators.events.queue import EventQueue, QueuedEvent
from lcm_simulators.events.sender import EventSender
from lcm_simulators.events.token import ClientCredentials

__all__ = ["ClientCredentials", "EventQueue", "EventSender", "QueuedEvent", "events_router"]
