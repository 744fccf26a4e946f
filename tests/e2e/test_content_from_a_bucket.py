"""From a package in a bucket to a lab that can be booked, and from a change there to its next version."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import local_stack
import pytest
from local_stack.testing import POLL_SECONDS, StackDriver

pytestmark = [pytest.mark.stack]

SEED = Path(local_stack.__file__).parent / "seed" / "first-hop-redundancy"
DEADLINE_SECONDS = 30


class Bucket:
    """A content bucket as its author fills it."""

    def __init__(self, driver: StackDriver, name: str) -> None:
        plan = driver.stack.plan
        self.name = name
        self._s3 = boto3.client(
            "s3",
            endpoint_url=plan.url("cloud"),
            region_name="us-east-1",
            aws_access_key_id="lcm-local",
            aws_secret_access_key=plan.secrets["aws-secret"],
        )

    async def fill(self, **files: str) -> None:
        await asyncio.to_thread(self._fill, files)

    def _fill(self, files: dict[str, str]) -> None:
        self._s3.create_bucket(Bucket=self.name)
        for key, text in files.items():
            self._s3.put_object(Bucket=self.name, Key=key.replace("__", "/").replace("_", "."), Body=text.encode())


async def _until(driver: StackDriver, id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        row: dict[str, Any] = await driver.admin.get(f"/api/v1/lablet-definitions/{id}")
        if holds(row):
            return row
        assert time.monotonic() < deadline, f"still {row['status']}: {row['sync']}"
        await asyncio.sleep(POLL_SECONDS)


async def test_a_package_becomes_a_definition_and_a_change_its_next_version(driver: StackDriver) -> None:
    form = f"Exam Content v1 {uuid4().hex[:6]}"
    bucket = Bucket(driver, form.lower().replace(" ", "-"))
    topology = (SEED / "cml.yaml").read_text()
    await bucket.fill(cml_yaml=topology, content_xml=(SEED / "content.xml").read_text(), tasks__1_html="<p>one</p>")

    made = await driver.admin.post("/api/v1/lablet-definitions", {"name": form, "form_qualified_name": form})
    here = f"/api/v1/lablet-definitions/{made['id']}"
    assert made["status"] == "PENDING_SYNC"
    first = await _until(driver, made["id"], lambda row: row["status"] == "ACTIVE" and not row["outside_work"])
    assert [(told["consumer"], told["status"]) for told in first["consumers"]] == [("lds", "success")]

    await bucket.fill(tasks__1_html="<p>two</p>")
    await driver.admin.post(f"{here}/sync", {})
    await _until(driver, made["id"], lambda row: row["proposal"] is not None)
    proposed = await driver.admin.get(f"{here}/proposal")
    assert proposed["proposal"]["semantic_version"] == "1.0.1"
    assert proposed["files"] == [
        {"path": "tasks/1.html", "lines": ["@@ -1 +1 @@", "-<p>one</p>", "+<p>two</p>"], "cut": False}
    ]
    confirmation = {"content_hash": proposed["proposal"]["content_hash"]}
    second = await driver.admin.post(f"{here}/proposal/confirm", confirmation)
    assert (second["status"], second["previous_version_id"]) == ("ACTIVE", made["id"])

    # nobody asks: the bucket tells of it, and nobody looks at it by the clock
    await bucket.fill(cml_yaml="nodes: [")
    failed = await _until(driver, second["id"], lambda row: row["sync"]["status"] == "failed")
    assert failed["sync"]["problems"][0]["path"] == "/cml.yaml"
    assert failed["status"] == "ACTIVE"
