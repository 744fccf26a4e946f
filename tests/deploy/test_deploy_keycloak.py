"""The Keycloak realm gives the same roles to the same clients as the local issuer, in the claims that LCM reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from local_stack.processes import MACHINE_CLIENTS

from control_plane_api.settings import ControlPlaneSettings
from lcm_core.auth.principal import Role
from lcm_core.auth.token_verifier import ALLOWED_ALGORITHMS
from lcm_core.settings import ServiceSettings

SEEDS_ONLY_THE_LOCAL_STACK = "seed"


@pytest.fixture(scope="module")
def realm(repository: Path) -> dict[str, Any]:
    return json.loads((repository / "deploy/keycloak/realm-lcm.json").read_text())


@pytest.fixture(scope="module")
def clients(realm: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {client["clientId"]: client for client in realm["clients"]}


def setting(name: str) -> str:
    return str(ServiceSettings.model_fields[name].default)


def test_realm_has_exactly_the_roles_of_lcm(realm: dict[str, Any]) -> None:
    assert {role["name"] for role in realm["roles"]["realm"]} == {role.value for role in Role}


def test_machine_clients_have_the_roles_of_the_local_stack(realm: dict[str, Any]) -> None:
    granted = {
        user["serviceAccountClientId"]: user["realmRoles"]
        for user in realm["users"]
        if "serviceAccountClientId" in user
    }
    local = {name: roles for name, roles in MACHINE_CLIENTS.items() if name != SEEDS_ONLY_THE_LOCAL_STACK}
    assert granted == local


def test_machine_clients_get_tokens_by_their_secret_only(clients: dict[str, dict[str, Any]]) -> None:
    machines = [clients[name] for name in MACHINE_CLIENTS if name != SEEDS_ONLY_THE_LOCAL_STACK]
    assert all(client["serviceAccountsEnabled"] and not client["publicClient"] for client in machines)
    assert not any(client["standardFlowEnabled"] for client in machines)


def test_every_client_puts_roles_and_audience_where_lcm_looks(clients: dict[str, dict[str, Any]]) -> None:
    for client in clients.values():
        mappers = {mapper["protocolMapper"]: mapper["config"] for mapper in client["protocolMappers"]}
        roles = mappers["oidc-usermodel-realm-role-mapper"]
        assert (roles["claim.name"], roles["multivalued"]) == (setting("roles_claim"), "true")
        audience = mappers["oidc-audience-mapper"]
        assert audience["included.custom.audience"] == setting("oidc_audience")
        assert roles["access.token.claim"] == audience["access.token.claim"] == "true"


def test_browsers_log_in_with_a_code_and_pkce(clients: dict[str, dict[str, Any]]) -> None:
    ui = clients["lcm-ui"]
    assert ui["standardFlowEnabled"]
    assert not ui["publicClient"]
    assert ui["attributes"]["pkce.code.challenge.method"] == "S256"
    assert ui["redirectUris"] == ["${LCM_PUBLIC_URL}/auth/callback"]


def test_a_logout_at_keycloak_reaches_the_control_plane(
    clients: dict[str, dict[str, Any]], compose: dict[str, Any]
) -> None:
    attributes = clients["lcm-ui"]["attributes"]
    assert attributes["backchannel.logout.url"] == "${LCM_BACKCHANNEL_URL}/auth/backchannel-logout"
    assert attributes["backchannel.logout.session.required"] == "true"
    assert compose["services"]["keycloak"]["environment"]["LCM_BACKCHANNEL_URL"] == "http://front-door:8080"


def test_keycloak_forgets_a_person_when_the_control_plane_does(realm: dict[str, Any]) -> None:
    fields = ControlPlaneSettings.model_fields
    assert realm["ssoSessionIdleTimeout"] == fields["web_session_idle_minutes"].default * 60
    assert realm["ssoSessionMaxLifespan"] == fields["web_session_hours"].default * 3600


def test_tokens_live_minutes_and_are_signed_as_lcm_accepts_them(realm: dict[str, Any]) -> None:
    assert realm["accessTokenLifespan"] <= 300
    assert realm["defaultSignatureAlgorithm"] in ALLOWED_ALGORITHMS


def test_every_client_that_people_log_in_with_needs_pkce(clients: dict[str, dict[str, Any]]) -> None:
    people = [client for client in clients.values() if client["standardFlowEnabled"]]
    assert {client["clientId"] for client in people} == {"lcm-ui", "lcm-cli"}
    assert {client["attributes"]["pkce.code.challenge.method"] for client in people} == {"S256"}


def test_command_line_logs_in_with_a_device_code(clients: dict[str, dict[str, Any]]) -> None:
    cli = clients["lcm-cli"]
    assert cli["publicClient"]
    assert cli["attributes"]["oauth2.device.authorization.grant.enabled"] == "true"


def test_nobody_hands_a_password_to_a_client(clients: dict[str, dict[str, Any]]) -> None:
    assert not any(client["directAccessGrantsEnabled"] or client["implicitFlowEnabled"] for client in clients.values())


def test_secrets_of_the_realm_are_placeholders_that_compose_fills(
    realm: dict[str, Any], clients: dict[str, dict[str, Any]], compose: dict[str, Any]
) -> None:
    secrets = [client["secret"] for client in clients.values() if "secret" in client]
    secrets += [credential["value"] for user in realm["users"] for credential in user.get("credentials", [])]
    assert all(re.fullmatch(r"\$\{[A-Z_]+\}", secret) for secret in secrets)
    placeholders = set(re.findall(r"\$\{([A-Z_]+)\}", json.dumps(realm)))
    assert placeholders <= set(compose["services"]["keycloak"]["environment"])


def test_services_and_keycloak_share_their_secrets(compose: dict[str, Any], service: Any) -> None:
    variable = "LCM_CLIENT_SECRET_" + service.module.upper()
    environment = compose["services"][service.name]["environment"]
    assert environment[f"{service.prefix}CLIENT_SECRET"] == f"${{{variable}:?}}"


def test_first_person_has_to_choose_another_password(realm: dict[str, Any]) -> None:
    people = [user for user in realm["users"] if "serviceAccountClientId" not in user]
    assert [credential["temporary"] for user in people for credential in user["credentials"]] == [True]
