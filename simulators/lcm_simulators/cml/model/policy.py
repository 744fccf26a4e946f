"""How a simulated host behaves where the real one is slow, finite or undocumented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """Tunables of the state machines.

    ``time_scale`` multiplies every duration of the real product (0 = at once). ``refusal_status`` and
    ``capacity_status`` are configurable because the published API does not fix them.
    """

    time_scale: float = 0.008
    queue_seconds: float = 0.5
    licence_registration_seconds: float = 10.0
    evaluation_node_limit: int = 0
    personal_node_limit: int = 20
    enterprise_base_nodes: int = 20
    licensed_extra_nodes: int = 300
    cpu_overcommit: float = 1.0
    memory_overcommit: float = 1.0
    refusal_status: int = 400
    capacity_status: int = 400
    accept_unknown_definitions: bool = False
    patty_port_low: int = 2000
    patty_port_high: int = 7999
    console_noise: bool = False
    configuration_while_running: bool = False
    token_lifetime_seconds: float = 86_400.0
    rejected_licence_token_prefix: str = "INVALID"
    version: str = "2.9.1+build.7"

    def scaled(self, seconds: float) -> float:
        return seconds * self.time_scale
