"""Signed tokens that let a learner into one session."""

import secrets
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from lcm_simulators.lds.errors import NotFoundError


class LaunchTokens:
    """HS256 tokens. The key is made once and kept, so that a link given out before a restart still works."""

    def __init__(self, state_dir: Path) -> None:
        path = state_dir / "launch.key"
        if not path.exists():
            state_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        self._key = OctKey.import_key(path.read_text())

    def sign(self, session_id: str) -> str:
        """A token for that session."""
        return jwt.encode({"alg": "HS256"}, {"sub": session_id}, self._key)

    def session_id(self, token: str) -> str:
        """The session of a token. Raises NotFoundError for one that was not made here."""
        try:
            return str(jwt.decode(token, self._key, algorithms=["HS256"]).claims["sub"])
        except (JoseError, ValueError, KeyError) as error:
            raise NotFoundError("this link is not valid") from error
