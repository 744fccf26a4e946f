"""State that survives kill -9: one SQLite file per simulator, written through before the answer goes out."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

Document = TypeVar("Document", bound=BaseModel)


class DuplicateKeyError(Exception):
    """A document with that unique key is there already."""


class Database:
    """One connection, used from one event loop only. A write takes well under a millisecond, so it is made in place."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        # WAL with NORMAL keeps every committed transaction when the process dies; only power loss may take the last.
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested, and must hold no await, as the connection is shared."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def is_open(self) -> bool:
        """False once closed."""
        try:
            self.connection.execute("SELECT 1")
        except sqlite3.ProgrammingError:
            return False
        return True

    def close(self) -> None:
        """Close the file; the database cannot be used afterwards."""
        self.connection.close()


class DocumentTable(Generic[Document]):
    """Documents of one kind by id, with one more unique key for look-up."""

    def __init__(self, database: Database, name: str, model: type[Document]) -> None:
        if not name.isidentifier():
            raise ValueError(f"{name!r} is no table name")
        self._connection = database.connection
        self._name = name
        self._model = model
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {name} (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL,"
            " unique_key TEXT UNIQUE, body TEXT NOT NULL)"
        )

    def insert(self, document_id: str, document: Document, *, unique_key: str | None = None) -> None:
        """Raises DuplicateKeyError when the id or the unique key is taken."""
        try:
            self._connection.execute(
                f"INSERT INTO {self._name} (id, unique_key, body) VALUES (?, ?, ?)",
                (document_id, unique_key, document.model_dump_json()),
            )
        except sqlite3.IntegrityError as error:
            raise DuplicateKeyError(f"{self._name}: {unique_key or document_id} is there already") from error

    def put(self, document_id: str, document: Document) -> None:
        """Replace the document of that id, or add it."""
        self._connection.execute(
            f"INSERT INTO {self._name} (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (document_id, document.model_dump_json()),
        )

    def get(self, document_id: str) -> Document | None:
        """The document of that id, or None."""
        return self._one("id", document_id)

    def find(self, unique_key: str) -> Document | None:
        """The document of that unique key, or None."""
        return self._one("unique_key", unique_key)

    def all(self) -> list[Document]:
        """Every document, oldest first."""
        rows = self._connection.execute(f"SELECT body FROM {self._name} ORDER BY seq")
        return [self._model.model_validate_json(row["body"]) for row in rows]

    def _one(self, column: str, value: str) -> Document | None:
        row = self._connection.execute(f"SELECT body FROM {self._name} WHERE {column} = ?", (value,)).fetchone()
        return None if row is None else self._model.model_validate_json(row["body"])
