from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from pydantic import SecretStr

from lablet_controller.application.ports.lds import LdsBooking, LdsSessionClosed, LdsSessionRef
from lablet_controller.integration.services.config_file import ConfigFileUnreadable
from lablet_controller.integration.services.lds_deployments import (
    LdsDeployment,
    LdsDeployments,
    load_lds_deployments,
)
from lablet_controller.integration.services.lds_spi import LdsSpiClient, lds_devices
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.read_models.content_sync import ConsumerOutcome
from lcm_core.domain.values import Candidate, DeviceAccess
from lcm_core.integration.http import Deadlines
from lcm_simulators.lds.testing import RunningLds

START = datetime(2026, 12, 1, 9, tzinfo=UTC)


def booking(auth_id: str = "session-1", region: str = "us-east-1") -> LdsBooking:
    return LdsBooking(
        auth_id=auth_id,
        candidate=Candidate(username="ada"),
        starts_at=START,
        ends_at=START + timedelta(hours=1),
        form_qualified_name="Exam NET 1.0 Form1",
        region=region,
    )


def device(name: str, port: int, protocol: str = "serial") -> DeviceAccess:
    return DeviceAccess(name=name, protocol=protocol, host="10.0.0.1", port=port, uri=f"telnet://10.0.0.1:{port}")


async def sessions_of(lds_system: RunningLds) -> list[dict[str, object]]:
    async with httpx2.AsyncClient() as http:
        return (await http.get(f"{lds_system.url}/_sim/sessions")).json()


async def test_asking_twice_makes_one_session(lds: LdsSpiClient, lds_system: RunningLds) -> None:
    first = await lds.create_session_with_part(booking())
    assert await lds.create_session_with_part(booking()) == first
    assert len(await sessions_of(lds_system)) == 1


async def test_the_user_name_and_the_time_slot_are_what_lds_keeps(lds: LdsSpiClient, lds_system: RunningLds) -> None:
    ada = Candidate(username="ada", first_name="Ada", last_name="Lovelace", email="ada@example.org")
    ref = await lds.create_session_with_part(replace(booking(), candidate=ada))
    async with httpx2.AsyncClient(base_url=lds_system.url, auth=(lds_system.username, lds_system.password)) as http:
        kept = (await http.get(f"/reservations/v3/lab_session/{ref.session_id}")).json()
    assert (kept["auth_id"], kept["candidate_id"]) == ("session-1", "ada")
    assert (kept["first_name"], kept["last_name"], kept["email_address"]) == ("Ada", "Lovelace", "ada@example.org")
    assert kept["scheduled_date"] == START.date().isoformat()
    assert datetime.fromisoformat(kept["user_timeslot_end"]) == START + timedelta(hours=1)
    assert kept["max_length_minutes"] == 60


async def test_a_lost_answer_does_not_make_a_second_session(lds: LdsSpiClient, lds_system: RunningLds) -> None:
    async with httpx2.AsyncClient(base_url=lds_system.url) as http:
        fault = {"kind": "drop", "match": {"method": "POST", "path_regex": "lab_session$"}, "times": 1}
        await http.post("/_sim/faults", json=fault)
    with pytest.raises(FarEndError):
        await lds.create_session_with_part(booking())
    ref = await lds.create_session_with_part(booking())
    assert [each["session_id"] for each in await sessions_of(lds_system)] == [ref.session_id]


async def test_devices_replace_the_whole_list(lds: LdsSpiClient, lds_system: RunningLds) -> None:
    ref = await lds.create_session_with_part(booking())
    await lds.set_devices(ref, [device("R1", 2000), device("R2", 2001)])
    await lds.set_devices(ref, [device("R1", 2000)])
    [session] = await sessions_of(lds_system)
    assert session["device_count"] == 1


async def test_the_launch_url_opens_the_learners_page(lds: LdsSpiClient) -> None:
    ref = await lds.create_session_with_part(booking())
    async with httpx2.AsyncClient() as http:
        assert (await http.get(await lds.launch_url(ref))).status_code == 200


async def test_archiving_twice_is_as_good_as_once(lds: LdsSpiClient) -> None:
    ref = await lds.create_session_with_part(booking())
    await lds.archive_session(ref)
    await lds.archive_session(ref)
    assert (await lds.get_session_info(ref)).archived


async def test_archiving_what_lds_does_not_know_is_done(lds: LdsSpiClient) -> None:
    await lds.archive_session(LdsSessionRef("never-made", "local"))


async def test_an_archived_session_is_not_opened_again(lds: LdsSpiClient) -> None:
    await lds.archive_session(await lds.create_session_with_part(booking()))
    with pytest.raises(LdsSessionClosed, match="book a new session"):
        await lds.create_session_with_part(booking())


async def test_a_wrong_password_is_not_worth_a_retry(lds_system: RunningLds) -> None:
    deployments = LdsDeployments(deployments=(LdsDeployment(id="local", base_url=lds_system.url),))
    client = LdsSpiClient(deployments, SecretStr("wrong"))
    with pytest.raises(FarEndError) as refused:
        await client.find_session("s")
    assert not refused.value.retryable
    await client.aclose()


async def test_while_a_deployment_is_silent_it_is_not_known_that_no_session_exists(lds_system: RunningLds) -> None:
    deployments = LdsDeployments(
        deployments=(
            LdsDeployment(id="local", base_url=lds_system.url),
            LdsDeployment(id="away", base_url="http://127.0.0.1:9", priority=200),
        )
    )
    client = LdsSpiClient(deployments, SecretStr(lds_system.password))
    with pytest.raises(FarEndError):
        await client.create_session_with_part(booking())
    await client.aclose()


@pytest.mark.parametrize("began_before", [False, True])
async def test_a_deployment_of_another_region_that_is_away_matters_only_where_the_session_may_be(
    lds_system: RunningLds, began_before: bool
) -> None:
    known = LdsDeployments(
        deployments=(
            LdsDeployment(id="local", base_url=lds_system.url, region="us-east-1"),
            LdsDeployment(id="away", base_url="http://127.0.0.1:9", region="eu-central-1"),
        )
    )
    client = LdsSpiClient(known, SecretStr(lds_system.password))
    wanted = replace(booking(), may_be_elsewhere=began_before)
    if began_before:
        with pytest.raises(FarEndError):
            await client.create_session_with_part(wanted)
    else:
        assert (await client.create_session_with_part(wanted)).deployment == "local"
    await client.aclose()


async def test_user_names_and_passwords_reach_the_delivery_system(lds: LdsSpiClient, lds_system: RunningLds) -> None:
    ref = await lds.create_session_with_part(booking())
    login = device("R1", 2000).model_copy(update={"username": "ada"})
    await lds.set_devices(ref, [login, device("R2", 2001)], {"R1": SecretStr("sesame")})
    auth = (lds_system.username, lds_system.password)
    async with httpx2.AsyncClient(base_url=lds_system.url, auth=auth) as http:
        first, second = (await http.get(f"/reservations/v3/lab_session/{ref.session_id}/part/1/devices")).json()
    assert (first["username"], first["password"]) == ("ada", "sesame")
    assert not second.get("password")


def test_every_way_into_a_device_has_its_password() -> None:
    entries = lds_devices([device("PC", 1, "vnc"), device("PC", 2, "ssh")], {"PC": SecretStr("sesame")})
    assert [entry["password"] for entry in entries] == ["sesame", "sesame"]


def test_a_device_with_several_ways_in_keeps_its_label_once() -> None:
    entries = lds_devices([device("PC", 1, "vnc"), device("PC", 2, "ssh"), device("PC", 3, "ssh")])
    assert [entry["device_label"] for entry in entries] == ["PC", "PC (ssh)", "PC (ssh 3)"]


def deployments(*each: tuple[str, str, int, bool]) -> LdsDeployments:
    return LdsDeployments(
        deployments=tuple(
            LdsDeployment(id=name, base_url=f"http://{name}", region=region, priority=priority, enabled=enabled)
            for name, region, priority, enabled in each
        )
    )


def test_the_own_region_comes_first_then_priority() -> None:
    known = deployments(("a", "eu", 1, True), ("b", "us", 9, True), ("c", "us", 5, True), ("d", "us", 1, False))
    assert [each.id for each in known.in_order("us", "s")] == ["c", "b", "a"]


def test_equal_deployments_share_the_sessions_and_each_session_always_asks_the_same() -> None:
    known = deployments(("a", "us", 1, True), ("b", "us", 1, True))
    first = {f"s{number}": known.in_order("us", f"s{number}")[0].id for number in range(50)}
    assert set(first.values()) == {"a", "b"}
    assert all(known.in_order("us", session)[0].id == chosen for session, chosen in first.items())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("deployments: []", "at least 1"),
        ("deployments: [{id: a, base_url: 'ftp://x'}]", "base_url"),
        ("deployments: [{id: a, base_url: 'http://x', colour: red}]", "colour"),
        ("deployments: [{id: a, base_url: 'http://x', enabled: false}]", "enabled"),
        ("deployments: [{id: a, base_url: 'http://x'}, {id: a, base_url: 'http://y'}]", "id of its own"),
        ("deployments: [", "line 1: ParserError"),
        (
            "deployments:\n  - id: a\n    base_url: http://x\n  - id: b\n    base_url: ftp://x",
            "line 5: deployments.1.base_url",
        ),
        ("deployments:\n  - id: a\n    base_url: http://x\n    colour: red", "line 4: deployments.0.colour"),
        ("deployments:\n  - base_url: http://x\n    password: hunter2", "line 2: deployments.0.id"),
    ],
)
def test_a_wrong_deployments_file_says_what_is_wrong(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "lds.yaml"
    file.write_text(text)
    with pytest.raises(ConfigFileUnreadable, match=why) as refused:
        load_lds_deployments(file)
    assert "hunter2" not in str(refused.value)


def test_the_deployments_file_that_is_shipped_is_valid() -> None:
    file = Path(__file__).resolve().parents[2] / "config" / "lds_deployments.yaml"
    assert load_lds_deployments(file).deployments


async def test_content_is_read_again_by_the_name_of_its_form(lds: LdsSpiClient, lds_system: RunningLds) -> None:
    form = "Exam CCNP v1 LAB 1.1"

    (outcome,) = await lds.refresh_content(form)

    assert outcome == ConsumerOutcome(deployment="local", succeeded=True, detail="Content is valid")
    async with httpx2.AsyncClient(auth=(lds_system.username, lds_system.password)) as http:
        folder = await http.get(f"{lds_system.url}/reservations/v3/lab_folder/minio/{quote(form)}")
    assert folder.json()["refresh_count"] == 1


async def test_a_deployment_that_does_not_read_its_content_is_named_with_the_reason(
    lds_system: RunningLds, unused_tcp_port: int
) -> None:
    deployments = LdsDeployments(
        deployments=(
            LdsDeployment(id="here", base_url=lds_system.url, username=lds_system.username),
            LdsDeployment(id="away", base_url=f"http://127.0.0.1:{unused_tcp_port}"),
            LdsDeployment(id="disabled", base_url="http://127.0.0.1:1", enabled=False),
        )
    )
    deadlines = Deadlines(connect_seconds=0.2, attempt_seconds=1, total_seconds=2)
    client = LdsSpiClient(deployments, SecretStr(lds_system.password), deadlines=deadlines)

    outcomes = await client.refresh_content("Exam 1")
    await client.aclose()

    assert [(each.deployment, each.succeeded) for each in outcomes] == [("here", True), ("away", False)]
    assert outcomes[1].detail
