"""The bytes of a text file -> UTF-8, which every later step reads, and the codec that they were in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from smsget.errors import UnreadableFile
from smsget.recipients.sniff import utf16_without_bom

ENCODINGS = ("utf-8", "utf-16", "cp950", "big5hkscs", "gb18030", "cp932", "cp949", "cp1252")
"""What a person may choose from. CP950 is Excel's in Taiwan; Big5-HKSCS also has characters such as 堃."""

_CHUNK = 1 << 22
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def to_utf8(data: bytes, encoding: str | None = None) -> tuple[bytes, str]:
    """The text of a file in UTF-8, and the codec that it was in: "utf-8-sig", "utf-8", "utf-16", "cp950" …

    A byte order mark decides; without one the first of UTF-8 and CP950 that reads every byte. A person's `encoding`
    (one of `ENCODINGS`) goes before all of it, and bytes that it does not know then become U+FFFD, for the eye to see.
    NUL characters, the byte order mark and a final Ctrl-Z are left out.
    Raises `UnreadableFile("unknown_encoding")` with `line`, the first that cannot be read, and `choices`.
    """
    if encoding is not None:
        codec = _chosen(data, encoding)
        return _tidy(_transcode(data, codec, "replace")), codec
    furthest = 0
    for codec in _candidates(data):
        try:
            return _tidy(_transcode(data, codec)), codec
        except UnicodeDecodeError as error:
            furthest = max(furthest, error.start)
    line = len(data[: furthest + 1].splitlines())
    raise UnreadableFile("unknown_encoding", line=line, choices=[codec for codec in ENCODINGS if _reads(data, codec)])


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, by Arrow's validation, which builds no string."""
    ends = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _candidates(data: bytes) -> list[str]:
    if data.startswith(codecs.BOM_UTF8):
        return ["utf-8-sig"]
    if data.startswith(_UTF16_MARKS):
        return ["utf-16"]
    codec = utf16_without_bom(data[:65_536])
    return [codec] if codec else ["utf-8", "cp950"]


def _chosen(data: bytes, encoding: str) -> str:
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        codec = ""
    if codec.removesuffix("-sig") not in ENCODINGS and not re.fullmatch(r"utf-16-[lb]e", codec):
        raise UnreadableFile("unknown_encoding", encoding=encoding, choices=list(ENCODINGS))
    return "utf-8-sig" if codec == "utf-8" and data.startswith(codecs.BOM_UTF8) else codec


def _transcode(data: bytes, codec: str, errors: str = "strict") -> bytes:
    """Chunk by chunk: the whole text as one Python string takes two or four bytes for each character."""
    if codec in {"utf-8", "utf-8-sig"} and is_utf8(data):
        return data
    return b"".join(chunk.encode() for chunk in _decoded(data, codec, errors))


def _decoded(data: bytes, codec: str, errors: str) -> Iterator[str]:
    if codec == "utf-16" and not data.startswith(_UTF16_MARKS):
        codec = "utf-16-le"  # of a file without a mark the decoder by chunks asks which of the two it is
    decoder = codecs.getincrementaldecoder(codec)(errors)
    pending = 0
    for at in range(0, len(data), _CHUNK):
        chunk = data[at : at + _CHUNK]
        try:
            yield decoder.decode(chunk, final=at + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            error.start += at - pending
            raise
        pending = len(decoder.getstate()[0])


def _reads(data: bytes, codec: str) -> bool:
    try:
        for _ in _decoded(data, codec, "strict"):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _tidy(text: bytes) -> bytes:
    mark = codecs.BOM_UTF8  # some programs write a second one
    return text.removeprefix(mark).replace(b"\x00", b"").rstrip(b"\x1a").removeprefix(mark)
