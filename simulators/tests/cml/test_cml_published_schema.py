"""Every operation answers as the host's own OpenAPI document says, errors included."""

import ssl
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from lcm_simulators.cml.testing import RunningHost, running_cml_host

UNKNOWN = "11111111-1111-4111-8111-111111111111"
OPEN_OPERATIONS = {
    ("POST", "/api/v0/authenticate"),
    ("POST", "/api/v0/auth_extended"),
    ("GET", "/api/v0/system_information"),
    ("GET", "/api/v0/system/maintenance_mode"),
}
Checked = tuple[httpx2.AsyncClient, Any]
"""The client, and the checker that all its answers pass."""


async def ok(response: Any) -> Any:
    answer = await response
    assert answer.is_success, f"{answer.request.method} {answer.request.url} {answer.status_code} {answer.text}"
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return answer.json() if is_json else answer.text


async def walk_system(client: httpx2.AsyncClient, host: RunningHost) -> None:
    credentials = {"username": host.username, "password": host.password}
    await ok(client.post("auth_extended", json=credentials))
    for path in (
        "authok", "system_information", "system_health", "system_stats", "system/compute_hosts",
        "system/compute_hosts/configuration", "system/external_connectors", "system/notices",
        "system/maintenance_mode", "web_session_timeout", "telemetry", "telemetry/events", "node_definitions",
        "node_definitions/iosv", "node_definitions/iosv?json=true", "node_definitions/iosv/image_definitions",
        "simplified_node_definitions", "image_definitions", "image_definitions/ioll2-xe-sim",
        "image_definitions/ioll2-xe-sim?json=true", "list_image_definition_drop_folder", "resource_pools",
        "resource_pool_usage", "populate_lab_tiles", "keys/console", "keys/vnc",
    ):  # fmt: skip
        await ok(client.get(path))
    for category in (
        "computes", "labs", "lab_events", "node_launch_queue", "services", "node_definitions", "user_list",
        "licensing", "startup_scheduler",
    ):  # fmt: skip
        await ok(client.get(f"diagnostics/{category}"))
    compute = (await ok(client.get("system/compute_hosts")))[0]["id"]
    await ok(client.get(f"system/compute_hosts/{compute}"))
    await ok(client.patch(f"system/compute_hosts/{compute}", json={"admission_state": "READY"}))
    await ok(client.put("system/external_connectors", json={"push_configured_state": True}))
    await ok(client.patch("system/maintenance_mode", json={"maintenance_mode": False}))
    await ok(client.patch("web_session_timeout/3600"))
    await ok(client.put("telemetry", json={"opt_in": False}))


async def walk_accounts(client: httpx2.AsyncClient) -> None:
    user = await ok(client.post("users", json={"username": "ada", "password": "secret", "groups": []}))
    group = await ok(client.post("groups", json={"name": "students", "members": [user["id"]]}))
    await ok(client.get("users"))
    await ok(client.get(f"users/{user['id']}"))
    await ok(client.patch(f"users/{user['id']}", json={"fullname": "Ada"}))
    await ok(client.get("users/ada/id"))
    await ok(client.get(f"users/{user['id']}/groups"))
    await ok(client.get("groups"))
    await ok(client.get(f"groups/{group['id']}"))
    await ok(client.patch(f"groups/{group['id']}", json={"description": "all of them"}))
    await ok(client.get("groups/students/id"))
    await ok(client.delete(f"groups/{group['id']}"))
    await ok(client.delete(f"users/{user['id']}"))


async def walk_licensing(client: httpx2.AsyncClient) -> None:
    await ok(client.get("licensing"))
    await ok(client.get("licensing/tech_support"))
    features = await ok(client.get("licensing/features"))
    await ok(client.patch("licensing/features", json=[{"id": features[0]["id"], "count": 1}]))
    await ok(client.put("licensing/registration/renew"))
    await ok(client.put("licensing/authorization/renew"))
    await ok(client.delete("licensing/deregistration"))
    await ok(client.put("licensing/product_license", json="CML_Personal"))
    transport = {"proxy": {"server": None, "port": None}, "ssms": None}
    await ok(client.put("licensing/transport", json=transport))
    await ok(client.put("licensing/reservation/mode", json=True))
    await ok(client.post("licensing/reservation/request"))
    await ok(client.post("licensing/reservation/complete", json="code"))
    await ok(client.get("licensing/reservation/confirmation_code"))
    await ok(client.delete("licensing/reservation/confirmation_code"))
    await ok(client.request("DELETE", "licensing/reservation/release"))
    await ok(client.get("licensing/reservation/return_code"))
    await ok(client.delete("licensing/reservation/return_code"))
    await ok(client.post("licensing/reservation/discard", json="code"))
    await ok(client.delete("licensing/reservation/cancel"))
    await ok(client.put("licensing/reservation/mode", json=False))
    await ok(client.post("licensing/registration", json={"token": "TOKEN"}))


async def walk_lab(client: httpx2.AsyncClient, topology: dict[str, Any]) -> None:
    lab_id = (await ok(client.post("import", params={"title": "walk"}, json=topology)))["id"]
    lab = f"labs/{lab_id}"
    for path in (
        "", "/state", "/check_if_converged", "/lab_element_state", "/topology", "/download", "/events",
        "/simulation_stats", "/layer3_addresses", "/pyats_testbed", "/associations", "/connector_mappings",
        "/resource_pools", "/nodes", "/interfaces", "/links", "/annotations", "/smart_annotations",
        "/find/node/label/R1", "/find_all/node/tag/core", "/topology?exclude_configurations=true",
        "/topology?exclude_configurations=false", "/nodes?data=true", "/nodes?data=true&operational=false",
    ):  # fmt: skip
        await ok(client.get(lab + path))
    await ok(client.get("labs"))
    await ok(client.get("nodes"))
    await ok(client.patch(lab, json={"notes": "n"}))
    await ok(client.patch(f"{lab}/associations", json={"groups": [], "users": []}))
    await ok(client.patch(f"{lab}/connector_mappings", json=[{"key": "NAT", "device_name": "virbr0"}]))
    await walk_elements(client, lab)
    await ok(client.put(f"{lab}/start"))
    await walk_running(client, lab)
    await ok(client.put(f"{lab}/stop"))
    await ok(client.put(f"{lab}/wipe"))
    await ok(client.delete(lab))
    created = await ok(client.post("labs", json={"title": "empty"}))
    await ok(client.delete(f"labs/{created['id']}"))


async def walk_elements(client: httpx2.AsyncClient, lab: str) -> None:
    new = {"label": "S1", "node_definition": "desktop", "x": 0, "y": 0, "tags": ["extra"]}
    node = (await ok(client.post(f"{lab}/nodes", params={"populate_interfaces": True}, json=new)))["id"]
    await ok(client.get(f"{lab}/nodes/{node}"))
    await ok(client.patch(f"{lab}/nodes/{node}", json={"ram": 1024}))
    other = (await ok(client.post(f"{lab}/nodes", json={**new, "label": "S2"})))["id"]
    first = (await ok(client.get(f"{lab}/nodes/{node}/interfaces")))[0]
    await ok(client.get(f"{lab}/nodes/{node}/interfaces", params={"data": True, "operational": True}))
    second = (await ok(client.post(f"{lab}/interfaces", json={"node": other})))["id"]
    await ok(client.post(f"{lab}/interfaces", json={"node": other, "slot": 2}))
    await ok(client.get(f"{lab}/interfaces/{second}"))
    await ok(client.patch(f"{lab}/interfaces/{second}", json={"mac_address": "52:54:00:00:00:01"}))
    await ok(client.get(f"{lab}/interfaces/{second}/state"))
    await ok(client.put(f"{lab}/interfaces/{second}/state/stop"))
    await ok(client.put(f"{lab}/interfaces/{second}/state/start"))
    link = (await ok(client.post(f"{lab}/links", json={"src_int": first, "dst_int": second})))["id"]
    await ok(client.get(f"{lab}/links/{link}"))
    await ok(client.get(f"{lab}/links", params={"data": True}))
    await ok(client.get(f"{lab}/links/{link}/check_if_converged"))
    await ok(client.put(f"{lab}/links/{link}/state/stop"))
    await ok(client.put(f"{lab}/links/{link}/state/start"))
    await ok(client.patch(f"{lab}/links/{link}/condition", json={"latency": 10}))
    await ok(client.get(f"{lab}/links/{link}/condition"))
    await ok(client.delete(f"{lab}/links/{link}/condition"))
    await ok(client.delete(f"{lab}/links/{link}"))
    await ok(client.delete(f"{lab}/interfaces/{second}"))
    await ok(client.delete(f"{lab}/nodes/{other}"))
    line = {
        "type": "line", "border_color": "#000", "border_style": "", "color": "#fff", "thickness": 1, "x1": 0, "y1": 0,
        "x2": 1, "y2": 1, "z_index": 0, "line_start": None, "line_end": "arrow",
    }  # fmt: skip
    annotation = (await ok(client.post(f"{lab}/annotations", json=line)))["id"]
    await ok(client.get(f"{lab}/annotations/{annotation}"))
    await ok(client.patch(f"{lab}/annotations/{annotation}", json={"type": "line", "x1": 5}))
    await ok(client.delete(f"{lab}/annotations/{annotation}"))
    smart = (await ok(client.get(f"{lab}/smart_annotations")))[0]["id"]
    await ok(client.get(f"{lab}/smart_annotations/{smart}"))
    await ok(client.patch(f"{lab}/smart_annotations/{smart}", json={"padding": 10}))


async def walk_running(client: httpx2.AsyncClient, lab: str) -> None:
    nodes = {node["label"]: node["id"] for node in await ok(client.get(f"{lab}/nodes", params={"data": True}))}
    router, desktop = f"{lab}/nodes/{nodes['R1']}", f"{lab}/nodes/{nodes['S1']}"
    for path in (
        "/state", "/check_if_converged", "/keys/console", "/keys/console?line=1", "/consoles/0/log",
        "/layer3_addresses", "?operational=true",
    ):  # fmt: skip
        await ok(client.get(router + path))
    await ok(client.get(f"{desktop}/keys/vnc"))
    await ok(client.put(f"{router}/extract_configuration"))
    for path in ("keys/console", "keys/vnc", "telemetry/events", "nodes"):
        assert await ok(client.get(path))
    for path in ("simulation_stats", "layer3_addresses", "events", "lab_element_state"):
        assert await ok(client.get(f"{lab}/{path}"))
    link = (await ok(client.get(f"{lab}/links")))[0]
    capture = f"{lab}/links/{link}/capture"
    await ok(client.get(f"{capture}/status"))
    await ok(client.put(f"{capture}/start", json={"maxpackets": 10}))
    await ok(client.get(f"{capture}/key"))
    await ok(client.put(f"{capture}/stop"))
    await ok(client.put(f"{desktop}/state/stop"))
    await ok(client.put(f"{desktop}/wipe_disks"))
    await ok(client.put(f"{desktop}/state/start"))


async def test_every_operation_answers_as_published(
    checked: Checked, cml_host: RunningHost, two_routers: dict[str, Any]
) -> None:
    client, checker = checked
    two_routers["nodes"][0]["tags"] = ["core"]
    await walk_system(client, cml_host)
    await walk_accounts(client)
    await walk_lab(client, two_routers)
    await walk_licensing(client)
    await ok(client.delete("logout"))
    assert checker.operations() - checker.seen == set()


async def test_every_operation_but_the_open_ones_wants_a_token(checked: Checked) -> None:
    client, checker = checked
    del client.headers["Authorization"]
    answers = {}
    for method, template in sorted(checker.operations() - OPEN_OPERATIONS):
        path = template.removeprefix("/api/v0/").replace("{category}", "labs").replace("{seconds}", "60")
        for name in ("lab", "node", "interface", "link", "annotation", "compute", "user", "group"):
            path = path.replace(f"{{{name}_id}}", UNKNOWN)
        path = path.replace("{console_id}", "0")
        answers[method, template] = (await client.request(method, path)).status_code
    assert set(answers.values()) == {401}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"labs/{UNKNOWN}", None, 404),
        ("GET", "labs/not-an-id", None, 400),
        ("POST", "authenticate", {"username": ""}, 400),
        ("POST", "authenticate", {"username": "admin", "password": "wrong"}, 403),
        ("POST", "import", "nonsense", 400),
        ("POST", "users", {"username": "x", "password": "y", "unknown": 1}, 400),
        ("GET", f"users/{UNKNOWN}", None, 404),
    ],
)
async def test_refusals_have_the_published_error_shape(
    checked: Checked, method: str, path: str, body: Any, status: int
) -> None:
    answer = await checked[0].request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, status)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "no/such/thing", 404), ("POST", "authok", 405)])
async def test_the_frameworks_own_errors_have_the_shape_of_cml(
    cml_host: RunningHost, method: str, path: str, status: int
) -> None:
    tls = ssl.create_default_context(cafile=cml_host.ca_file)
    async with httpx2.AsyncClient(base_url=f"{cml_host.base_url}/api/v0/", verify=tls) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, set(answer.json())) == (status, {"code", "description"})


async def test_missing_objects_are_named_as_the_official_client_expects(checked: Checked) -> None:
    answer = await checked[0].get(f"labs/{UNKNOWN}/state")
    assert answer.json()["description"] == f"Lab not found: {UNKNOWN}"


async def test_validation_errors_carry_json_in_their_description(checked: Checked) -> None:
    answer = await checked[0].post("authenticate", json={"username": "a" * 33, "password": "x"})
    assert '"location": ["body", "username"]' in answer.json()["description"]


async def test_unlicensed_host_refuses_to_start_nodes(
    two_routers: dict[str, Any], log_in: Callable[[RunningHost], Any]
) -> None:
    async with running_cml_host(licensed=False) as host:
        client = await log_in(host)
        lab_id = (await client.post("import", json=two_routers)).json()["id"]
        answer = await client.put(f"labs/{lab_id}/start")
        await client.aclose()
    assert (answer.status_code, "not registered" in answer.json()["description"]) == (400, True)
