"""The copies of content that LDS keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lcm_core.domain.read_models.content_sync import ConsumerOutcome


class LdsContent(Protocol):
    async def refresh_content(self, form_qualified_name: str) -> Sequence[ConsumerOutcome]:
        """Have every enabled deployment read the content of a form again; what each answered, refusals among it."""
        ...
