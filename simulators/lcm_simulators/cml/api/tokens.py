"""Bearer tokens: signed with a secret of the host, so that they outlive a restart of the simulator."""

import uuid
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from lcm_simulators.cml.model.accounts import User
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.refusals import Unauthenticated

ISSUER = "com.cisco.virl"


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: str
    token_id: str


def issue_token(host: Host, user: User, now: float) -> str:
    claims = {
        "iss": ISSUER,
        "sub": user.id,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": int(now + host.policy.token_lifetime_seconds),
    }
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(host.accounts.token_secret))


def read_token(host: Host, token: str, now: float) -> Claims:
    """The claims of a valid token; raises ``Unauthenticated`` for a forged, expired or revoked one."""
    try:
        claims = jwt.decode(token, OctKey.import_key(host.accounts.token_secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError) as error:
        raise Unauthenticated("Invalid authorization token.") from error
    if claims.get("exp", 0) <= now:
        raise Unauthenticated("Authorization token has expired.")
    if claims["jti"] in host.accounts.revoked_tokens or claims["iat"] < host.accounts.tokens_valid_from.get(
        claims["sub"], 0
    ):
        raise Unauthenticated("Authorization token has been revoked.")
    return Claims(user_id=claims["sub"], token_id=claims["jti"])
