"""The places where moto is bent. They touch its internals, so that its version is pinned and checked at start."""

import copy
import hashlib
import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import moto
import moto.settings
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance, InstanceBackend, InstanceState, StateReason

PINNED_VERSION = "5.2.5"

_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_ON_THE_WAY_TO = {"running": "pending", "stopped": "stopping", "terminated": "shutting-down"}
_GONE = ("shutting-down", "terminated")
_NO_TOKEN = "ABCDE"  # what moto notes for a request without a ClientToken
_COMPARED = ("instance_type", "subnet_id", "private_ip", "key_name", "instance_market_options", "tags")
_TOKENS_ATTRIBUTE = "lcm_client_tokens"
_IMPAIRED_ATTRIBUTE = "lcm_impaired"


class MotoChangedError(RuntimeError):
    """moto is not what this module was written against."""


class TimedState(InstanceState):
    """An instance state that is reached after a while, by the wall clock: it goes on while the process is down."""

    transition_seconds = 0.0

    def __init__(self, name: str = "running") -> None:
        self._target = name
        self._reached_at = 0.0
        self.name = name

    @property
    def name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The state as seen from outside now."""
        return self._target if time.time() >= self._reached_at else _ON_THE_WAY_TO[self._target]

    @name.setter
    def name(self, value: str) -> None:
        if value != self._target:
            self.begin(value)

    @property
    def code(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """EC2's number for it."""
        return _CODES[self.name]

    @code.setter
    def code(self, value: int) -> None:
        """moto sets name and code one after the other; the name says it all."""

    @property
    def reached_at(self) -> float:
        """When the state is, or was, reached: seconds since the epoch."""
        return self._reached_at

    def begin(self, target: str) -> None:
        """Set out for a state."""
        self._target = target
        self._reached_at = time.time() + self.transition_seconds


class IncorrectInstanceStateError(EC2ClientError):
    """EC2 refuses to start or stop an instance that is on its way somewhere else."""

    def __init__(self, instance_id: str, verb: str) -> None:
        super().__init__(
            "IncorrectInstanceState",
            f"The instance '{instance_id}' is not in a state from which it can be {verb}.",
        )


def install(transition_seconds: float) -> None:
    """Bend moto, once per process; later calls only set the time that transitions take.

    Raises MotoChangedError when moto has another version, or no longer has the parts that are replaced.
    """
    check_moto()
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    moto.settings.ENABLE_AMI_VALIDATION = True
    moto.settings.EC2_ENABLE_INSTANCE_TYPE_VALIDATION = True
    TimedState.transition_seconds = transition_seconds
    if getattr(Instance, "lcm_installed", False):
        return
    Instance.lcm_installed = True  # type: ignore[attr-defined]
    _time_the_states()
    _honour_client_tokens()
    _let_status_checks_fail()


def check_moto() -> None:
    """Raises MotoChangedError unless moto is the one that this module knows."""
    if moto.__version__ != PINNED_VERSION:
        raise MotoChangedError(f"moto {moto.__version__} is installed; the cloud simulator knows {PINNED_VERSION}")
    bent = {Instance: ("__init__", "start", "stop", "terminate", "system_status"), InstanceBackend: ("run_instances",)}
    for owner, names in bent.items():
        missing = [name for name in names if name not in vars(owner)]
        if missing:
            raise MotoChangedError(f"moto's {owner.__name__} no longer has {', '.join(missing)}")
    if set(vars(InstanceState())) != {"name", "code"}:
        raise MotoChangedError("moto's InstanceState no longer is a name and a code")


def _time_the_states() -> None:
    make, start, stop, terminate = Instance.__init__, Instance.start, Instance.stop, Instance.terminate

    def timed_init(self: Instance, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        if not isinstance(self._state, InstanceState):
            raise MotoChangedError("moto's Instance no longer keeps its state in _state")
        self._state = TimedState()
        self._state.begin("running")

    def guarded_start(self: Instance) -> InstanceState:
        if self.state in ("stopping", *_GONE):
            raise IncorrectInstanceStateError(self.id, "started")
        return start(self)

    def guarded_stop(self: Instance) -> InstanceState:
        if self.state in ("pending", *_GONE):
            raise IncorrectInstanceStateError(self.id, "stopped")
        return stop(self)

    def guarded_terminate(self: Instance) -> InstanceState:
        return copy.copy(self._state) if self.state in _GONE else terminate(self)

    Instance.__init__ = timed_init
    Instance.start = guarded_start
    Instance.stop = guarded_stop
    Instance.terminate = guarded_terminate


def _honour_client_tokens() -> None:
    run = InstanceBackend.run_instances

    def run_once(self: Any, image_id: str, count: int, *args: Any, **kwargs: Any) -> Any:
        token = kwargs.get("client_token")
        if token in (None, "", _NO_TOKEN):
            return run(self, image_id, count, *args, **kwargs)
        known: dict[str, tuple[str, str]] = self.__dict__.setdefault(_TOKENS_ATTRIBUTE, {})
        asked = _fingerprint(image_id, count, kwargs)
        if token in known:
            reservation_id, before = known[token]
            if before != asked:
                raise EC2ClientError(
                    "IdempotentParameterMismatch", f"The client token {token} was used with other parameters."
                )
            return self.reservations[reservation_id]
        reservation = run(self, image_id, count, *args, **kwargs)
        known[token] = (reservation.id, asked)
        return reservation

    InstanceBackend.run_instances = run_once


def _let_status_checks_fail() -> None:
    healthy: Any = Instance.system_status.fget  # type: ignore[attr-defined]

    def system_status(self: Instance) -> dict[str, Any]:
        if self.state_code == _CODES["running"] and is_impaired(self):
            return {"Details": [{"Name": "reachability", "Status": "failed"}], "Status": "impaired"}
        return healthy(self)

    Instance.system_status = property(system_status)  # type: ignore[assignment,method-assign]


def is_impaired(instance: Instance) -> bool:
    """Whether its system status check fails."""
    return bool(instance.__dict__.get(_IMPAIRED_ATTRIBUTE))


def impair(instance: Instance, *, on: bool) -> None:
    """Have the system status check of a running instance fail, or pass again; it runs on either way."""
    setattr(instance, _IMPAIRED_ATTRIBUTE, on)


def plan_event(instance: Instance, *, code: str, description: str, not_before: datetime | None) -> None:
    """Announce what AWS will do to it, instead of what was announced before; nothing without a time.

    Announced only: whoever wants it to happen takes the instance away.
    """
    event = {"InstanceEventId": f"instance-event-{instance.id[2:]}", "Code": code, "Description": description}
    instance.events = [] if not_before is None else [{**event, "NotBefore": not_before}]  # type: ignore[attr-defined]


def _fingerprint(image_id: str, count: int, parameters: dict[str, Any]) -> str:
    compared = {name: str(parameters.get(name)) for name in _COMPARED}
    return hashlib.sha256(json.dumps([image_id, count, compared], sort_keys=True).encode()).hexdigest()


def region_backend(account_id: str, region: str) -> Any:
    """moto's EC2 of one region."""
    return ec2_backends[account_id][region]


def instances_of(backend: Any) -> Iterator[Instance]:
    """Every instance that can be described, terminated ones included."""
    for reservation in backend.reservations.values():
        yield from reservation.instances


def reclaim(instance: Instance, *, terminate: bool, code: str, message: str) -> None:
    """Take an instance away without its owner's doing; the reason is what DescribeInstances then tells."""
    if terminate:
        instance.terminate()
    elif instance.state == "pending":
        # The owner may not stop a pending instance, but AWS may.
        instance._state.begin("stopped")  # type: ignore[attr-defined]
    else:
        instance.stop()
    instance._reason = message
    instance.state_reason = StateReason(f"{code}: {message}", code)


def forget_terminated(backend: Any, older_than_seconds: float) -> int:
    """Let go of instances that were terminated that long ago, with their addresses; returns how many."""
    limit = time.time() - older_than_seconds
    old = [i for i in instances_of(backend) if i.state == "terminated" and i._state.reached_at <= limit]  # type: ignore[attr-defined]
    for instance in old:
        _release_addresses(backend, instance)
    for reservation in [*backend.reservations.values()]:
        reservation.instances = [i for i in reservation.instances if i not in old]
        if not reservation.instances:
            del backend.reservations[reservation.id]
    tokens: dict[str, tuple[str, str]] = backend.__dict__.get(_TOKENS_ATTRIBUTE, {})
    for token in [token for token, (owner, _) in tokens.items() if owner not in backend.reservations]:
        del tokens[token]
    return len(old)


def _release_addresses(backend: Any, instance: Instance) -> None:
    for interface in instance.nics.values():
        backend.enis.pop(interface.id, None)
    if instance.subnet_id:
        subnet = backend.get_subnet(instance.subnet_id)
        for address in instance._private_ips:
            subnet.del_subnet_ip(address)
