"""From the bytes of a log to its lines: gzip and zip by their magic bytes, UTF-16, line ends, encodings.

Everything is a stream of chunks: memory does not grow with the file, and unpacking stops at a limit, so that a small
archive made to unpack into a huge one does no harm.
"""

from __future__ import annotations

import codecs
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, cast

from smsget.errors import UnreadableFile

UNPACK_LIMIT = 2 << 30
"""How many bytes the archives of one file may unpack to."""

LINE_LIMIT = 8 << 20
"""How many bytes a line may have: far above 250 receipts, the most that one callback carries."""

CHUNK = 1 << 20

_DAMAGE = (EOFError, zlib.error, zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError)
# What reading a cut, changed, encrypted (RuntimeError) or oddly compressed (NotImplementedError) archive raises.


class ArchiveDamaged(Exception):
    """An archive ends too early or does not unpack. What came before it was read; `partial` is its last, cut line."""

    def __init__(self, partial: bytes = b"") -> None:
        super().__init__("archive_damaged")
        self.partial = partial


class _Budget:
    """What may still be unpacked, over all members of one file. Raises `UnreadableFile` when it is used up."""

    def __init__(self, limit: int, name: str) -> None:
        self.limit, self.left, self.name = limit, limit, name

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise UnreadableFile("not_a_log", file=self.name, kind="too_large", limit=self.limit)


def members(data: bytes | BinaryIO, name: str = "", limit: int = UNPACK_LIMIT) -> Iterator[Iterator[bytes]]:
    """The files in `data` as streams of chunks: one, or for a zip each of its members. Gzip inside is unpacked too.

    Raises `UnreadableFile("not_a_log")` with `kind` `too_large`, `workbook` (which is a zip as well) or `archive`
    (a zip without a directory). A stream raises `ArchiveDamaged` where its archive ends too early.
    """
    file = BytesIO(data) if isinstance(data, (bytes, bytearray)) else data
    budget = _Budget(limit, name)
    if _starts(file) != b"PK\x03\x04":
        yield _unpacked(file, budget)
        return
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGE:
        raise UnreadableFile("not_a_log", file=name, kind="archive") from None
    with archive:
        if "[Content_Types].xml" in archive.namelist():
            raise UnreadableFile("not_a_log", file=name, kind="workbook")
        for info in archive.infolist():
            # macOS adds a shadow of every file, which holds no text.
            if not info.is_dir() and not info.filename.startswith("__MACOSX/"):
                yield _zip_member(archive, info, budget)


def _starts(file: BinaryIO) -> bytes:
    at = file.tell()
    start = file.read(4)
    file.seek(at)
    return start


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    try:
        with archive.open(info) as member:
            yield from _unpacked(cast("BinaryIO", member), budget, metered=True)
    except _DAMAGE:
        raise ArchiveDamaged from None


def _unpacked(file: BinaryIO, budget: _Budget, *, metered: bool = False) -> Iterator[bytes]:
    """Chunks of `file`, of what is packed in it if it is gzip. Only what was unpacked counts against the budget."""
    if _starts(file)[:2] == b"\x1f\x8b":
        file, metered = cast("BinaryIO", gzip.GzipFile(fileobj=file)), True
    # read1 hands over what is there: read would lose what it has gathered when the archive then turns out to be cut.
    read = getattr(file, "read1", file.read)
    while True:
        try:
            chunk = read(CHUNK)
        except _DAMAGE:
            if not metered:
                raise
            raise ArchiveDamaged from None
        if not chunk:
            return
        if metered:
            budget.take(len(chunk))
        yield chunk


def peeked(chunks: Iterator[bytes], size: int = 1 << 16) -> tuple[bytes, Iterator[bytes]]:
    """At least `size` bytes from the front, unless there are fewer, and the whole stream as if it was untouched."""
    seen: list[bytes] = []
    damage: ArchiveDamaged | None = None
    try:
        while sum(map(len, seen)) < size and (chunk := next(chunks, b"")):
            seen.append(chunk)
    except ArchiveDamaged as error:
        damage = error

    def whole() -> Iterator[bytes]:
        yield from seen
        if damage is not None:
            raise damage
        yield from chunks

    return b"".join(seen), whole()


def as_utf8(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The stream as it is, unless `head`, its beginning, is UTF-16, whose line ends are other bytes."""
    encoding = _utf16(head[:4096])
    if encoding is None:
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _utf16(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without a mark: logs are mostly ASCII, whose other byte is zero in UTF-16.
    half = len(head) // 2
    if half >= 4 and head[1::2].count(0) > 0.7 * half and head[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if half >= 4 and head[::2].count(0) > 0.7 * half and head[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def split_lines(chunks: Iterator[bytes], limit: int = LINE_LIMIT) -> Iterator[bytes]:
    """Lines without their ends (LF, CRLF or CR). Of one longer than `limit` only the start comes, longer than `limit`.

    Cutting bytes is safe: no second byte of CP950 is a line end.
    """
    rest, skipping = b"", False
    try:
        for chunk in chunks:
            *complete, rest = (rest + chunk).split(b"\n")
            if skipping and complete:
                del complete[0]
                skipping = False
            for line in complete:
                yield from _at_cr(line)
            if skipping:
                rest = b""
            elif len(rest) > limit:
                yield rest
                rest, skipping = b"", True
    except ArchiveDamaged:
        raise ArchiveDamaged(rest) from None
    if rest:
        yield from _at_cr(rest)


def _at_cr(line: bytes) -> list[bytes]:
    if b"\r" not in line:
        return [line]
    return line.removesuffix(b"\r").split(b"\r")


def decoded(line: bytes) -> str:
    """A line as text: UTF-8, else CP950 (Excel in Taiwan), else with its odd bytes escaped. Zero bytes, which a log
    truncated while it was written is full of, are left out, and so is a byte order mark.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        try:
            text = line.decode("cp950")
        except UnicodeDecodeError:
            text = line.decode("utf-8", "backslashreplace")
    return text.replace("\0", "").replace("\ufeff", "")


def decoded_stream(head: bytes, chunks: Iterator[bytes]) -> Iterator[str]:
    """The stream as text, in the encoding its first bytes are in; for what is not made of lines."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "cp950"
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).replace("\ufeff", "")
    yield decoder.decode(b"", final=True)
