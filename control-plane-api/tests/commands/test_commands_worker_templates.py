"""Worker templates: what they say of provisioning, their versions, and the file that they may follow."""

from __future__ import annotations

from typing import Any

import pytest

from control_plane_api.application.commands.worker_template.follow_template_file_command import Followed
from control_plane_api.application.commands.worker_template.update_worker_template_command import (
    UpdateWorkerTemplateCommand,
)
from control_plane_api.application.queries.get_worker_template_version_query import (
    GetWorkerTemplateVersionQuery,
    GetWorkerTemplateVersionQueryHandler,
)
from control_plane_api.application.queries.list_worker_template_versions_query import (
    ListWorkerTemplateVersionsQuery,
    ListWorkerTemplateVersionsQueryHandler,
)
from control_plane_api.application.services.template_file import follow, read_templates
from control_plane_api.domain.entities import WorkerTemplate
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.testing.command_world import ROOM_FOR_SEVEN, CommandWorld
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.errors import InvalidInput, NotFound
from lcm_core.domain.provisioning import ProvisioningTerms, PurchaseOption

TERMS: dict[str, Any] = {
    "name": "metal",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "capacity": ROOM_FOR_SEVEN,
    "license_type": "PERSONAL",
    "cost_per_hour_usd": 4.0,
}
FILE = """\
worker_templates:
  - name: large
    region: us-east-1
    instance_type: m5zn.metal
    capacity: {cpu_cores: 48, memory_gb: 192, storage_gb: 500, nodes: 320, ports: 8000}
    license_type: ENTERPRISE
    cost_per_hour_usd: 3.9
    provisioning:
      purchase: {option: SPOT, max_price_usd_per_hour: 2.5}
      fallback_templates: [larger]
  - name: larger
    region: us-east-1
    instance_type: m7i.metal-48xl
    capacity: {cpu_cores: 192, memory_gb: 768, storage_gb: 500, nodes: 320, ports: 8000}
    license_type: ENTERPRISE
    cost_per_hour_usd: 9.7
"""


def terms(**changes: Any) -> CreateWorkerTemplate:
    return CreateWorkerTemplate.model_validate(TERMS | changes)


async def update(world: CommandWorld, template_id: str, **changes: Any) -> None:
    await world.do(UpdateWorkerTemplateCommand(template_id, terms(**changes)), actor="ada")


async def version(world: CommandWorld, template_id: str, number: int):
    handler = GetWorkerTemplateVersionQueryHandler(world.read.templates, world.read.events)
    return await handler.handle(GetWorkerTemplateVersionQuery(template_id, number))


async def test_each_version_can_be_read_as_it_was(world: CommandWorld) -> None:
    template_id = await world.a_template()
    await update(world, template_id, cost_per_hour_usd=5)
    await update(world, template_id, cost_per_hour_usd=6, provisioning={"tags": {"team": "labs"}})

    costs = [(await version(world, template_id, number)).cost_per_hour_usd for number in (1, 2, 3, 0)]

    assert costs == [4, 5, 6, 6]
    with pytest.raises(NotFound, match="metal@4"):
        await version(world, template_id, 4)


async def test_the_history_says_who_changed_what(world: CommandWorld) -> None:
    template_id = await world.a_template()
    await update(world, template_id, cost_per_hour_usd=5)
    await update(world, template_id, cost_per_hour_usd=5, provisioning={"tags": {"team": "labs"}})

    handler = ListWorkerTemplateVersionsQueryHandler(world.read.templates, world.read.events)
    history = await handler.handle(ListWorkerTemplateVersionsQuery(template_id))

    assert [(each.version, each.by, each.changed) for each in history] == [
        (3, "ada", ("provisioning",)),
        (2, "ada", ("cost_per_hour_usd",)),
        (1, "somebody", ()),
    ]


async def test_a_worker_keeps_the_version_that_it_is_made_from(world: CommandWorld) -> None:
    template_id = await world.a_template()
    await update(world, template_id, cost_per_hour_usd=5)
    worker_id = await world.a_requested_worker()
    await update(world, template_id, cost_per_hour_usd=6, instance_type="m7i.metal-24xl")

    worker = await world.worker(worker_id)

    assert (worker.template_version, worker.cost_per_hour_usd, worker.instance_type) == (2, 5, "m5zn.metal")


def test_events_and_documents_from_before_provisioning_terms_still_load() -> None:
    stored = {
        "at": "2030-01-01T09:00:00.000000Z",
        "by": "ada",
        "name": "metal",
        "terms": {
            **{name: value for name, value in TERMS.items() if name != "name"},
            "capacity": ROOM_FOR_SEVEN.model_dump(),
            "description": "",
            "ami": {"name_pattern": "CML-*", "min_version": None},
            "port_range": {"first": 2000, "last": 9999},
            "startup_seconds": 900,
            "drain_timeout_seconds": 14400,
            "enabled": True,
        },
    }

    template = WorkerTemplate.from_events("t", [EVENTS.decode("worker_template.created.v1", stored)])

    assert template.terms.provisioning == ProvisioningTerms()
    assert template.state.edited_since_source


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"provisioning": {"volume": {"type": "io2"}}}, "io2 needs iops"),
        ({"provisioning": {"volume": {"type": "gp3", "throughput_mbps": 1000}}}, "needs 4 iops for each"),
        ({"provisioning": {"volume": {"type": "gp2", "iops": 3000}}}, "gp2 takes no iops"),
        ({"provisioning": {"purchase": {"max_price_usd_per_hour": 1}}}, "for option SPOT only"),
        ({"provisioning": {"tags": {"lcm:worker-id": "x"}}}, "lcm:worker-id"),
        ({"provisioning": {"user_data": "echo {{lcm.secret}}"}}, "unknown {{lcm.secret}}"),
        ({"provisioning": {"instance_types": ["m5zn.metal"]}}, "own instance type"),
        ({"provisioning": {"fallback_templates": ["metal"]}}, "names the template itself"),
        ({"provisioning": {"networks": {"us-east-1": {"subnet_ids": ["sg-1"]}}}}, "subnet_ids"),
    ],
)
def test_terms_that_ec2_would_refuse_are_refused_first(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*") as refused:
        terms(**changes)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        "export CML_PASSWORD=hunter2",
        "password: hunter2",
        "curl -H 'Authorization: Bearer abcdefghijkl'",
        "-----BEGIN RSA PRIVATE KEY-----",
        "api_key=AKIAIOSFODNN7EXAMPLE",
    ],
)
async def test_user_data_with_a_secret_in_it_is_refused_with_its_line(world: CommandWorld, line: str) -> None:
    with pytest.raises(InvalidInput, match="line 2 looks as if it held a secret"):
        await world.a_template(provisioning={"user_data": f"#!/bin/sh\n{line}\n"})


@pytest.mark.parametrize(
    "line",
    [
        "TOKEN=$(curl -X PUT http://169.254.169.254/latest/api/token)",
        "password=$(aws secretsmanager get-secret-value --secret-id cml)",
        "ssh_pwauth: true",
        "CML_PASSWORD=$BOOTSTRAP",
        "secret_arn=arn:aws:secretsmanager:us-east-1:1:secret:cml",
    ],
)
async def test_user_data_that_fetches_a_secret_is_taken(world: CommandWorld, line: str) -> None:
    template_id = await world.a_template(provisioning={"user_data": f"#!/bin/sh\n{line}\n"})

    assert line in (await version(world, template_id, 0)).provisioning.user_data


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"region": "eu-west-1"}, "makes workers in eu-west-1"),
        ({"license_type": "ENTERPRISE"}, "is licensed ENTERPRISE"),
        ({"capacity": ROOM_FOR_SEVEN.model_copy(update={"memory_gb": 1})}, "has less room"),
    ],
)
async def test_only_an_equivalent_template_is_a_fallback(world: CommandWorld, other: dict[str, Any], told: str) -> None:
    await world.a_template("other", **other)

    with pytest.raises(InvalidInput, match=told) as refused:
        await world.a_template(provisioning={"fallback_templates": ["other"]})

    assert refused.value.errors[0].path == "/provisioning/fallback_templates/0"


async def test_a_fallback_that_does_not_exist_is_refused(world: CommandWorld) -> None:
    with pytest.raises(InvalidInput, match="no worker template 'nowhere'"):
        await world.a_template(provisioning={"fallback_templates": ["nowhere"]})


# -- the template file


async def test_templates_of_the_file_are_made_in_an_order_in_which_each_finds_its_fallbacks(
    world: CommandWorld,
) -> None:
    outcomes = await follow(read_templates(FILE), world.mediator)

    assert outcomes == {"larger": Followed.CREATED, "large": Followed.CREATED}
    large = next(row for row in await world.read.templates.where() if row.name == "large")
    assert large.provisioning.purchase.option is PurchaseOption.SPOT


async def test_the_same_file_changes_nothing_whatever_its_layout(world: CommandWorld) -> None:
    await follow(read_templates(FILE), world.mediator)
    before = await world.commits()

    outcomes = await follow(read_templates(FILE.replace("3.9", "3.90") + "\n# as before\n"), world.mediator)

    assert set(outcomes.values()) == {Followed.UNCHANGED}
    assert await world.commits() == before


async def test_a_changed_entry_is_followed_unless_somebody_edited_the_template(world: CommandWorld) -> None:
    await follow(read_templates(FILE), world.mediator)
    larger = next(row for row in await world.read.templates.where() if row.name == "larger")
    edited = CreateWorkerTemplate.model_validate(
        {name: getattr(larger, name) for name in CreateWorkerTemplate.model_fields} | {"enabled": False}
    )
    await world.do(UpdateWorkerTemplateCommand(larger.id, edited))

    outcomes = await follow(read_templates(FILE.replace("9.7", "9.9").replace("3.9", "4.1")), world.mediator)

    assert outcomes == {"larger": Followed.EDITED, "large": Followed.CHANGED}
    rows = {row.name: row for row in await world.read.templates.where()}
    assert (rows["large"].cost_per_hour_usd, rows["larger"].cost_per_hour_usd) == (4.1, 9.7)
    assert not rows["larger"].enabled


async def test_a_template_made_by_hand_is_left_alone_by_the_file(world: CommandWorld) -> None:
    await world.a_template(
        "larger",
        license_type="ENTERPRISE",
        capacity={"cpu_cores": 999, "memory_gb": 999, "storage_gb": 999, "nodes": 999, "ports": 8000},
    )

    outcomes = await follow(read_templates(FILE), world.mediator)

    assert outcomes["larger"] is Followed.EDITED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FILE.replace("3.9", "dear"), "line 7: Input should be a valid number"),
        (FILE.replace("name: larger", "name: large"), "line 11: 'large' is there twice"),
        (FILE.replace("option: SPOT", "option: SPOTTY"), "line 9: Input should be"),
        (FILE + "    provisioning: {fallback_templates: [large]}\n", "in a circle"),
        ("templates: []\n", "line 1: must hold one key, worker_templates"),
        ("worker_templates: [\n", "not YAML"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match="template file") as refused:
        read_templates(text)
    assert told in str(refused.value)


async def test_a_fallback_of_the_file_that_is_not_equivalent_is_told_with_its_line(world: CommandWorld) -> None:
    there = FILE.replace("- name: larger\n    region: us-east-1", "- name: larger\n    region: eu-west-1")

    with pytest.raises(InvalidInput, match="line 10: 'larger' makes workers in eu-west-1"):
        await follow(read_templates(there), world.mediator)
