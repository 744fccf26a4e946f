"""Puts a package into its definition's bucket, has it read, and confirms the version that is proposed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from lcm_core.cli.api.client import ApiClient, Row
from lcm_core.cli.api.problem import CliError, Unreachable, WaitedTooLong
from lcm_core.cli.commands.content_folder import ContentFolder
from lcm_core.cli.commands.definitions_by_name import newest_active
from lcm_core.cli.commands.proposals import show_proposal
from lcm_core.cli.resources.versions import versions_of
from lcm_core.cli.terminal import Terminal
from lcm_core.domain.content import content_bucket

PACKAGE_KEY = "SVN.zip"
_ROUTE = "/api/v1/lablet-definitions"
_WAIT_SECONDS = 180.0
_SETTLED = frozenset({"success", "version_proposed", "failed"})


class SyncRefused(CliError):
    """The package was read and cannot be used."""

    def __init__(self, sync: Mapping[str, Any]) -> None:
        super().__init__(f"The package could not be used: {sync.get('error')}", code="content-invalid")
        self._problems = [f"{each['path'].lstrip('/')}: {each['message']}" for each in sync.get("problems", [])]

    def more(self):
        yield from self._problems


async def push_to_bucket(
    api: ApiClient, terminal: Terminal, content: ContentFolder, body: Row, version: str | None, keep_current: bool
) -> Row:
    """The definition that holds the content in the end. Raises SyncRefused, WaitedTooLong, Unreachable."""
    bucket = str(body.get("content_bucket") or content_bucket(str(body["form_qualified_name"])))
    current = await newest_active(api, str(body["name"]))
    with terminal.err.status(f"Putting {len(content.files)} files into {bucket}"):
        await asyncio.to_thread(_upload, bucket, content.zipped())
    if current is None:
        terms = {
            key: value for key, value in body.items() if key not in ("topology_yaml", "content_xml", "grading_yaml")
        }
        current = await api.post(_ROUTE, terms)
    else:
        await api.post(f"{_ROUTE}/{current['id']}/sync")
    with terminal.err.status("Waiting until it has been read"):
        synced = await _settled(api, str(current["id"]))
    if synced["sync"]["status"] == "failed":
        raise SyncRefused(synced["sync"])
    if synced["sync"]["status"] != "version_proposed":
        return synced
    proposal = await api.get(f"{_ROUTE}/{synced['id']}/proposal")
    if terminal.for_people:
        show_proposal(terminal, proposal)
    answer = {"content_hash": proposal["proposal"]["content_hash"], "deprecate_current": not keep_current}
    return await api.post(
        f"{_ROUTE}/{synced['id']}/proposal/confirm", {**answer, **({"semantic_version": version} if version else {})}
    )


def _upload(bucket: str, package: bytes) -> None:
    try:
        client: Any = boto3.client("s3")  # pyright: ignore[reportUnknownMemberType]
        client.put_object(Bucket=bucket, Key=PACKAGE_KEY, Body=package, ContentType="application/zip")
    except (BotoCoreError, ClientError) as error:
        raise Unreachable("The bucket", bucket, str(error)) from error


async def _settled(api: ApiClient, id: str) -> Row:
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            async for definition in versions_of(api, "lablet_definition", _ROUTE, id):
                if definition["sync"]["status"] in _SETTLED:
                    return definition
    except TimeoutError:
        raise WaitedTooLong(
            f"The content of {id} was not read within {_WAIT_SECONDS:g} s; does lablet-controller run?"
        ) from None
    raise AssertionError("the stream of versions has no end of its own")
