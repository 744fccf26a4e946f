"""Every router of the API, in the order in which the documentation shows them."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends, params

from control_plane_api.api.controllers import auth_controller
from control_plane_api.api.controllers.internal import (
    definitions_controller,
    fleet_controller,
    inbound_events_controller,
    service_settings_controller,
    sessions_controller,
    time_controller,
    warm_pools_controller,
    worker_templates_controller,
    workers_controller,
)
from control_plane_api.api.controllers.v1 import (
    audit_controller,
    capacity_controller,
    catalogue_controller,
    definition_content_controller,
    event_stream_controller,
    lablet_definitions_controller,
    lablet_sessions_controller,
    maintenance_controller,
    notifications_controller,
    outbound_dead_letters_controller,
    reconcilers_controller,
    reservations_controller,
    scaling_controller,
    scheduler_controller,
    session_assessment_controller,
    session_recovery_controller,
    stray_instances_controller,
    subscriptions_controller,
    system_controller,
    system_settings_controller,
    web_sessions_controller,
)
from control_plane_api.api.controllers.v1 import inbound_events_controller as public_inbound_events_controller
from control_plane_api.api.controllers.v1 import warm_pools_controller as public_warm_pools_controller
from control_plane_api.api.controllers.v1 import worker_templates_controller as public_worker_templates_controller
from control_plane_api.api.controllers.v1 import workers_controller as public_workers_controller
from control_plane_api.api.known_parameters import known_parameters
from lcm_core.hosting.openapi import operation_id

PUBLIC: tuple[APIRouter, ...] = (
    reservations_controller.router,
    lablet_sessions_controller.router,
    definition_content_controller.router,
    session_assessment_controller.router,
    session_recovery_controller.router,
    lablet_definitions_controller.router,
    public_workers_controller.router,
    public_worker_templates_controller.router,
    public_warm_pools_controller.router,
    capacity_controller.router,
    scaling_controller.router,
    stray_instances_controller.router,
    event_stream_controller.router,
    catalogue_controller.router,
    scheduler_controller.router,
    public_inbound_events_controller.router,
    subscriptions_controller.router,
    outbound_dead_letters_controller.router,
    notifications_controller.router,
    system_controller.router,
    system_settings_controller.router,
    reconcilers_controller.router,
    maintenance_controller.router,
    audit_controller.router,
    web_sessions_controller.router,
)
INTERNAL: tuple[APIRouter, ...] = (
    sessions_controller.router,
    workers_controller.router,
    fleet_controller.router,
    definitions_controller.router,
    worker_templates_controller.router,
    inbound_events_controller.router,
    time_controller.router,
    service_settings_controller.router,
    warm_pools_controller.router,
)


def _together(routers: Sequence[APIRouter], dependencies: Sequence[params.Depends] = ()) -> APIRouter:
    """Built once, whatever number of applications take it."""
    together = APIRouter(dependencies=dependencies, generate_unique_id_function=operation_id)
    for each in routers:
        together.include_router(each)
    return together


ROUTERS = (_together(PUBLIC, [Depends(known_parameters)]), _together((auth_controller.router, *INTERNAL)))
DEFINITION_ROUTES = (lablet_definitions_controller.router.prefix, definitions_controller.router.prefix)
"""Where whole content packages come in."""
