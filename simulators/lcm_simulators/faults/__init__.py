"""Fault injection shared by every simulator: what may go wrong, and the places where it is made to."""

from lcm_simulators.faults.api import faults_router
from lcm_simulators.faults.middleware import FaultMiddleware, drop, hang
from lcm_simulators.faults.model import EVENT_KINDS, REQUEST_KINDS, Fault, FaultKind, FaultMatch, FaultSpec, SeenRequest
from lcm_simulators.faults.plan import FaultPlan, UnsupportedFaultError
from lcm_simulators.faults.protocol import DroppableHttpProtocol

__all__ = [
    "EVENT_KINDS",
    "REQUEST_KINDS",
    "DroppableHttpProtocol",
    "Fault",
    "FaultKind",
    "FaultMatch",
    "FaultMiddleware",
    "FaultPlan",
    "FaultSpec",
    "SeenRequest",
    "UnsupportedFaultError",
    "drop",
    "faults_router",
    "hang",
]
