"""Follows the instances of an AWS account: which CML machines run, are stopped, are gone."""

import asyncio
import fnmatch
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lcm_simulators.cml.model.admission import Machine
from lcm_simulators.cml.model.definitions import MIB
from lcm_simulators.cml.runtime.fleet import Fleet, MachineSpec
from lcm_simulators.cml.settings import CmlSettings

log = structlog.get_logger(__name__)
PASS_DEADLINE_SECONDS = 30.0
FULL_LOOK_SECONDS = 60.0
DESCRIBED_AT_ONCE = 100


@dataclass(slots=True)
class Observation:
    """One look at the account."""

    running: list[MachineSpec] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    terminated: list[str] = field(default_factory=list)

    @property
    def keys(self) -> set[str]:
        return {spec.key for spec in self.running} | {*self.stopped, *self.terminated}


@dataclass(frozen=True, slots=True)
class KnownInstance:
    """What was last described; ``spec`` is None for an instance that is no CML host."""

    state: str
    spec: MachineSpec | None


class AccountReader:
    """Blocking EC2 calls; runs in a thread of its own.

    The cheap list of states is read every time; an instance is described when its state has changed, and all of them
    once in a while. Images and instance types are asked for once.
    """

    def __init__(self, settings: CmlSettings) -> None:
        self._settings = settings
        self._client: Any = boto3.client(
            "ec2",
            endpoint_url=settings.ec2_endpoint_url,
            region_name=settings.region,
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
        )
        self._is_cml_image: dict[str, bool] = {}
        self._machines: dict[str, Machine] = {}
        self._known: dict[str, KnownInstance] = {}
        self._forget_at = 0.0

    def observe(self) -> Observation:
        if time.monotonic() >= self._forget_at:
            self._known.clear()
            self._forget_at = time.monotonic() + FULL_LOOK_SECONDS
        states = self._states()
        self._known = {key: known for key, known in self._known.items() if key in states}
        changed = [k for k, state in states.items() if k not in self._known or self._known[k].state != state]
        for start in range(0, len(changed), DESCRIBED_AT_ONCE):
            self._describe(changed[start : start + DESCRIBED_AT_ONCE])
        return self._observation()

    def _states(self) -> dict[str, str]:
        pages = self._client.get_paginator("describe_instance_status").paginate(
            IncludeAllInstances=True, PaginationConfig={"PageSize": 200}
        )
        return {s["InstanceId"]: s["InstanceState"]["Name"] for page in pages for s in page["InstanceStatuses"]}

    def _describe(self, keys: list[str]) -> None:
        pages = self._client.get_paginator("describe_instances").paginate(InstanceIds=keys)
        instances = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
        self._learn_images({i["ImageId"] for i in instances} - self._is_cml_image.keys())
        for instance in instances:
            is_cml = self._is_cml_image.get(instance["ImageId"], False)
            spec = self._spec(instance) if is_cml else None
            self._known[instance["InstanceId"]] = KnownInstance(instance["State"]["Name"], spec)

    def _spec(self, instance: dict[str, Any]) -> MachineSpec:
        key = instance["InstanceId"]
        return MachineSpec(
            key=key,
            address=instance.get("PrivateIpAddress", ""),
            hostname=f"cml-{key[-8:]}",
            machine=self._machine(instance["InstanceType"]),
            boot_id=str(instance.get("LaunchTime", "")),
        )

    def _observation(self) -> Observation:
        observation = Observation()
        for key, known in self._known.items():
            if known.spec is None:
                continue
            if known.state == "running" and known.spec.address:
                observation.running.append(known.spec)
            elif known.state in ("stopping", "stopped"):
                observation.stopped.append(key)
            elif known.state in ("shutting-down", "terminated"):
                observation.terminated.append(key)
        return observation

    def _learn_images(self, unknown: set[str]) -> None:
        if not unknown:
            return
        found = self._client.describe_images(Filters=[{"Name": "image-id", "Values": sorted(unknown)}])["Images"]
        for image in found:
            named = fnmatch.fnmatchcase(image.get("Name", ""), self._settings.ami_name_pattern)
            tagged = any(tag["Key"] == self._settings.ami_tag for tag in image.get("Tags", []))
            self._is_cml_image[image["ImageId"]] = named or tagged

    def _machine(self, instance_type: str) -> Machine:
        if instance_type not in self._machines:
            answer = self._client.describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"][0]
            self._machines[instance_type] = Machine(
                cpus=answer["VCpuInfo"]["DefaultVCpus"],
                memory_bytes=answer["MemoryInfo"]["SizeInMiB"] * MIB,
                disk_bytes=int(self._settings.disk_gb * 1024 * MIB),
            )
        return self._machines[instance_type]


class Ec2Follower:
    """Keeps the fleet in step with the account; an account that cannot be read changes nothing."""

    def __init__(self, settings: CmlSettings, fleet: Fleet) -> None:
        self._settings = settings
        self._fleet = fleet
        self._followed: set[str] = set()
        self.synced = asyncio.Event()
        """Set while the last look succeeded."""

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="ec2") as thread:
            reader = await loop.run_in_executor(thread, AccountReader, self._settings)
            while True:
                try:
                    async with asyncio.timeout(PASS_DEADLINE_SECONDS):
                        observation = await loop.run_in_executor(thread, reader.observe)
                except (BotoCoreError, ClientError, TimeoutError) as error:
                    if self.synced.is_set():
                        log.warning("EC2 cannot be read", error=str(error))
                    self.synced.clear()
                else:
                    self._apply(observation)
                    if not self.synced.is_set():
                        log.info("following EC2", url=self._settings.ec2_endpoint_url)
                    self.synced.set()
                await asyncio.sleep(self._settings.ec2_poll_seconds)

    def _apply(self, observation: Observation) -> None:
        self._fleet.ensure_gone(key for key in observation.terminated if self._fleet.knows(key))
        self._fleet.ensure_off(observation.stopped)
        for spec in observation.running:
            self._fleet.ensure_running(spec)
        # An instance that is not listed at all is no proof of termination: its disk is kept.
        self._fleet.ensure_off(self._followed - observation.keys)
        self._followed = {spec.key for spec in observation.running}
