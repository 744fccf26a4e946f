"""Refused attempts on MongoDB."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.errors import BulkWriteError

from control_plane_api.application.refused_attempts import REFUSED_ATTEMPTS
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import only_duplicates, store_errors


class MongoRefusedAttempts:
    """``RefusedAttemptStore``."""

    def __init__(self, database: Database) -> None:
        self._attempts = database[REFUSED_ATTEMPTS]

    async def add(self, documents: Sequence[Document]) -> None:
        with store_errors(f"writing {REFUSED_ATTEMPTS}"):
            try:
                await self._attempts.insert_many(list(documents), ordered=False)
            except BulkWriteError as error:
                if not only_duplicates(error):
                    raise
