"""``python -m control_plane_api.openapi``: the OpenAPI document of this release, without contacting anything."""

from __future__ import annotations

import json
import sys

from control_plane_api.main import build_app
from control_plane_api.settings import ControlPlaneSettings


def openapi_text() -> str:
    """The same for every installation: nothing in it comes from settings."""
    settings = ControlPlaneSettings(oidc_issuer="http://issuer.invalid")
    document = build_app(settings).openapi()
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
