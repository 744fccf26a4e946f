"""What a host keeps on disk: one file for itself and one for each lab, replaced atomically."""

import shutil
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from lcm_simulators.cml.model.accounts import Accounts
from lcm_simulators.cml.model.admission import Machine
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.licence import Licence
from lcm_simulators.cml.model.policy import HostPolicy


@dataclass(slots=True)
class HostRecord:
    """Everything about a host that is not a lab. ``boot_id`` tells one boot of the machine from the next."""

    hostname: str
    compute_id: str
    booted_at: float
    accounts: Accounts
    licence: Licence
    admission_state: str
    maintenance_mode: bool
    telemetry_opt_in: bool | None
    launch_free_at: float
    boots_stalled: bool = False
    boot_id: str | None = None
    killed: bool = False


@dataclass(slots=True)
class Power:
    """Is the machine on, and has it been killed by the control plane?"""

    boot_id: str | None = None
    killed: bool = False


_RECORD = TypeAdapter(HostRecord)
_LAB = TypeAdapter(Lab)
_LAB_FIELDS = [f.name for f in fields(Lab) if f.name != "journal"]
_COPIED = [f.name for f in fields(HostRecord) if f.name not in ("boot_id", "killed")]


@dataclass(slots=True)
class HostStore:
    """``power`` is saved with the host."""

    folder: Path
    power: Power = field(default_factory=Power)

    @property
    def exists(self) -> bool:
        return (self.folder / "host.json").exists()

    def load(self, address: str, machine: Machine, policy: HostPolicy) -> Host:
        record = _RECORD.validate_json((self.folder / "host.json").read_bytes())
        self.power = Power(record.boot_id, record.killed)
        host = Host(address=address, machine=machine, policy=policy, **{n: getattr(record, n) for n in _COPIED})
        for path in sorted((self.folder / "labs").glob("*.json")):
            lab = _LAB.validate_json(path.read_bytes())
            host.labs[lab.id] = lab
        host.labs = dict(sorted(host.labs.items(), key=lambda item: item[1].created))
        host.rebuild_indexes()
        host.dirty = False
        return host

    def save(self, host: Host) -> None:
        """Write what changed since the last save."""
        labs = self.folder / "labs"
        if host.dirty_labs or host.dirty:
            labs.mkdir(parents=True, exist_ok=True)
        for lab_id in host.dirty_labs:
            path = labs / f"{lab_id}.json"
            lab = host.labs.get(lab_id)
            if lab is None:
                path.unlink(missing_ok=True)
            else:
                _replace(path, {name: getattr(lab, name) for name in _LAB_FIELDS})
        host.dirty_labs.clear()
        if host.dirty:
            values = {name: getattr(host, name) for name in _COPIED}
            _replace(self.folder / "host.json", {**values, "boot_id": self.power.boot_id, "killed": self.power.killed})
            host.dirty = False

    def erase(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _replace(path: Path, document: dict[str, Any]) -> None:
    """Readers see the old file or the new one, also after a kill in between."""
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(orjson.dumps(document))
    temporary.replace(path)
