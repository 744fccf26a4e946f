"""Recognisable secrets go in wherever secrets go in; then everything that a run wrote is searched for them."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from local_stack.demo.seed import definition_body, load_catalogue
from local_stack.processes import SERVICES, mongo_uri
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver
from pymongo import AsyncMongoClient

from lcm_core.coordination import EtcdClient

pytestmark = [pytest.mark.stack]

DEVICE_PASSWORD = "canary-Dev1ce-Passw0rd"
IN_THE_WRONG_PLACE = "canary-put-in-the-wr0ng-place"
FOLDER = "first-hop-redundancy"
KEEPS_SECRETS = frozenset({"stack.json", "supervisord.conf", "clients.json"})
"""Files whose task is to hold secrets: what stands in for a vault on one machine."""
FAR_ENDS = frozenset({"cloud", "cml", "lds", "grading", "identity", "mongo"})
"""What others wrote, and the database, which is asked instead: its files are compressed."""


async def admin_token(driver: StackDriver) -> str:
    issuer, secrets = driver.stack.plan.url("identity"), driver.stack.plan.secrets
    async with httpx2.AsyncClient(timeout=30) as http:
        granted = await http.post(
            f"{issuer}/token",
            data={"grant_type": "client_credentials", "resource": "urn:lcm:api"},
            auth=("seed", secrets["client-seed"]),
        )
    return granted.json()["access_token"]


async def a_session_whose_device_has_the_password(driver: StackDriver) -> str:
    """Delivered and cancelled: the password went to the delivery system."""
    entry = next(each for each in load_catalogue()["definitions"] if each["folder"] == FOLDER)
    body = definition_body({**entry, "name": "canary"})
    body["content_xml"] = body["content_xml"].replace('password="cisco"', f'password="{DEVICE_PASSWORD}"')
    assert DEVICE_PASSWORD in body["content_xml"]
    made = await driver.admin.post("/api/v1/lablet-definitions", body)
    session_id = await driver.book(definition_id=made["id"])
    await driver.reach(session_id, "READY")
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=canary")
    await driver.reach(session_id, "TERMINATED")
    return session_id


async def misplace(url: str, token: str) -> dict[str, str]:
    """Send a secret where none belongs, in requests that are refused and in some that are not; the answers."""
    good = {"Authorization": f"Bearer {token}"}
    secret = IN_THE_WRONG_PLACE
    async with httpx2.AsyncClient(base_url=url, timeout=30) as http:
        answers = [
            await http.get("/api/v1/workers", headers={"Authorization": f"Bearer {secret}"}),
            await http.get("/api/v1/workers", headers={"Authorization": f"Basic {secret}"}),
            await http.get("/api/v1/workers", params={"access_token": secret, "token": secret}, headers=good),
            await http.get("/api/v1/workers", headers={**good, "X-Api-Key": secret, "Cookie": f"lcm_session={secret}"}),
            await http.get("/auth/me", headers={"Cookie": f"lcm_session={secret}"}),
            await http.get("/auth/callback", params={"state": secret, "code": secret}),
            await http.post("/auth/backchannel-logout", data={"logout_token": secret}),
            await http.post("/api/v1/worker-templates", json={"name": "x", "password": secret}, headers=good),
            await http.post("/api/v1/reservations", content=f'{{"password": "{secret}"', headers=good),
        ]
    return {f"answer to {each.request.method} {each.request.url.path}": answer_text(each) for each in answers}


def answer_text(answer: httpx2.Response) -> str:
    return f"{answer.headers} {answer.text}"


async def what_the_api_shows(driver: StackDriver, session_id: str) -> dict[str, str]:
    """Every list and page of the public API that an admin can open without knowing more than a session."""
    async with httpx2.AsyncClient(base_url=driver.stack.plan.url("control-plane-api"), timeout=30) as http:
        document = (await http.get("/openapi.json")).json()
        token = await admin_token(driver)
        shown: dict[str, str] = {}
        for path, methods in document["paths"].items():
            filled = path.replace("{session_id}", session_id)
            if "get" not in methods or not path.startswith(("/api/v1", "/auth/me")):
                continue
            if "{" not in filled and "stream" not in path:
                answer = await http.get(filled, headers={"Authorization": f"Bearer {token}"})
                shown[f"answer to GET {filled}"] = answer_text(answer)
    assert len(shown) > 20
    return shown


async def what_the_services_show(stack: LocalStack) -> dict[str, str]:
    async with httpx2.AsyncClient(timeout=30) as http:
        asked = [
            f"{stack.plan.url(name)}{path}" for name in SERVICES for path in ("/metrics", "/info", "/health/ready")
        ]
        return {url: (await http.get(url)).text for url in asked}


async def what_the_database_holds(stack: LocalStack) -> dict[str, str]:
    found: dict[str, str] = {}
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_uri(stack.plan))
    async with client:
        database = client["lcm"]
        for name in await database.list_collection_names():
            found[f"collection {name}"] = str(await database[name].find({}).to_list())
    assert "collection events" in found
    return found


async def what_etcd_holds(stack: LocalStack) -> dict[str, str]:
    async with EtcdClient([f"127.0.0.1:{stack.plan.ports['etcd-client']}"]) as etcd:
        snapshot = await etcd.get_prefix("/")
    return {f"etcd {each.key}": str(each.value) for each in snapshot.items}


def what_was_written(folder: Path) -> dict[str, str]:
    """Every file of the run: logs of all services, spans as they were exported, etcd's own files, caches."""
    files = (each for each in folder.rglob("*") if each.is_file() and each.name not in KEEPS_SECRETS)
    ours = [each for each in files if each.relative_to(folder).parts[0] not in FAR_ENDS]
    return {str(each.relative_to(folder)): each.read_bytes().decode("latin-1") for each in ours}


def ways_to_write(secret: str) -> set[str]:
    return {secret, base64.b64encode(secret.encode()).decode(), json.dumps(secret)[1:-1]}


def leaks(secrets: Mapping[str, str], places: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is in {place}"
        for name, secret in secrets.items()
        for place, text in places.items()
        if any(written in text for written in ways_to_write(secret))
    ]


async def spans_have_come(telemetry: Path) -> None:
    """Spans are sent behind what they tell of, every few seconds."""
    deadline = time.monotonic() + 20
    while "lablet-sessions" not in await asyncio.to_thread(read_if_there, telemetry):
        assert time.monotonic() < deadline, "no span of a request was exported"
        await asyncio.sleep(0.2)


def read_if_there(file: Path) -> str:
    return file.read_bytes().decode("latin-1") if file.exists() else ""


async def test_no_secret_is_in_anything_that_a_whole_run_wrote(driver: StackDriver) -> None:
    stack = driver.stack
    session_id = await a_session_whose_device_has_the_password(driver)
    token = await admin_token(driver)
    places = await misplace(stack.plan.url("control-plane-api"), token)
    places |= await what_the_api_shows(driver, session_id)
    places |= await what_the_services_show(stack)
    places |= await what_the_database_holds(stack)
    places |= await what_etcd_holds(stack)
    await spans_have_come(stack.data_dir / "telemetry.otlp")
    places |= what_was_written(stack.data_dir)
    secrets = {
        **stack.plan.secrets,
        "the password of a device": DEVICE_PASSWORD,
        "a secret in the wrong place": IN_THE_WRONG_PLACE,
        "a token": token,
        "the signature of a token": token.rpartition(".")[2],
    }
    assert "logs/control-plane-api.log" in places
    assert leaks({"the session": session_id}, places) != [], "the search finds what is there"
    assert leaks(secrets, places) == []
