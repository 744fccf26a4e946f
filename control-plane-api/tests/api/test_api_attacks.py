"""What an attacker sends: tokens made up in every way, and text that would like to be a line of its own."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.testing.oidc_issuer import OidcIssuer

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/workers"
OWN_KEY = ECKey.generate_key("P-256", {"kid": "mine"})


def claims(issuer: OidcIssuer, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    body = {"iss": issuer.url, "aud": "urn:lcm:api", "sub": "eve", "iat": now, "exp": now + 300, "roles": ["admin"]}
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def encoded(part: Mapping[str, Any] | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header: Mapping[str, Any], body: Mapping[str, Any], signature: bytes = b"0" * 64) -> str:
    return f"{encoded(header)}.{encoded(body)}.{encoded(signature)}"


def signed_by_attacker(issuer: OidcIssuer, **header: Any) -> str:
    registry_free = {"alg": "ES256", **header}
    signing = f"{encoded(registry_free)}.{encoded(claims(issuer))}"
    token = jwt.encode({"alg": "ES256"}, claims(issuer), OWN_KEY)
    return f"{signing}.{token.rpartition('.')[2]}"


def public_key_as_secret(issuer: OidcIssuer) -> str:
    """HS256 with what everybody can read of the issuer, for a verifier that lets the token choose the algorithm."""
    header, body = encoded({"alg": "HS256", "kid": key_id_of(issuer)}), encoded(claims(issuer))
    signature = hmac.digest(issuer.public_key_pem(), f"{header}.{body}".encode(), "sha256")
    return f"{header}.{body}.{encoded(signature)}"


ATTACKS: dict[str, Callable[[OidcIssuer], str]] = {
    "no signature": lambda issuer: by_hand({"alg": "none"}, claims(issuer), b""),
    "no signature, written otherwise": lambda issuer: by_hand({"alg": "NoNe"}, claims(issuer), b""),
    "no algorithm": lambda issuer: by_hand({}, claims(issuer)),
    "an empty signature": lambda issuer: issuer.token(["admin"]).rpartition(".")[0] + ".",
    "another key": lambda issuer: signed_by_attacker(issuer),
    "another key under the issuer's name": lambda issuer: signed_by_attacker(issuer, kid=key_id_of(issuer)),
    "the public key as a shared secret": public_key_as_secret,
    "its own key in the header": lambda issuer: signed_by_attacker(issuer, jwk=OWN_KEY.as_dict(private=False)),
    "an address of keys": lambda issuer: signed_by_attacker(issuer, jku="http://127.0.0.1:9/keys", kid="mine"),
    "an address of certificates": lambda issuer: signed_by_attacker(issuer, x5u="http://127.0.0.1:9/c", kid="mine"),
    "a certificate": lambda issuer: signed_by_attacker(issuer, x5c=["MIIB"], kid="mine"),
    "a path as key id": lambda issuer: signed_by_attacker(issuer, kid="../../../../dev/null"),
    "an address as key id": lambda issuer: signed_by_attacker(issuer, kid="http://127.0.0.1:9/key"),
    "a query as key id": lambda issuer: signed_by_attacker(issuer, kid="' OR 1=1 --"),
    "lines in the key id": lambda issuer: signed_by_attacker(issuer, kid="x\r\nSet-Cookie: a=b"),
    "signs beyond Latin in the key id": lambda issuer: signed_by_attacker(issuer, kid="ключ \u2028 \U0001f511"),
    "a number as key id": lambda issuer: signed_by_attacker(issuer, kid=7),
    "a list as key id": lambda issuer: signed_by_attacker(issuer, kid=["mine"]),
    "an extension that must be understood": lambda issuer: signed_by_attacker(issuer, crit=["exp"]),
    "a payload that is not encoded": lambda issuer: signed_by_attacker(issuer, b64=False, crit=["b64"]),
    "another audience": lambda issuer: issuer.sign(claims(issuer, aud="urn:another:api")),
    "no audience": lambda issuer: issuer.sign(claims(issuer, aud=None)),
    "another issuer": lambda issuer: issuer.sign(claims(issuer, iss=f"{issuer.url}/")),
    "expired": lambda issuer: issuer.sign(claims(issuer, exp=int(time.time()) - 31)),
    "no end": lambda issuer: issuer.sign(claims(issuer, exp=None)),
    "an end that is no time": lambda issuer: issuer.sign(claims(issuer, exp="never")),
    "not yet valid": lambda issuer: issuer.sign(claims(issuer, nbf=int(time.time()) + 300)),
    "made in the future": lambda issuer: issuer.sign(claims(issuer, iat=int(time.time()) + 300)),
    "for nobody": lambda issuer: issuer.sign(claims(issuer, sub=None)),
    "a subject that is no text": lambda issuer: issuer.sign(claims(issuer, sub={"$ne": ""})),
    "very long": lambda issuer: issuer.sign(claims(issuer, padding="x" * 20_000)),
    "another's claims": lambda issuer: spliced(issuer),
    "encrypted": lambda _: "a.b.c.d.e",
}


def key_id_of(issuer: OidcIssuer) -> str:
    header = issuer.token().partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]


def spliced(issuer: OidcIssuer) -> str:
    header, _, signature = issuer.token(["viewer"]).split(".")
    return f"{header}.{issuer.token(['admin']).split('.')[1]}.{signature}"


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_token_that_is_not_the_issuers_for_us_is_refused_cleanly(
    shared_control_plane: RunningControlPlane, attack: str
) -> None:
    token = ATTACKS[attack](shared_control_plane.issuer)
    async with httpx2.AsyncClient(base_url=shared_control_plane.url) as http:
        answer = await http.get(PATH, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-token"), answer.text
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="lcm", error="invalid_token"')
    assert "Set-Cookie" not in answer.headers
    assert token not in answer.text


async def test_made_up_keys_send_the_issuer_no_requests(shared_control_plane: RunningControlPlane) -> None:
    issuer = shared_control_plane.issuer
    async with httpx2.AsyncClient(base_url=shared_control_plane.url) as http:
        await http.get(PATH, headers={"Authorization": f"Bearer {issuer.token(['viewer'])}"})
        before = issuer.jwks_requests
        for n in range(20):
            token = signed_by_attacker(issuer, kid=f"made-up-{n}")
            await http.get(PATH, headers={"Authorization": f"Bearer {token}"})
    assert issuer.jwks_requests - before <= 1


NASTY = "a\r\nX-Evil: 1\x1b[2J\x00\u2028\u202e{{7*7}}"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Correlation-ID": "a\tb"},
        {"X-Correlation-ID": "x" * 500},
        {"X-Correlation-ID": "<script>"},
        {"traceparent": "00-zz-zz-01"},
        {"X-Forwarded-For": "not an address"},
        {"X-Forwarded-For": ", , ,"},
        {"User-Agent": "\x7f\xe9"},
        {"Idempotency-Key": "k\te"},
        {"If-Match": '"1" , "2"'},
        {"Host": "evil.example"},
        {"Content-Type": "application/json; charset=evil"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_a_strange_header_breaks_nothing_and_is_not_sent_back(
    shared_control_plane: RunningControlPlane, headers: dict[str, str]
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with shared_control_plane.client("operator") as http:
        answer = await http.post(f"{PATH}/nobody/drain", json={"reason": "x"}, headers=raw)
    assert answer.status_code in (400, 404, 422), answer.text
    sent_back = {value for name, value in answer.headers.items() if name.lower() != "content-type"}
    assert sent_back.isdisjoint(headers.values())


async def test_text_with_lines_and_controls_stays_inside_its_field(
    shared_control_plane: RunningControlPlane,
) -> None:
    template = {
        "name": "nasty",
        "region": "us-east-1",
        "instance_type": "m5zn.metal",
        "capacity": {"cpu_cores": 1, "memory_gb": 1, "storage_gb": 1, "nodes": 1, "ports": 1},
        "license_type": "PERSONAL",
        "cost_per_hour_usd": 1,
    }
    async with shared_control_plane.client("admin", subject=f"eve{NASTY}") as http:
        answers = [
            await http.post("/api/v1/worker-templates", json={**template, "name": NASTY}),
            await http.post(f"{PATH}/{NASTY.encode().hex()}/drain", json={"reason": NASTY}),
            await http.get("/api/v1/lablet-sessions", params={"cursor": NASTY}),
            await http.post(f"{PATH}/a%0d%0aX-Evil:%201/undrain", json={"reason": NASTY}),
            await http.put("/api/v1/system/settings", json={"policy": {}, "reason": NASTY}),
        ]
    assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
    assert all("X-Evil" not in answer.headers for answer in answers)
    kept = await shared_control_plane.refused(actor=f"eve{NASTY}", resource_id="a��X-Evil: 1")
    assert "\n" not in kept["reason"] + kept["resource_id"]
