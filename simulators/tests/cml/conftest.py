"""Builders, clients and running hosts for the tests of the simulated CML."""

import re
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from lcm_simulators.cml.testing import RunningHost, running_cml_host

PREFIX = "/api/v0"
DOCUMENT = "urn:cml"


class SchemaChecker:
    """Knows the document; remembers which operations have been seen."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)
        self._templates = [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path) for path in document["paths"]
        ]
        self._templates.sort(key=lambda entry: entry[1].count("{"))
        self.seen: set[tuple[str, str]] = set()

    def operations(self) -> set[tuple[str, str]]:
        return {(method.upper(), path) for path, methods in self._document["paths"].items() for method in methods}

    async def check(self, response: httpx2.Response) -> None:
        await response.aread()
        method, path = response.request.method, response.request.url.path
        template = next((t for pattern, t in self._templates if pattern.match(path)), None)
        assert template is not None, f"{method} {path} is not published"
        responses = self._document["paths"][template][method.lower()]["responses"]
        status = str(response.status_code)
        key = status if status in responses else "default"
        assert key == status or response.is_error, f"{method} {template} answered {status}, which is not published"
        if response.is_success:
            self.seen.add((method, template))
        self._check_body(response, responses[key], (template, method.lower(), key))

    def _check_body(self, response: httpx2.Response, published: dict[str, Any], at: tuple[str, str, str]) -> None:
        content = published.get("content")
        if content is None:
            assert not response.content, f"{at} publishes no body, got {response.content[:80]!r}"
            return
        media_type = response.headers["content-type"].split(";")[0]
        assert media_type in content, f"{at} publishes {list(content)}, got {media_type}"
        value = response.json() if media_type == "application/json" else response.text
        media = media_type.replace("/", "~1")
        template, method, key = (part.replace("~", "~0").replace("/", "~1") for part in at)
        pointer = f"{DOCUMENT}#/paths/{template}/{method}/responses/{key}/content/{media}/schema"
        schema = {"$ref": pointer.replace("{", "%7B").replace("}", "%7D")}
        Draft202012Validator(schema, registry=self._registry, format_checker=FormatChecker()).validate(value)


async def checked_client(host: RunningHost) -> tuple[httpx2.AsyncClient, SchemaChecker]:
    """A logged-in client whose every answer is checked; the caller closes it."""
    tls = ssl.create_default_context(cafile=host.ca_file)
    async with httpx2.AsyncClient(base_url=f"{host.base_url}{PREFIX}/", verify=tls) as plain:
        checker = SchemaChecker((await plain.get("openapi.json")).json())
    client = httpx2.AsyncClient(
        base_url=f"{host.base_url}{PREFIX}/", verify=tls, timeout=10, event_hooks={"response": [checker.check]}
    )
    answer = await client.post("authenticate", json={"username": host.username, "password": host.password})
    client.headers["Authorization"] = f"Bearer {answer.json()}"
    return client, checker


def topology_of_routers(count: int, tags: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """A chain of iosv routers R1 to Rn; ``tags`` by label."""
    nodes = [
        {
            "id": f"n{number}",
            "label": f"R{number}",
            "node_definition": "iosv",
            "x": number * 80,
            "y": 0,
            "tags": (tags or {}).get(f"R{number}", []),
            "configuration": [{"name": "ios_config.txt", "content": f"hostname R{number}\n"}],
            "interfaces": [
                {"id": "i0", "label": "Loopback0", "type": "loopback"},
                {"id": "i1", "label": "GigabitEthernet0/0", "type": "physical", "slot": 0},
                {"id": "i2", "label": "GigabitEthernet0/1", "type": "physical", "slot": 1},
            ],
        }
        for number in range(1, count + 1)
    ]
    links = [
        {"id": f"l{number}", "n1": f"n{number}", "i1": "i2", "n2": f"n{number + 1}", "i2": "i1"}
        for number in range(1, count)
    ]
    return {"lab": {"title": "chain", "version": "0.3.0"}, "nodes": nodes, "links": links}


@pytest.fixture
async def cml_host() -> AsyncIterator[RunningHost]:
    async with running_cml_host() as host:
        yield host


@pytest.fixture
async def checked(cml_host: RunningHost) -> AsyncIterator[tuple[httpx2.AsyncClient, SchemaChecker]]:
    client, checker = await checked_client(cml_host)
    yield client, checker
    await client.aclose()


@pytest.fixture
async def rest(checked: tuple[httpx2.AsyncClient, SchemaChecker]) -> httpx2.AsyncClient:
    """A logged-in client of ``cml_host`` whose every answer is checked."""
    return checked[0]


@pytest.fixture
def log_in() -> Callable[[RunningHost], Any]:
    """The same for any host: an awaitable client, closed by the test."""

    async def client_of(host: RunningHost) -> httpx2.AsyncClient:
        return (await checked_client(host))[0]

    return client_of


@pytest.fixture
def routers() -> Callable[..., dict[str, Any]]:
    return topology_of_routers


@pytest.fixture
def two_routers() -> dict[str, Any]:
    return topology_of_routers(2)
