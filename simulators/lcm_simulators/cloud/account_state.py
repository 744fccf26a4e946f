"""The account's state on disk: EC2 of each region as a whole, S3 object by object.

moto keeps everything in memory. What a request changed is written before the request is answered, so that kill -9
loses nothing that a caller was told of. The file is only ever read by the process that wrote its kind: it is not a
place for data from elsewhere.
"""

import copy
import pickle
from pathlib import Path
from typing import Any

import moto
from moto.core.base_backend import BackendDict
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.s3.models import MultipartDict, s3_backends
from moto.s3.utils import _VersionedKeyStore

from lcm_simulators.storage import Database

_PARTITION = "aws"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS made_by (moto_version TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ec2_regions (region TEXT PRIMARY KEY, state BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS s3_buckets (name TEXT PRIMARY KEY, state BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS s3_objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, versions BLOB NOT NULL, PRIMARY KEY (bucket, key)
);
CREATE TABLE IF NOT EXISTS s3_tags (id INTEGER PRIMARY KEY CHECK (id = 1), state BLOB NOT NULL);
"""


class ForeignStateError(RuntimeError):
    """The state folder was written with another version of moto."""


class AccountState:
    """Used in moto's thread only. Opening it fills moto's memory with what is on disk."""

    def __init__(self, path: Path) -> None:
        BackendDict.reset()
        self._database = Database(path)
        self._connection = self._database.connection
        self._connection.executescript(_SCHEMA)
        self._check_version(path)
        self._restore_ec2()
        self._restore_s3()

    def close(self) -> None:
        """Close the file and empty moto's memory."""
        self._database.close()
        BackendDict.reset()

    def save_ec2(self, region: str) -> None:
        """Write EC2 of a region."""
        state = pickle.dumps(ec2_backends[DEFAULT_ACCOUNT_ID][region], protocol=pickle.HIGHEST_PROTOCOL)
        with self._database.transaction():
            self._connection.execute("INSERT OR REPLACE INTO ec2_regions VALUES (?, ?)", (region, state))

    def save_s3_object(self, bucket: str, key: str) -> None:
        """Write all versions of one object, or that it is gone."""
        known = _buckets().get(bucket)
        versions = None if known is None else known.keys.getlist(key)
        with self._database.transaction():
            if versions:
                self._connection.execute(
                    "INSERT OR REPLACE INTO s3_objects VALUES (?, ?, ?)", (bucket, key, pickle.dumps(versions))
                )
            else:
                self._connection.execute("DELETE FROM s3_objects WHERE bucket = ? AND key = ?", (bucket, key))

    def save_s3_bucket(self, name: str) -> None:
        """Write a bucket without the content of its objects, and which of them came and went."""
        bucket = _buckets().get(name)
        with self._database.transaction():
            if bucket is None:
                self._connection.execute("DELETE FROM s3_buckets WHERE name = ?", (name,))
                self._connection.execute("DELETE FROM s3_objects WHERE bucket = ?", (name,))
                return
            shell = copy.copy(bucket)
            shell.keys, shell.multiparts = _VersionedKeyStore(), MultipartDict()
            self._connection.execute("INSERT OR REPLACE INTO s3_buckets VALUES (?, ?)", (name, pickle.dumps(shell)))
            rows = self._connection.execute("SELECT key FROM s3_objects WHERE bucket = ?", (name,))
            for key in {row["key"] for row in rows} ^ set(bucket.keys):
                self.save_s3_object(name, key)

    def save_s3_tags(self) -> None:
        """Write the tags of all objects and buckets."""
        state = pickle.dumps(_s3().tagger)
        with self._database.transaction():
            self._connection.execute("INSERT OR REPLACE INTO s3_tags VALUES (1, ?)", (state,))

    def _check_version(self, path: Path) -> None:
        row = self._connection.execute("SELECT moto_version FROM made_by").fetchone()
        if row is None:
            self._connection.execute("INSERT INTO made_by VALUES (?)", (moto.__version__,))
        elif row["moto_version"] != moto.__version__:
            raise ForeignStateError(
                f"{path} was written with moto {row['moto_version']}, this is {moto.__version__}: remove the file"
            )

    def _restore_ec2(self) -> None:
        for row in self._connection.execute("SELECT region, state FROM ec2_regions"):
            ec2_backends[DEFAULT_ACCOUNT_ID][row["region"]] = pickle.loads(row["state"])

    def _restore_s3(self) -> None:
        backend = _s3()
        for row in self._connection.execute("SELECT name, state FROM s3_buckets"):
            backend.buckets[row["name"]] = pickle.loads(row["state"])
            s3_backends.bucket_accounts[row["name"]] = (_PARTITION, DEFAULT_ACCOUNT_ID)
        for row in self._connection.execute("SELECT bucket, key, versions FROM s3_objects"):
            backend.buckets[row["bucket"]].keys.setlist(row["key"], pickle.loads(row["versions"]))
        tags = self._connection.execute("SELECT state FROM s3_tags").fetchone()
        if tags is not None:
            backend.tagger = pickle.loads(tags["state"])


def _s3() -> Any:
    return s3_backends[DEFAULT_ACCOUNT_ID][_PARTITION]


def _buckets() -> dict[str, Any]:
    return _s3().buckets
