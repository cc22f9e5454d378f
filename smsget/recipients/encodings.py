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
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_SAMPLE = 1 << 20
_CERTAIN = 6  # characters; of so many in Big5 one in 400 texts is all of those that the others have, too
_RIVALS = {"cp949": 0xC8, "gb18030": 0xD7}  # the last lead byte of the frequent ones; those of the first are fewer
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
    # UTF-16 reads any bytes, and a file in it was recognised before.
    choices = [codec for codec in ENCODINGS if codec != "utf-16" and _reads(data, codec)]
    raise UnreadableFile("unknown_encoding", line=line, choices=choices, **({} if choices else {"kind": "none"}))


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, by Arrow's validation, which builds no string."""
    ends = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def rival_of(data: bytes, codec: str) -> str:
    """Another codec that reads the bytes of a text in `codec`, found without a mark, as well or better; "" if none.

    CP950 reads nearly any bytes, and what is none of it becomes characters that hardly anybody's name has. So the
    shares of frequent characters decide: those of level 1 in Big5 (A4-C6), in GB 2312 (B0-D7, no trail byte under A1)
    and the Hangul of KS X 1001 (B0-C8, likewise). A tie is a doubt if the text is not very short: of the characters of
    Big5 two in five have a trail byte under A1.
    """
    if codec != "cp950":
        return ""
    pairs = np.frombuffer(b"".join(_PAIR.findall(data[:_SAMPLE])), np.uint8).reshape(-1, 2)
    lead, trail = pairs[:, 0], pairs[:, 1]
    is_sign = (lead >= 0xA1) & (lead <= 0xA3)
    lead, trail = lead[~is_sign], trail[~is_sign]
    own = np.count_nonzero((lead >= 0xA4) & (lead <= 0xC6))
    shared = {
        other: int(np.count_nonzero((lead >= 0xB0) & (lead <= last) & (trail >= 0xA1)))
        for other, last in _RIVALS.items()
    }
    best = max(shared, key=shared.__getitem__)
    as_well = shared[best] > own or shared[best] == own == len(lead) >= _CERTAIN
    return best if as_well and _reads(data, best) else ""


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
