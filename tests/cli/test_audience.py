"""Before anything is sent: check, segments, quote."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from smsget.store import Store
from tests.cli.running import run, run_json, sentence

GUANGZHOU = "name,mobile\n张伟,0912345678\n"


def test_check_accounts_for_every_row(members: Path, database: Path) -> None:
    data = run_json("check", members)
    assert (data["rows"], data["ready"], data["blank"], data["duplicates"], data["rejected"]) == (7, 3, 1, 1, 2)
    assert data["rows"] == sum(data[name] for name in ("ready", "blank", "duplicates", "suppressed", "rejected"))
    assert data["problems"][0] | {"reason": ""} == {
        "row": 7, "value": "02-2345-6789", "code": "not_mobile", "country": "", "reason": ""
    }  # fmt: skip
    assert (data["encoding"], data["delimiter"], data["phone_column"]) == ("utf-8-sig", ",", "手機")
    assert data["countries"] == {"TW": 3}
    assert not database.exists(), "looking at a file makes no database"


def test_check_tells_people_the_same(members: Path) -> None:
    shown = run("check", members).stdout
    assert re.search(r"Can be texted +3\n", shown)
    assert re.search(r"line 7 +02-2345-6789 +Not a mobile number", shown)


def test_check_shows_a_long_value_as_one_short_line(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text(f'手機\n0912345678\n"abc\n{"x1" * 5000}"\n', encoding="utf-8")
    shown = run("check", file).stdout
    assert re.search(r"line 3 +abc x1x1[x1]+…", shown)
    assert max(map(len, shown.splitlines())) < 150


def test_check_says_which_sheets_it_read_and_which_not(tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "October"
    for row in (["手機"], ["0912345678"]):
        book.active.append(row)
    book.create_sheet("VIP")
    book.create_sheet("old").sheet_state = "hidden"
    book.save(file)
    shown = run("check", file).stdout
    assert "Read is the sheet “October”." in shown
    assert "Not read: VIP, old. --sheet chooses one." in shown
    assert "Hidden in the file: old." in shown


def test_check_voices_a_doubt_about_the_encoding(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_bytes(GUANGZHOU.encode("gb18030"))
    data = run_json("check", file)
    assert (data["encoding"], data["doubt"]) == ("cp950", "gb18030")
    assert "gb18030 reads this file at least as well" in run("check", file).stdout
    assert "as well" not in run("check", file, "--encoding", "gb18030").stdout


def test_check_takes_a_file_without_a_header(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("王,手機\n李,0912345678\n", encoding="utf-8")
    assert run_json("check", file)["rows"] == 1
    data = run_json("check", file, "--no-header", "--phone-column", "B")
    assert (data["rows"], data["ready"], data["header"]) == (2, 1, ["A", "B"])


def test_check_writes_what_can_and_what_cannot_be_used(members: Path, tmp_path: Path) -> None:
    ready, rejects = tmp_path / "ready.csv", tmp_path / "rejects.csv"
    run("check", members, "--ready", ready, "--rejects", rejects)
    assert ready.read_text("utf-8-sig").splitlines() == [
        "phone,country,姓名,生日", "0912345678,TW,王小明,1990/1/1", "0912345679,TW,陳怡君,1990/1/2",
        "0912345680,TW,林志豪,",
    ]  # fmt: skip
    first, second, *_ = rejects.read_text("utf-8-sig").splitlines()
    assert first == "row,code,reason,姓名,手機,生日"
    assert second == "7,not_mobile,Not a mobile number,吳承恩,02-2345-6789,"


def test_check_never_writes_over_the_file_it_reads(members: Path) -> None:
    before = members.read_bytes()
    assert "members.csv" in sentence("check", members, "--ready", members, status=2)
    assert members.read_bytes() == before


@pytest.mark.parametrize("out", ["ready.csv", "./ready.csv", "link.csv"])
def test_check_writes_two_results_to_two_files(members: Path, tmp_path: Path, out: str) -> None:
    ready = tmp_path / "ready.csv"
    ready.write_text("mine")
    (tmp_path / "link.csv").symlink_to(ready)
    assert out.removeprefix("./") in sentence(
        "check", members, "--ready", ready, "--rejects", f"{tmp_path}/{out}", status=2
    )
    assert ready.read_text() == "mine"
    ready.unlink()
    sentence("check", members, "--ready", ready, "--rejects", f"{tmp_path}/{out}", status=2)
    assert not ready.exists()


def test_check_writes_nothing_when_one_result_would_go_over_the_file(members: Path, tmp_path: Path) -> None:
    before = members.read_bytes()
    sentence("check", members, "--ready", tmp_path / "ready.csv", "--rejects", members, status=2)
    assert members.read_bytes() == before
    assert not (tmp_path / "ready.csv").exists()


def test_columns_of_the_file_keep_their_names(tmp_path: Path) -> None:
    """Also those that are called as ours are in the result."""
    file = tmp_path / "list.csv"
    file.write_text("row,phone,手機,country\nA7,02-2345,0912345678,Taiwan\n", encoding="utf-8")
    run("check", file, "--phone-column", "手機", "--ready", tmp_path / "ready.csv")
    assert (tmp_path / "ready.csv").read_text("utf-8-sig").splitlines() == [
        "_phone,_country,row,phone,country", "0912345678,TW,A7,02-2345,Taiwan"
    ]  # fmt: skip
    data = run_json("quote", file, "--phone-column", "手機", "--text", "{{row}}/{{phone}}/{{country}}" + "a" * 144)
    assert data["segments_histogram"] == {"2": 1}, "A7/02-2345/Taiwan is 17 characters"


def test_check_knows_the_suppression_list(members: Path, store: Store) -> None:
    store.suppression.add(["0912345678"])
    data = run_json("check", members)
    assert (data["ready"], data["suppressed"], data["duplicates"]) == (2, 2, 0)


@pytest.mark.parametrize(("countries", "ready"), [("TW", 3), ("tw,HK", 4), ("all", 4), ("HK", 1)])
def test_countries_are_chosen(members: Path, countries: str, ready: int) -> None:
    assert run_json("check", members, "--countries", countries)["ready"] == ready


@pytest.mark.parametrize("countries", ["TW,XX", "XX", "", "TW HK all"])
def test_unknown_country_is_wrong_usage(members: Path, countries: str) -> None:
    assert "SMS-Get does not reach" in sentence("check", members, "--countries", countries, status=2)


def test_nothing_usable_is_status_1_with_the_result(tmp_path: Path) -> None:
    file = tmp_path / "landlines.csv"
    file.write_text("手機\n02-2345-6789\n", encoding="utf-8")
    data = run_json("check", file, status=1)
    assert (data["rows"], data["ready"], data["rejected"]) == (1, 0, 1)


BAD_FILES: dict[str, tuple[bytes | None, str]] = {
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "a PDF document"),
    "empty": (b"", "is empty"),
    "no phone column": ("姓名,生日\n王小明,1990/1/1\n".encode(), "No column of this file looks like mobile numbers"),
    "not there": (None, "cannot be opened"),
    "web page": (b"<!DOCTYPE html><html><body>Please log in</body></html>", "a web page"),
    "unclosed quote": ('姓名,手機\n"王小明,0912345678\n陳怡君,0912345679\n'.encode(), "line 2"),
}


@pytest.mark.parametrize("command", [["check"], ["quote", "--text", "hi"], ["send", "--yes", "--text", "hi"],
                                     ["suppress", "import"]], ids=" ".join)  # fmt: skip
@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_is_no_list_gets_its_own_sentence(
    command: list[str], kind: str, tmp_path: Path, database: Path, engine_calls: list[str]
) -> None:
    content, said = BAD_FILES[kind]
    file = tmp_path / "list.csv"
    if content is not None:
        file.write_bytes(content)
    told = sentence(*command, file, status=1)
    assert told.startswith("list.csv: ")
    assert said in told
    assert not engine_calls
    if database.exists():
        assert Store(database).campaigns.all() == Store(database).lists.all() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", ("GSM-7", 5, 1)),
        ("週年慶" * 24, ("UCS-2", 72, 2)),
        ("{" * 81, ("GSM-7", 162, 2)),
        ("", ("GSM-7", 0, 0)),
    ],
)
def test_segments_measures(text: str, expected: tuple[str, int, int]) -> None:
    data = run_json("segments", text)
    assert (data["encoding"], data["units"], data["segments"]) == expected
    assert data["warnings"] == []


def test_segments_reads_standard_input() -> None:
    assert run_json("segments", "-", input="週年慶\n")["units"] == 3


@pytest.mark.parametrize(
    ("given", "units"),
    [("ab", 2), ("ab\n", 2), ("ab\r\n", 2), ("ab\n\n", 3), ("ab\r\n\r\n", 4), ("a\r\nb", 4), ("ab\r", 3),
     ("\ufeffab\n", 2), ("", 0)],
)  # fmt: skip
def test_of_standard_input_one_line_break_at_the_end_is_not_meant(given: str, units: int) -> None:
    """Nor is a byte order mark, which would make the whole text UCS-2."""
    data = run_json("segments", "-", input=given.encode())
    assert (data["encoding"], data["units"]) == ("GSM-7", units)


def test_segments_fails_for_emoji_and_warns_of_what_makes_a_text_dear() -> None:
    data = run_json("segments", "Café 😀", status=1)
    assert [warning["code"] for warning in data["warnings"]] == ["not_carried"]
    assert "😀" in data["warnings"][0]["text"]
    shown = run("segments", "Café 😀", status=1)
    assert "😀" in shown.stderr
    assert "cheaper" not in shown.output
    assert [warning["code"] for warning in run_json("segments", "Cafe “now”")["warnings"]] == ["unicode"]


def test_quote_sums_the_real_texts(members: Path, database: Path) -> None:
    data = run_json("quote", members, "--countries", "all", "--text", "{{姓名}}您好" + "好" * 64)
    assert (data["recipients"], data["texts"], data["batches"]) == (4, 4, 4)
    # three names of three characters make 69 characters: one part each; 周杰 makes 68
    assert data["segments_histogram"] == {"1": 4}
    assert data["by_country"]["HK"] == {"recipients": 1, "segments": 1, "credits": 1}
    assert data["credits"] == sum(part["credits"] for part in data["by_country"].values()) == 4
    assert not database.exists()


def test_quote_uses_the_rates_of_the_database_and_never_counts_an_unknown_rate_as_nothing(
    tmp_path: Path, store: Store
) -> None:
    file = tmp_path / "japan.csv"
    file.write_text("手機\n+81 90-1234-5678\n0912345678\n", encoding="utf-8")
    data = run_json("quote", file, "--countries", "all", "--text", "hi")
    assert data["unknown_rate"] == {"JP": 1}
    assert data["by_country"]["JP"]["credits"] is None
    assert "unknown_rate" in [notice["code"] for notice in data["notices"]]
    rates = store.settings.rates()
    store.settings.set_rates(type(rates)({**rates.one_way, "JP": 5}, rates.two_way))
    assert run_json("quote", file, "--countries", "all", "--text", "hi")["credits"] == 6


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--text", "  "], "text is empty"),
        (["--text", "{{姓}}您好"], "Did you mean “姓名”"),
        (["--text", "{{姓名您好"], "do not pair up"),
        (["--text", "好😀"], "does not carry these characters: 😀"),
        (["--text", "hi", "--two-way", "--countries", "all"], "Taiwan numbers only"),
    ],
)
@pytest.mark.parametrize("command", ["quote", "send"])
def test_a_text_that_cannot_go_out_is_refused(command: str, options: list[str], said: str, members: Path) -> None:
    yes = ["--yes"] if command == "send" else []
    assert said in sentence(command, members, *options, *yes, status=1)


def test_quote_finds_a_link_that_only_somebody_in_the_middle_has(tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    rows = [f"09123456{n:02},{'evil.sbs' if n == 30 else '很長的名字' * 3 if n % 2 else '中間的人'}" for n in range(60)]
    file.write_text("手機,名\n" + "\n".join(rows), encoding="utf-8")
    notices = {one["code"]: one for one in run_json("quote", file, "--text", "{{名}}您好")["notices"]}
    assert notices["unregistered_link"]["links"] == ["evil.sbs"]
