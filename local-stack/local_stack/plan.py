"""Where everything of one stack listens, and the secrets it shares; chosen once, kept in its data folder.

A stack is wholly described by its data folder: two stacks in two folders never meet, because each takes free ports
and a loopback subnet of its own for the simulated cloud.
"""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

HOST = "127.0.0.1"
PREFERRED_PORTS = {
    "control-plane-api": 8020,
    "resource-scheduler": 8081,
    "lablet-controller": 8082,
    "worker-controller": 8083,
    "identity": 8021,
    "etcd-client": 8379,
    "etcd-peer": 8380,
    "mongo": 8017,
    "cloud": 8050,
    "cml-control": 8051,
    "lds": 8052,
    "grading": 8053,
}
CML_HTTPS_PORT = 10443
CML_SSH_PORT = 10022
SECRET_NAMES = (
    "client-control-plane-api",
    "client-resource-scheduler",
    "client-worker-controller",
    "client-lablet-controller",
    "client-lds",
    "client-grading-engine",
    "client-lms-demo",
    "client-lcm-ui",
    "client-seed",
    "lds-basic",
    "cml-admin",
    "cml-license",
    "aws-secret",
    "cookie",
    "sealing",
)


@dataclass(slots=True)
class StackPlan:
    """Ports by process name, the cloud's subnet (CIDR), and secrets by name."""

    data_dir: Path
    ports: dict[str, int]
    subnet: str
    secrets: dict[str, str] = field(repr=False)

    def url(self, name: str) -> str:
        return f"http://{HOST}:{self.ports[name]}"

    @property
    def file(self) -> Path:
        return self.data_dir / "stack.json"

    def save(self) -> None:
        """Written so that only its owner can read it: it holds the stack's secrets."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        content = {**asdict(self), "data_dir": str(self.data_dir)}
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)


def load_or_make_plan(data_dir: Path, *, preferred: bool = True) -> StackPlan:
    """The plan kept in *data_dir*, with ports that are taken by now replaced; or a new one.

    Environment variables ``LCM_PORT_<NAME>`` (as in ``LCM_PORT_CONTROL_PLANE_API``) fix a port. With *preferred* the
    well-known ports are used where they are free.
    """
    kept = _read(data_dir / "stack.json")
    taken: set[int] = set()
    ports: dict[str, int] = {}
    for name, wish in PREFERRED_PORTS.items():
        fixed = os.environ.get(f"LCM_PORT_{name.upper().replace('-', '_')}")
        default = kept.ports.get(name) if kept else (wish if preferred else None)
        ports[name] = int(fixed) if fixed else _port(default, taken)
        taken.add(ports[name])
    subnet = kept.subnet if kept else _free_subnet(data_dir)
    found = kept.secrets if kept else {}
    plan = StackPlan(
        data_dir=data_dir.resolve(),
        ports=ports,
        subnet=subnet,
        secrets={name: found.get(name) or secrets.token_hex(24) for name in SECRET_NAMES},
    )
    plan.save()
    return plan


def read_plan(data_dir: Path) -> StackPlan | None:
    """The plan of a stack that was started before, None when there is none."""
    return _read(data_dir / "stack.json")


def _read(file: Path) -> StackPlan | None:
    if not file.exists():
        return None
    content = json.loads(file.read_text())
    return StackPlan(
        data_dir=Path(content["data_dir"]),
        ports=content["ports"],
        subnet=content["subnet"],
        secrets=content["secrets"],
    )


def _port(wish: int | None, taken: set[int]) -> int:
    if wish is not None and wish not in taken and _is_free(HOST, wish):
        return wish
    while True:
        port = free_port()
        if port not in taken:
            return port


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free_subnet(data_dir: Path) -> str:
    """A /20 of the loopback network on which no simulated host listens.

    The search begins at a place of the data folder's own, because a stack that has launched nothing yet does not show.
    """
    candidates = [f"127.{second}.{third}.0/20" for second in range(10, 120) for third in range(0, 256, 16)]
    digest = sha256(str(data_dir.resolve()).encode()).digest()
    start = int.from_bytes(digest[:4], "big") % len(candidates)
    for cidr in candidates[start:] + candidates[:start]:
        first_hosts = list(ipaddress.ip_network(cidr).hosts())[3:8]
        if all(_is_free(str(host), CML_HTTPS_PORT) for host in first_hosts):
            return cidr
    raise RuntimeError("no free loopback subnet for the simulated cloud: stop another stack first")
