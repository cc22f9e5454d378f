"""Make the sample recipient lists of this folder: `python data/samples/make_samples.py`.

The same seed gives the same bytes on every run. All people and numbers are invented: the numbers lie in blocks with a
pattern (0912345xxx, 0900000xxx …), and only their last three digits vary, because the sandbox chooses a message's
fate by the last two. The mistakes are those that members lists of Taiwanese shops have.
"""

from __future__ import annotations

import csv
import io
import random
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

SEED = 20261101
HEADER = ["會員編號", "姓名", "手機", "生日", "等級"]
HERE = Path(__file__).parent

BLOCKS = ["0912345", "0923456", "0934567", "0956789", "0987654", "0900000", "0911111", "0922222", "0933333", "0988888"]
SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高潘簡朱鍾彭游詹胡施沈余盧梁趙顏柯翁魏孫戴"
GIVEN = "怡君雅婷淑芬美玲佳蓉欣儀詩涵宜庭心瑜品妤子晴語彤志明家豪俊傑建宏冠宇承翰宗憲柏睿彥廷宥辰浩然國華文雄"
LEVELS = ["一般"] * 11 + ["銀卡"] * 5 + ["金卡"] * 3 + ["白金"]

# How a person, a till or a spreadsheet writes 0912345678, with the number of rows in a thousand.
SPELLINGS: list[tuple[int, Callable[[str], str]]] = [
    (558, lambda n: n),
    (90, lambda n: f"{n[:4]}-{n[4:7]}-{n[7:]}"),
    (50, lambda n: f"{n[:4]} {n[4:7]} {n[7:]}"),
    (60, lambda n: n[1:]),  # a spreadsheet took it for a number
    (30, lambda n: f"+886 {n[1:4]} {n[4:7]} {n[7:]}"),
    (15, lambda n: f"886{n[1:]}"),
    (10, lambda n: f"+886-{n[1:]}"),
    (10, lambda n: f"({n[:4]}){n[4:]}"),
    (10, lambda n: n.translate({48 + digit: 0xFF10 + digit for digit in range(10)})),  # full width
    (8, lambda n: f"'{n}"),
    (8, lambda n: f"{n[1:]}.0"),
    (4, lambda n: f"{n[1]}.{n[2:]}E+08"),
    (5, lambda n: f" {n} "),
]
UNUSABLE: list[tuple[int, Callable[[random.Random], str]]] = [
    (28, lambda r: f"02-{r.choice('2678')}{r.randrange(1000):03d}-{r.randrange(10000):04d}"),
    (12, lambda r: f"04-2{r.randrange(100):02d}-{r.randrange(10000):04d}"),
    (20, lambda r: ""),
    (8, lambda r: r.choice(["無", "待補", "不提供", "同上", "沒有手機"])),
    (6, lambda r: f"0912***{r.randrange(1000):03d}"),
    (4, lambda r: f"09l2345{r.randrange(1000):03d}"),  # a letter l for a one
    (4, lambda r: f"091234{r.randrange(1000):03d}"),  # a digit is missing
    (3, lambda r: f"0912345{r.randrange(1000):03d}、0923456{r.randrange(1000):03d}"),
    (2, lambda r: "9.12E+08"),
    (2, lambda r: f"0912345{r.randrange(1000):03d}#12"),
]
FOREIGN: list[tuple[int, Callable[[random.Random], str]]] = [
    (9, lambda r: f"+852 9123 {r.randrange(10000):04d}"),
    (5, lambda r: f"+86 138-0013-{r.randrange(10000):04d}"),
    (3, lambda r: f"+81 90-1234-{r.randrange(10000):04d}"),
    (3, lambda r: f"+65 8123 {r.randrange(10000):04d}"),
    (2, lambda r: f"+60 12-345 {r.randrange(10000):04d}"),
    (2, lambda r: f"+853 6612 {r.randrange(10000):04d}"),
    (1, lambda r: f"+49 1512 345{r.randrange(10000):04d}"),
]
DUPLICATES = 28


def members(seed: int = SEED) -> list[list[str]]:
    """A thousand members in the order of their numbers, as a till exports them."""
    chance = random.Random(seed)  # noqa: S311  (a sample list, no secret)
    numbers = [f"{block}{last:03d}" for block in BLOCKS for last in range(1000)]
    chance.shuffle(numbers)
    phones = [write(number) for write, number in zip(_spread(SPELLINGS), numbers, strict=False)]
    phones += [write(chance) for write in (*_spread(UNUSABLE), *_spread(FOREIGN))]
    twice = chance.sample(numbers[: sum(times for times, _ in SPELLINGS)], DUPLICATES)
    # The second time it is mostly written in another way: only the wire form shows that it is the same number.
    phones += [chance.choice(SPELLINGS)[1](number) for number in twice]
    chance.shuffle(phones)
    return [[f"M{at:05d}", _name(chance), phone, _birthday(chance), chance.choice(LEVELS)]
            for at, phone in enumerate(phones, 1)]  # fmt: skip


def small() -> list[list[str]]:
    """Twelve members for a first try: eight to text, one twice, one blank, a landline and a letter."""
    phones = ["0912345600", "0912-345-601", "912345602", "+886 912 345 603", "０９１２３４５６１０", "0912345611", "",
              "0912 345 600", "02-2345-6789", "09l2345678", "0912345650", "0912345651"]  # fmt: skip
    names = ["王小明", "陳怡君", "林志豪", "黃雅婷", "張家豪", "李淑芬",
             "吳冠宇", "王小明", "劉美玲", "蔡承翰", "楊詩涵", "許柏睿"]
    levels = ["金卡", "一般", "一般", "銀卡", "白金", "一般", "一般", "金卡", "銀卡", "一般", "一般", "銀卡"]
    return [[f"M{at:05d}", name, phone, f"1990/{at}/{at + 9}", level]
            for at, (name, phone, level) in enumerate(zip(names, phones, levels, strict=True), 1)]  # fmt: skip


def csv_text(rows: list[list[str]]) -> str:
    """A table as Excel saves it: commas, CR LF."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows([HEADER, *rows])
    return stream.getvalue()


def workbook(rows: list[list[str]]) -> bytes:
    """An Excel workbook of some members: phones that look like numbers are numbers, birthdays are dates."""
    from openpyxl import Workbook  # a developer's tool; the CSV files need none

    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("會員")
    sheet.append(HEADER)
    for number, name, phone, birthday, level in rows:
        typed = int(phone) if re.fullmatch(r"0?9\d{8}", phone) and int(number[1:]) % 2 else phone
        year, month, day = map(int, birthday.split("/"))
        sheet.append([number, name, typed, date(year, month, day), level])
    notes = book.create_sheet("說明")
    notes.append(["本名單為虛構資料"])
    book.properties.created = book.properties.modified = datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)
    stream = io.BytesIO()
    book.save(stream)
    return _undated(stream.getvalue())


def make(folder: Path = HERE) -> None:
    """Write the four lists into `folder`."""
    everybody = members()
    text = csv_text(everybody)
    (folder / "members_cp950.csv").write_bytes(text.encode("cp950"))
    (folder / "members_utf8_bom.csv").write_bytes(text.encode("utf-8-sig"))
    (folder / "members_small.csv").write_bytes(csv_text(small()).encode("utf-8-sig"))
    (folder / "members.xlsx").write_bytes(workbook(everybody[:60]))


def _spread(choices: list[tuple[int, Callable[..., str]]]) -> Iterator[Callable[..., str]]:
    for times, write in choices:
        yield from [write] * times


def _name(chance: random.Random) -> str:
    name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2))
    # A few have a second name behind a comma, which a CSV file must quote.
    return name if chance.random() < 0.99 else f"{name}, Amy"


def _birthday(chance: random.Random) -> str:
    day = date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))
    return f"{day.year}/{day.month}/{day.day}"


def _undated(content: bytes) -> bytes:
    """The same zip without the moment of saving, so that the next run gives the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-11-01T00:00:00Z", old.read(name))
            new.writestr(zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


if __name__ == "__main__":
    sys.exit(make())
