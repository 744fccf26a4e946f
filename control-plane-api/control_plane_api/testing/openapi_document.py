"""The OpenAPI document as it is checked in: to make it takes seconds, and a test proves that it is that of the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OPENAPI_FILE = Path(__file__).parents[2] / "openapi.json"


def openapi_document() -> dict[str, Any]:
    return json.loads(OPENAPI_FILE.read_text())
