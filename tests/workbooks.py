"""Workbooks of the kinds that nothing at hand can write: the smallest XLS and ODS, with one sheet each."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Collection, Sequence

Rows = Sequence[Sequence[str | float]]

IS_TABLE, END_OF_CHAIN, FREE = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
SECTOR = 512
_FILTERED = ' table:visibility="filter"'


def xlsx(hidden: Collection[int | str] = (), **sheets: Rows) -> bytes:
    """An Excel workbook with these sheets; `hidden`: names of hidden sheets, and numbers of rows hidden in each."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for number in hidden:
            if isinstance(number, int):
                sheet.row_dimensions[number].hidden = True
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def changed(workbook: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The same workbook with something else in one of its parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            assert name != part or old in content
            target.writestr(name, content.replace(old, new) if name == part else content)
    return stream.getvalue()


def moved(workbook: bytes) -> bytes:
    """The same workbook with its first sheet in a part of another name."""
    content = changed(workbook, "xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"other/people.bin")
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr("xl/other/people.bin" if name == "xl/worksheets/sheet1.xml" else name, source.read(name))
    return stream.getvalue()


def zipped(**parts: str) -> bytes:
    """A zip with these files; `__` in a name stands for a slash."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def ods(rows: Rows, hidden: Collection[int] = ()) -> bytes:
    """An OpenDocument spreadsheet with these rows hidden, the first being 1."""
    cells = "".join(
        f"<table:table-row{_FILTERED if at in hidden else ''}>{''.join(map(_ods_cell, row))}</table:table-row>"
        for at, row in enumerate(rows, 1)
    )
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{names}manifest:1.0"/>')
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{names}office:1.0" xmlns:table="{names}table:1.0" '
            f'xmlns:text="{names}text:1.0"><office:body><office:spreadsheet><table:table table:name="S">{cells}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return stream.getvalue()


def xls(rows: Rows, hidden: Collection[int] = (), *, padded: bool = True) -> bytes:
    """An Excel 97 workbook: BIFF8 records in an OLE compound file. Excel pads them to 4096 bytes, others do not."""
    sheet = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 0))
    for number in hidden:
        sheet += _biff(0x0208, struct.pack("<HHHHHHI", number - 1, 0, 2, 0, 0, 0, 0x20))
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", at, column, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _biff(0x0204, place + text)
            else:
                sheet += _biff(0x0203, place + struct.pack("<d", value))
    start = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 0))
    name = struct.pack("<BB", 1, 0) + b"S"
    end = _biff(0x000A, b"")
    offset = len(start) + 4 + 6 + len(name) + len(end)
    stream = start + _biff(0x0085, struct.pack("<IBB", offset, 0, 0) + name) + end + sheet + end
    return _compound_file({"Workbook": stream.ljust(4096, b"\0")}) if padded else _small_compound_file(stream)


def compound_file(*names: str) -> bytes:
    """An OLE file with streams of these names, such as other programs of Office make."""
    return _compound_file(dict.fromkeys(names, bytes(4096)))


def _biff(record: int, content: bytes) -> bytes:
    return struct.pack("<HH", record, len(content)) + content


def _ods_cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def _compound_file(streams: dict[str, bytes]) -> bytes:
    """Sectors: the table (FAT), the directory, and the streams one after the other."""
    fat, entries, content = [IS_TABLE, END_OF_CHAIN], [_directory_entry("Root Entry", 5, 1, END_OF_CHAIN, 0)], b""
    for name, stream in streams.items():
        entries.append(_directory_entry(name, 2, FREE, len(fat), len(stream)))
        content += stream.ljust(-(-len(stream) // SECTOR) * SECTOR, b"\0")
        fat += _links(len(fat), -(-len(stream) // SECTOR))
    return _header(END_OF_CHAIN) + _sector_of(fat) + b"".join(entries).ljust(SECTOR, b"\0") + content


def _small_compound_file(stream: bytes) -> bytes:
    """Sectors: the table, the directory, the table of small sectors, and the stream that those are in."""
    small, sectors = -(-len(stream) // 64), -(-len(stream) // SECTOR)
    root = _directory_entry("Root Entry", 5, 1, 3, sectors * SECTOR)
    entries = root + _directory_entry("Workbook", 2, FREE, 0, len(stream))
    fat = _sector_of([IS_TABLE, END_OF_CHAIN, END_OF_CHAIN, *_links(3, sectors)])
    content = stream.ljust(sectors * SECTOR, b"\0")
    return _header(2) + fat + entries.ljust(SECTOR, b"\0") + _sector_of(_links(0, small)) + content


def _header(small_table: int) -> bytes:
    """Of a compound file whose table is in sector 0 and whose directory is in sector 1."""
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    tables = (small_table, 0 if small_table == END_OF_CHAIN else 1)
    start += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, *tables, END_OF_CHAIN, 0)
    return start + struct.pack("<109I", 0, *[FREE] * 108)


def _links(first: int, count: int) -> list[int]:
    """A chain of `count` sectors in a row."""
    return [*range(first + 1, first + count), END_OF_CHAIN]


def _sector_of(numbers: Sequence[int]) -> bytes:
    return struct.pack("<128I", *numbers, *[FREE] * (128 - len(numbers)))


def _directory_entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = f"{name}\0".encode("utf-16-le")
    entry = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child)
    return entry + bytes(36) + struct.pack("<IQ", start, size)
