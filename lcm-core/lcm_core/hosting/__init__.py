"""Turns hosted services, routers and checks into a running service."""

from __future__ import annotations

from lcm_core.hosting.app import Resources, create_service_app
from lcm_core.hosting.health import HealthCheck
from lcm_core.hosting.hosted_service import HostedService
from lcm_core.hosting.problems import Problem
from lcm_core.hosting.refusals import note_refusal
from lcm_core.hosting.server import run_server, serve
from lcm_core.hosting.startup import StartupTimeout, wait_for

__all__ = [
    "HealthCheck",
    "HostedService",
    "Problem",
    "Resources",
    "StartupTimeout",
    "create_service_app",
    "note_refusal",
    "run_server",
    "serve",
    "wait_for",
]
