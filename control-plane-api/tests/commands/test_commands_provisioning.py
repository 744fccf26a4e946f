"""Launches are on record before they are made; licences change on request, and never under a session."""

from __future__ import annotations

import pytest

from control_plane_api.application.commands.worker.record_launch_attempts_command import RecordLaunchAttemptsCommand
from control_plane_api.application.commands.worker.report_provisioning_command import ReportProvisioningCommand
from control_plane_api.application.commands.worker.report_worker_health_command import ReportWorkerHealthCommand
from control_plane_api.application.commands.worker.request_license_command import RequestLicenseCommand
from control_plane_api.application.commands.worker.settle_license_command import SettleLicenseCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_launched_command import WorkerLaunchedCommand
from control_plane_api.domain.entities.cml_worker_history import LAUNCH_ATTEMPTS_KEPT
from control_plane_api.testing.command_world import CommandWorld, a_launch_attempt
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import (
    RecordLaunchAttempts,
    ReportProvisioning,
    ReportWorkerHealth,
    RequestLicense,
    SettleLicense,
    WorkerFailed,
    WorkerLaunched,
)
from lcm_core.domain.enums import LicenseStatus, LicenseType, WorkerServiceStatus
from lcm_core.domain.errors import CapacityRefused, RuleViolation
from lcm_core.domain.provisioning import (
    FailureEvidence,
    LaunchAttempt,
    LaunchOutcome,
    LicenseAction,
    LicenseRequestOutcome,
    ProvisioningStep,
    PurchaseOption,
)
from lcm_core.domain.values import WorkerLicense


def refused(number: int) -> LaunchAttempt:
    return a_launch_attempt(number, outcome=LaunchOutcome.REFUSED, code="InsufficientInstanceCapacity", reason="full")


async def record(world: CommandWorld, worker_id: str, *attempts: LaunchAttempt) -> Applied:
    return await world.do(RecordLaunchAttemptsCommand(worker_id, RecordLaunchAttempts(attempts=attempts)))


async def test_every_launch_is_kept_with_its_outcome_and_the_one_that_succeeded_decides_what_it_is(
    world: CommandWorld,
) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()
    await record(world, worker_id, a_launch_attempt(1, purchase=PurchaseOption.SPOT))
    await record(world, worker_id, refused(1), a_launch_attempt(2, instance_type="m7i.metal-24xl"))
    launched = WorkerLaunched(ec2_instance_id="i-1", ami_id="ami-1", ami_name="CML-2.9.1", attempt=2)
    await world.do(WorkerLaunchedCommand(worker_id, launched))

    worker = await world.worker(worker_id)

    assert [(each.number, each.outcome) for each in worker.launch_attempts] == [
        (1, LaunchOutcome.REFUSED),
        (2, LaunchOutcome.LAUNCHED),
    ]
    assert (worker.instance_type, worker.purchase) == ("m7i.metal-24xl", PurchaseOption.ON_DEMAND)
    assert worker.launch_under_way is None


async def test_a_launch_is_not_begun_while_the_outcome_of_another_is_unknown(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()
    await record(world, worker_id, a_launch_attempt(1))

    with pytest.raises(RuleViolation, match="the outcome of launch 1 is not known"):
        await record(world, worker_id, a_launch_attempt(2))


async def test_a_launch_recorded_twice_is_one(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()

    first = await record(world, worker_id, a_launch_attempt(1))
    again = await record(world, worker_id, a_launch_attempt(1))

    assert (first.applied, again.applied) == (True, False)


async def test_a_worker_that_is_launched_begins_no_other_launch(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()
    await record(world, worker_id, a_launch_attempt(1))
    await world.launch(worker_id)

    with pytest.raises(RuleViolation, match="it is PROVISIONING"):
        await record(world, worker_id, refused(1), a_launch_attempt(2))


async def test_only_the_last_launches_are_remembered(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()
    for number in range(1, LAUNCH_ATTEMPTS_KEPT + 6):
        await record(world, worker_id, a_launch_attempt(number))
        await record(world, worker_id, refused(number))

    numbers = [each.number for each in (await world.worker(worker_id)).launch_attempts]

    assert numbers == list(range(6, LAUNCH_ATTEMPTS_KEPT + 6))


async def test_what_a_worker_waits_for_goes_forwards_and_is_over_when_it_serves(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()
    await world.launch(worker_id)

    applied = [
        (await world.do(ReportProvisioningCommand(worker_id, ReportProvisioning(step=step)))).applied
        for step in (ProvisioningStep.EC2, ProvisioningStep.LICENSE, ProvisioningStep.CML, ProvisioningStep.LICENSE)
    ]

    assert applied == [True, True, False, False]
    assert (await world.worker(worker_id)).provisioning_step is ProvisioningStep.LICENSE
    await world.make_ready(worker_id)
    assert (await world.worker(worker_id)).provisioning_step is None


async def test_a_worker_that_failed_shows_the_evidence(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()
    evidence = FailureEvidence(step=ProvisioningStep.CML, console_output="kernel panic", cml_answer="502")
    await world.do(WorkerFailedCommand(worker_id, WorkerFailed(reason="CML did not answer", evidence=evidence)))

    assert (await world.worker(worker_id)).failure_evidence == evidence


# -- licences


def wanted(action: LicenseAction = LicenseAction.REGISTER, **more: object) -> RequestLicense:
    return RequestLicense.model_validate({"action": action, "reason": "new contract", **more})


async def test_a_licence_request_is_pending_until_its_outcome_is_reported(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    await world.do(RequestLicenseCommand(worker_id, wanted(type=LicenseType.ENTERPRISE)), actor="ada")
    asked = (await world.worker(worker_id)).license_request
    assert asked is not None
    assert (asked.pending, asked.requested_by) == (True, "ada")

    got = WorkerLicense(type=LicenseType.ENTERPRISE, status=LicenseStatus.REGISTERED, node_limit=320)
    settled = SettleLicense(requested_at=asked.requested_at, done=True, detail="registered", license=got)
    await world.do(SettleLicenseCommand(worker_id, settled))

    worker = await world.worker(worker_id)
    assert worker.license == got
    assert worker.license_request is not None
    assert worker.license_request.outcome is LicenseRequestOutcome.DONE


async def test_the_outcome_of_an_older_request_is_late(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    await world.do(RequestLicenseCommand(worker_id, wanted(type=LicenseType.ENTERPRISE)))
    settled = SettleLicense(requested_at=world.clock.now(), done=False, detail="refused")
    world.later(seconds=1)
    assert (await world.do(SettleLicenseCommand(worker_id, settled))).applied
    await world.do(RequestLicenseCommand(worker_id, wanted(type=LicenseType.ENTERPRISE)))

    late = await world.do(SettleLicenseCommand(worker_id, settled))

    assert (late.applied, late.why) == (False, "late")


async def test_one_licence_request_at_a_time(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    first = await world.do(RequestLicenseCommand(worker_id, wanted(type=LicenseType.ENTERPRISE)))
    same = await world.do(RequestLicenseCommand(worker_id, wanted(type=LicenseType.ENTERPRISE)))
    assert (first.applied, same.applied) == (True, False)

    with pytest.raises(RuleViolation, match="still carrying out REGISTER ENTERPRISE"):
        await world.do(RequestLicenseCommand(worker_id, wanted(LicenseAction.DEREGISTER)))


@pytest.mark.parametrize("request_", [wanted(LicenseAction.DEREGISTER), wanted(type=LicenseType.ENTERPRISE)])
async def test_sessions_keep_their_licence_unless_an_operator_forces_it(
    world: CommandWorld, request_: RequestLicense
) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    await world.schedule(await world.a_pending_session(await world.a_definition()), worker_id)

    with pytest.raises(RuleViolation, match="without licence for a while: 1 of its sessions"):
        await world.do(RequestLicenseCommand(worker_id, request_))
    forced = await world.do(RequestLicenseCommand(worker_id, request_.model_copy(update={"force": True})))

    assert forced.applied


async def test_the_licence_of_a_worker_that_cannot_be_reached_is_not_given_back(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_requested_worker()

    with pytest.raises(RuleViolation, match="it is PENDING"):
        await world.do(RequestLicenseCommand(worker_id, wanted(LicenseAction.DEREGISTER)))


async def test_a_session_beyond_the_nodes_of_the_licence_is_refused(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    licence = WorkerLicense(type=LicenseType.PERSONAL, status=LicenseStatus.REGISTERED, node_limit=1)
    seen = ReportWorkerHealth(service_status=WorkerServiceStatus.AVAILABLE, license=licence)
    await world.do(ReportWorkerHealthCommand(worker_id, seen))

    with pytest.raises(CapacityRefused, match="licence covers 1 nodes: needs 2, 1 free"):
        await world.schedule(session_id, worker_id)
