"""The system API of CML hosts: information, statistics and licensing.

Answers are parsed into models that ignore keys they do not know; a figure that is missing is an error, never a silent
null, because an all-null observation of a healthy host looks like an idle one.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

import httpx2
from pydantic import AwareDatetime, BaseModel, SecretStr, ValidationError

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.errors import Conflict, FarEndError, InvalidInput
from lcm_core.integration.http import BreakerPolicy, Deadlines, JsonHttpClient, RetryPolicy, tls_context
from worker_controller.domain.cml_system import LAB_ACTIVITY, PRODUCTS, CmlInformation, CmlLicensing, CmlStats, Space
from worker_controller.integration.services.cml_first_contact import HostAccess
from worker_controller.integration.services.cml_measures import measured
from worker_controller.integration.services.cml_token_source import CmlTokenSource

_NODE_FEATURE = "CML_NODE_COUNT"
ModelT = TypeVar("ModelT", bound=BaseModel)


class _Information(BaseModel):
    version: str
    ready: bool


class _Cpu(BaseModel):
    count: int
    percent: float


class _Space(BaseModel):
    used: float
    total: float


class _Totals(BaseModel):
    cpu: _Cpu
    memory: _Space
    disk: _Space


class _DomainInfo(BaseModel):
    running_nodes: int = 0


class _ComputeStats(BaseModel):
    dominfo: _DomainInfo = _DomainInfo()


class _Compute(BaseModel):
    stats: _ComputeStats = _ComputeStats()


class _Stats(BaseModel):
    computes: dict[str, _Compute]
    all: _Totals


class _TimeInfo(BaseModel):
    failure: str | None = None


class _Status(BaseModel):
    status: str = ""
    register_time: _TimeInfo = _TimeInfo()


class _Feature(BaseModel):
    """``id`` looks like "regid.2019-10.com.cisco.CML_NODE_COUNT,1.0_…"."""

    id: str = ""
    max: int | None = None


class _ProductLicence(BaseModel):
    active: str = ""


class _Licensing(BaseModel):
    registration: _Status
    authorization: _Status
    features: list[_Feature] = []
    product_license: _ProductLicence = _ProductLicence()


class _TelemetryEvent(BaseModel):
    category: str
    timestamp: AwareDatetime


class CmlSystemSpiClient:
    """``CmlSystemPort`` of one host; *open_http* has no token, for what CML tells anybody."""

    def __init__(
        self, http: JsonHttpClient, open_http: JsonHttpClient, access: HostAccess, event_access: EventAccess
    ) -> None:
        self._http = http
        self._open_http = open_http
        self._access = access
        self.event_access = event_access

    async def information(self) -> CmlInformation:
        """Asked once, without repetition: the caller asks again soon anyway."""
        with measured("information"):
            found = _parsed(_Information, await self._open_http.request("GET", "/api/v0/system_information"))
        return CmlInformation(found.version, found.ready)

    async def stats(self) -> CmlStats:
        with measured("stats"):
            found = _parsed(_Stats, await self._http.request("GET", "/api/v0/system_stats", idempotent=True))
        if not found.computes or found.all.cpu.count < 1 or found.all.memory.total <= 0:
            raise _unreadable("it reports statistics without any compute")
        return CmlStats(
            cpu_cores=found.all.cpu.count,
            cpu_percent=round(found.all.cpu.percent, 1),
            memory=Space(found.all.memory.used, found.all.memory.total),
            disk=Space(found.all.disk.used, found.all.disk.total),
            nodes_running=sum(compute.stats.dominfo.running_nodes for compute in found.computes.values()),
        )

    async def licensing(self) -> CmlLicensing:
        with measured("licensing"):
            found = _parsed(_Licensing, await self._http.request("GET", "/api/v0/licensing", idempotent=True))
        extra = [feature.max or 0 for feature in found.features if _NODE_FEATURE in feature.id]
        return CmlLicensing(
            registration=found.registration.status,
            authorization=found.authorization.status,
            product=found.product_license.active,
            extra_nodes=sum(extra),
            failure=found.registration.register_time.failure or "",
        )

    async def labs(self) -> frozenset[str]:
        answer = await self._http.request("GET", "/api/v0/labs", params={"show_all": "true"}, idempotent=True)
        if not isinstance(answer, list):
            raise _unreadable("its list of labs is none")
        return frozenset(str(lab_id) for lab_id in answer)

    async def last_activity(self) -> datetime | None:
        """When somebody last did something with a lab, None when the host remembers nothing of that kind."""
        with measured("last_activity"):
            answer = await self._http.request("GET", "/api/v0/telemetry/events", idempotent=True)
        events = [_parsed(_TelemetryEvent, row) for row in answer or []]
        return max((event.timestamp for event in events if event.category in LAB_ACTIVITY), default=None)

    async def take_over(self, instance_id: str) -> bool:
        with measured("take_over"):
            return await self._access.take_over(instance_id)

    async def set_product(self, kind: LicenseType) -> None:
        with measured("set_product"):
            await self._http.request("PUT", "/api/v0/licensing/product_license", json=PRODUCTS[kind], idempotent=True)

    async def register(self, token: str) -> None:
        body = {"token": token, "reregister": False}
        try:
            with measured("register"):
                await self._http.request("POST", "/api/v0/licensing/registration", json=body)
        except Conflict:
            return  # one is under way or done: licensing tells which

    async def deregister(self) -> None:
        try:
            with measured("deregister"):
                await self._http.request("DELETE", "/api/v0/licensing/deregistration")
        except (Conflict, InvalidInput):
            return  # nothing is registered

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._open_http.aclose()


@dataclass(frozen=True, slots=True)
class EventAccess:
    """How the event stream of a host is reached, with the log-in that its API uses."""

    url: str
    tls: ssl.SSLContext
    tokens: CmlTokenSource


class CmlHostRegistry:
    """Clients by address; each host has its own connections, token and circuit breaker.

    *ca_file* is the CA that signs the hosts' certificates; *check_hostname* may only be turned off for hosts that share
    a certificate which does not name their addresses: the CA is checked even then.

    New hosts come with *bootstrap_password*; ``{instance_id}`` in it stands for the id of the instance.
    """

    def __init__(
        self,
        *,
        username: str,
        password: SecretStr,
        https_port: int = 443,
        ca_file: Path | None = None,
        check_hostname: bool = True,
        deadlines: Deadlines | None = None,
        breaker: BreakerPolicy | None = None,
        bootstrap_password: SecretStr | None = None,
    ) -> None:
        self._username = username
        self._password = password
        self._bootstrap = bootstrap_password
        self._https_port = https_port
        self._ca_file = ca_file
        self._check_hostname = check_hostname
        self._deadlines = deadlines or Deadlines(connect_seconds=2, attempt_seconds=5, total_seconds=10)
        self._breaker = breaker or BreakerPolicy(failures=10, pause_seconds=2)
        self._tls: ssl.SSLContext | None = None
        self._hosts: dict[str, CmlSystemSpiClient] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def at(self, address: str) -> CmlSystemSpiClient:
        host = self._hosts.get(address)
        if host is None:
            host = self._hosts[address] = self._open(address)
        return host

    def event_access(self, address: str) -> EventAccess:
        return self.at(address).event_access

    async def forget(self, address: str) -> None:
        """Close the connections to a host that is gone; a later one with its address starts afresh."""
        host = self._hosts.pop(address, None)
        if host is not None:
            await host.aclose()

    async def aclose(self) -> None:
        for address in list(self._hosts):
            await self.forget(address)

    def _open(self, address: str) -> CmlSystemSpiClient:
        url = f"https://{address}:{self._https_port}"
        bare = self._new_http(url)
        tokens = self._tokens(bare, self._password)
        access = HostAccess(
            tokens,
            lambda source: self._json_client(url, source, bare),
            lambda password: self._tokens(bare, password),
            username=self._username,
            wanted=self._password,
            bootstrap=self._bootstrap,
        )
        with_token = self._json_client(url, tokens, bare)
        events = EventAccess(url, self._trusted(), tokens)
        return CmlSystemSpiClient(with_token, self._json_client(url, None, self._new_http(url)), access, events)

    def _trusted(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context(self._ca_file)
            self._tls.check_hostname = self._check_hostname
        return self._tls

    def _tokens(self, bare: httpx2.AsyncClient, password: SecretStr) -> CmlTokenSource:
        return CmlTokenSource(
            bare, username=self._username, password=password, deadline_seconds=self._deadlines.attempt_seconds
        )

    def _json_client(self, url: str, tokens: CmlTokenSource | None, http: httpx2.AsyncClient) -> JsonHttpClient:
        return JsonHttpClient(
            "cml",
            url,
            token_source=tokens,
            deadlines=self._deadlines,
            retry=RetryPolicy(attempts=3),
            breaker=self._breaker,
            http=http,
        )

    def _new_http(self, url: str) -> httpx2.AsyncClient:
        timeout = httpx2.Timeout(self._deadlines.attempt_seconds, connect=self._deadlines.connect_seconds)
        limits = httpx2.Limits(max_connections=4, max_keepalive_connections=1)
        return httpx2.AsyncClient(base_url=url, verify=self._trusted(), timeout=timeout, limits=limits, trust_env=False)


def _parsed(model: type[ModelT], answer: object) -> ModelT:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _unreadable(f"{where}: {first['msg']}") from error


def _unreadable(why: str) -> FarEndError:
    return FarEndError("cml", f"The answer of CML cannot be used: {why}.", retryable=True, code="far-end-unreadable")
