"""What the published document says about routes that answer in plain text."""

from typing import Any

PLAIN_TEXT: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Error",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}},
    }
}
"""Errors are JSON there, too."""
