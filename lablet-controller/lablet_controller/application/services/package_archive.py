"""A package that comes as one file: zip, or tar with or without gzip. Nothing is ever written to disk.

Sizes are counted as bytes come out, since what a header says of them may lie. CPU-bound: call it off the event loop.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from typing import IO

from lablet_controller.domain.package_files import (
    PackageBuilder,
    PackageEntry,
    PackageLimits,
    package_invalid,
    refused,
)
from lcm_core.domain.errors import InputProblem

_CHUNK_BYTES = 65_536
_CENTRAL_ENTRY_BYTES = 1_200
"""More than the directory of a zip needs for one file with the longest name that is accepted."""
_END_OF_ZIP = b"PK\x05\x06"
_END_OF_ZIP_BYTES = 22
_LONGEST_ZIP_COMMENT = 65_535
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TAR_BLOCK = 512
_GZIP = b"\x1f\x8b"
_ENCRYPTED = 0x1
_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, OverflowError, NotImplementedError, RuntimeError),
)
"""What the readers raise for bytes that are no archive: found by changing archives byte by byte."""


def read_archive(data: bytes, limits: PackageLimits) -> tuple[PackageEntry, ...]:
    """Every file in the order of the paths. Raises InvalidInput for what is no archive, and for what is hostile."""
    if len(data) > limits.packed_bytes:
        raise package_invalid(InputProblem("", f"packed it is larger than {limits.packed_bytes} bytes"))
    builder = PackageBuilder(limits)
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            _read_zip(data, builder, limits)
        else:
            _read_tar(data, builder, limits)
    except _BROKEN as error:
        raise package_invalid(InputProblem("", f"it is no zip or tar that can be read: {error}")) from error
    entries = builder.entries()
    if not entries:
        raise package_invalid(InputProblem("", "there is no file in it"))
    return entries


def _read_zip(data: bytes, builder: PackageBuilder, limits: PackageLimits) -> None:
    _require_small_directory(data, limits)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            # zipfile cuts a name at a NUL byte and turns the system's separator around; as written is what counts
            name = member.orig_filename
            if name.endswith("/"):
                continue
            path = builder.claim(name)
            if path is None:
                continue
            if member.flag_bits & _ENCRYPTED:
                raise refused(path, "it is encrypted")
            mode = member.external_attr >> 16
            if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
                raise refused(path, "it is a link or a device; a package has plain files only")
            if member.compress_type not in _PACKINGS:
                raise refused(path, "it is packed in a way that is not accepted; use deflate")
            with archive.open(member) as stream:
                _take(stream, path, builder)


def _require_small_directory(data: bytes, limits: PackageLimits) -> None:
    """The directory is read into memory as a whole: its size is looked at before."""
    at = data.rfind(_END_OF_ZIP, max(0, len(data) - _END_OF_ZIP_BYTES - _LONGEST_ZIP_COMMENT))
    if at < 0 or at + _END_OF_ZIP_BYTES > len(data):
        raise zipfile.BadZipFile("its end is missing")
    files, size = struct.unpack_from("<HL", data, at + 10)
    if files > limits.files or size > (limits.files + 1) * _CENTRAL_ENTRY_BYTES:
        raise package_invalid(InputProblem("", f"more than {limits.files} files"))


def _read_tar(data: bytes, builder: PackageBuilder, limits: PackageLimits) -> None:
    packed = io.BytesIO(data)
    stream = gzip.GzipFile(fileobj=packed) if data[:2] == _GZIP else packed
    # headers count too, those that only carry long names among them
    overhead = (limits.files + 1) * 8 * _TAR_BLOCK
    bounded = _Bounded(stream, limits.total_bytes + overhead)
    with tarfile.open(fileobj=bounded, mode="r|", errorlevel=2) as archive:  # pyright: ignore
        for member in archive:
            if member.isdir():
                continue
            path = builder.claim(member.name)
            if path is None:
                continue
            if not member.isreg() or member.issparse():
                raise refused(path, "it is a link, a device or full of holes; a package has plain files only")
            builder.room_for(path, member.size)
            content = archive.extractfile(member)
            if content is None:
                raise refused(path, "it has no content")
            _take(content, path, builder)


def _take(stream: IO[bytes], path: str, builder: PackageBuilder) -> None:
    digest = hashlib.sha256()
    body: bytearray | None = bytearray()
    size = 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        builder.room_for(path, size)
        digest.update(chunk)
        if body is not None:
            body = body + chunk if builder.keeps(size) else None
    builder.add(path, size, digest.hexdigest(), bytes(body) if body is not None else None)


class _Bounded(io.RawIOBase):
    """What tarfile reads from: ends with an error instead of giving more than it may."""

    def __init__(self, stream: io.BufferedIOBase, most_bytes: int) -> None:
        self._stream = stream
        self._left = most_bytes
        self._most = most_bytes

    def read(self, size: int = -1, /) -> bytes:
        asked = self._left + 1 if size < 0 else min(size, self._left + 1)
        chunk = self._stream.read(asked)
        self._left -= len(chunk)
        if self._left < 0:
            raise package_invalid(InputProblem("", f"unpacked it is larger than {self._most} bytes"))
        return chunk
