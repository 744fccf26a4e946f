"""What the driver's exceptions mean to LCM."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from enum import Enum, auto
from typing import Any, cast

from pymongo.errors import (
    BulkWriteError,
    ClientBulkWriteException,
    ConnectionFailure,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from lcm_core.domain.errors import StoreUnavailable
from lcm_core.eventstore.cancellation import cancellation_kept

WRITE_CONFLICT = 112
DUPLICATE_KEY = 11000


class Failure(Enum):
    """What to do about a failed transaction."""

    CONTENTION = auto()
    """Another transaction writes the same documents: read again, decide again."""
    TRANSIENT = auto()
    """Nothing was written; the same transaction may be run again."""
    COMMIT_UNKNOWN = auto()
    """The commit was sent and no answer came back."""
    FINAL = auto()


def classify(error: PyMongoError) -> Failure:
    """Reads labels and codes, also of the error inside a failed bulk write."""
    inner = error.error if isinstance(error, ClientBulkWriteException) else None
    causes = [cause for cause in (error, inner) if isinstance(cause, PyMongoError)]
    if any(isinstance(cause, OperationFailure) and cause.code == WRITE_CONFLICT for cause in causes):
        return Failure.CONTENTION
    if any(cause.has_error_label("UnknownTransactionCommitResult") for cause in causes):
        return Failure.COMMIT_UNKNOWN
    if any(cause.has_error_label("TransientTransactionError") or is_outage(cause) for cause in causes):
        return Failure.TRANSIENT
    return Failure.FINAL


def is_outage(error: PyMongoError) -> bool:
    """The server could not be reached or did not answer in time; the request itself was fine."""
    return isinstance(error, ConnectionFailure | WTimeoutError) or error.timeout


def only_duplicates(error: BulkWriteError) -> bool:
    """Whether all that failed is there already. A write that no majority has confirmed may be lost, whatever else was
    refused with it.
    """
    told = cast("dict[str, list[dict[str, Any]]]", error.details or {})
    failed = told.get("writeErrors", [])
    unconfirmed = bool(told.get("writeConcernErrors"))
    return bool(failed) and not unconfirmed and all(each.get("code") == DUPLICATE_KEY for each in failed)


@contextlib.contextmanager
def store_errors(doing: str) -> Generator[None]:
    """Turns an outage into StoreUnavailable; other driver errors are defects and pass unchanged."""
    try:
        with cancellation_kept():
            yield
    except PyMongoError as error:
        if is_outage(error):
            raise StoreUnavailable(doing, str(error)) from error
        raise
