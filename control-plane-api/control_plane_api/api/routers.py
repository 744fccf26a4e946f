"""Every router of the API, in the order in which the documentation shows them."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.controllers import auth_controller
from control_plane_api.api.controllers.internal import (
    definitions_controller,
    inbound_events_controller,
    sessions_controller,
    time_controller,
    worker_templates_controller,
    workers_controller,
)
from control_plane_api.api.controllers.v1 import (
    audit_controller,
    capacity_controller,
    catalogue_controller,
    event_stream_controller,
    lablet_definitions_controller,
    lablet_sessions_controller,
    reservations_controller,
    scheduler_controller,
    session_assessment_controller,
    system_controller,
    system_settings_controller,
)
from control_plane_api.api.controllers.v1 import worker_templates_controller as public_worker_templates_controller
from control_plane_api.api.controllers.v1 import workers_controller as public_workers_controller

PUBLIC: tuple[APIRouter, ...] = (
    reservations_controller.router,
    lablet_sessions_controller.router,
    session_assessment_controller.router,
    lablet_definitions_controller.router,
    public_workers_controller.router,
    public_worker_templates_controller.router,
    capacity_controller.router,
    event_stream_controller.router,
    catalogue_controller.router,
    scheduler_controller.router,
    system_controller.router,
    system_settings_controller.router,
    audit_controller.router,
    auth_controller.router,
)
INTERNAL: tuple[APIRouter, ...] = (
    sessions_controller.router,
    workers_controller.router,
    definitions_controller.router,
    worker_templates_controller.router,
    inbound_events_controller.router,
    time_controller.router,
)
ROUTERS = (*PUBLIC, *INTERNAL)
