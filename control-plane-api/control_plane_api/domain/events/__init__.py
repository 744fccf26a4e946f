"""All events of control-plane-api. Importing this registers every one of them in EVENTS."""

from control_plane_api.domain.events import (
    cml_worker_events,
    cml_worker_host_events,
    grading_session_events,
    lablet_definition_events,
    lablet_session_assessment_events,
    lablet_session_events,
    lablet_session_recovery_events,
    reservation_events,
    score_report_events,
    system_settings_events,
    user_session_events,
    worker_template_events,
)
from control_plane_api.domain.events.registry import EVENTS, Stamp, StampedEvent

__all__ = [
    "EVENTS",
    "Stamp",
    "StampedEvent",
    "cml_worker_events",
    "cml_worker_host_events",
    "grading_session_events",
    "lablet_definition_events",
    "lablet_session_assessment_events",
    "lablet_session_events",
    "lablet_session_recovery_events",
    "reservation_events",
    "score_report_events",
    "system_settings_events",
    "user_session_events",
    "worker_template_events",
]
