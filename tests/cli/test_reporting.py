"""Logs in, reports and replies out; the suppression list."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from smsget.store import Store
from tests.cli.running import BUYER, run, run_json, sentence

UNSUBSCRIBED = """姓名,手機,電話
王,0912345678,0923456789
李,0934567890/0945678901,
陳,0956-xxx,
林,,0967890123
趙,0978901234 (退訂),
"""

LOG = """sms_id=795938&content=0911000000|$0040B0FA7|2026-11-22 05:07:55|DELIVRD
sms_id=795938&content=0911000001|$0040B0FA8|2026-11-22 05:07:56|MOBERROR
content=0911000002|1634110261249|2026-11-22 15:30:01|%E9%80%80%E8%A8%82
sms_id=795938&content=0911000003|$0040B0FA9|2026-13-41 05:07:56|DELIVRD
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "callbacks.log"
    file.write_text(LOG, encoding="utf-8")
    return file


def test_import_counts_and_a_second_time_changes_nothing(log: Path, unknown: int) -> None:
    (first,) = run_json("import", log)["files"]
    assert (first["lines"], first["receipts"], first["replies"]) == (4, 2, 1)
    assert (first["new"], first["known"], first["unreadable"]) == (3, 0, 1)
    assert first["problems"] == [{"line": 4, "why": "bad_time"}]
    (again,) = run_json("import", log)["files"]
    assert (again["new"], again["updated"], again["known"]) == (0, 0, 3)


TABLE = 'no,code,payload\n1,795938,"0911000000|$1|2026-11-22 05:07:55|DELIVRD"\n'


def test_import_takes_a_table_whose_columns_a_person_names(unknown: int, tmp_path: Path) -> None:
    file = tmp_path / "dump.csv"
    file.write_text(TABLE, encoding="utf-8")
    (looked,) = run_json("import", file, "--preview", "--content-column", "payload", "--id-column", "code")["files"]
    assert (looked["format"], looked["sure"], looked["columns"]) == ("table", True, ["no", "code", "payload"])
    assert (looked["items"][0]["sms_id"], looked["items"][0]["at"]) == ("795938", "2026-11-22T05:07:55+08:00")
    assert run_json("report")["receipts"] == 0, "nothing was loaded"
    (done,) = run_json("import", file, "--content-column", "payload", "--id-column", "code")["files"]
    assert (done["receipts"], done["new"]) == (1, 1)
    assert run("import", file, "--content-column", "nothing", status=1).stderr
    sentence("import", file, "--id-column", "code", status=2)


def test_a_preview_says_what_it_recognised(log: Path, tmp_path: Path) -> None:
    shown = run("import", log, "--preview").stdout
    assert "0911000001" in shown
    file = tmp_path / "dump.csv"
    file.write_text(TABLE.replace("|", "/"), encoding="utf-8")
    assert "no, code, payload" in run("import", file, "--preview").stdout


def test_report_tells_how_long_delivery_took(unknown: int) -> None:
    data = run_json("report", "--campaign", unknown)
    assert (data["overdue"], data["median_s"], data["ninety_s"]) == (0, None, None)


def test_import_goes_on_after_a_file_that_is_no_log(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("nothing of the kind\n", encoding="utf-8")
    result = run("import", other, log, tmp_path / "missing.log", "--json")
    data = json.loads(result.stdout)
    assert [one["file"] for one in data["files"]] == [str(log)]
    assert [one["code"] for one in data["failed"]] == ["not_a_log", "missing"]
    assert result.stderr.splitlines() == [one["text"] for one in data["failed"]]


def test_import_takes_every_file_of_a_folder(log: Path, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "b.log").write_text(LOG, encoding="utf-8")
    (folder / "a.log").write_text(LOG, encoding="utf-8")
    (folder / ".hidden").write_text("x", encoding="utf-8")
    assert [Path(one["file"]).name for one in run_json("import", folder)["files"]] == ["a.log", "b.log"]


@pytest.mark.parametrize(("content", "said"), [("", "is empty"), ("hello\n", "No delivery receipt")])
def test_import_with_nothing_usable_is_status_1(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "x.log"
    file.write_text(content, encoding="utf-8")
    assert said in run("import", file, status=1).stderr
    assert run_json("import", file, status=1)["files"] == []


def test_report_adds_up(log: Path, unknown: int) -> None:
    run("import", log)
    data = run_json("report", "--campaign", unknown)
    assert (data["messages"], data["receipts"], data["no_receipt"]) == (250, 2, 248)
    assert (data["delivered"], data["failed"], data["by_status"]) == (1, 1, {"DELIVRD": 1, "MOBERROR": 1})
    assert re.search(r"Bad number +1", run("report").stdout)


@pytest.mark.parametrize(
    ("status", "rows"),
    [("delivered", 1), ("failed", 1), ("MOBERROR", 1), ("moberror", 1), ("no_receipt", 248), ("x", 0)],
)
def test_report_writes_the_messages_of_a_status(
    status: str, rows: int, log: Path, unknown: int, tmp_path: Path
) -> None:
    run("import", log)
    out = tmp_path / "out.csv"
    assert run_json("report", "--campaign", unknown, "--status", status, "--csv", out)["rows"] == rows
    header, *lines = out.read_text("utf-8-sig").splitlines()
    assert header == "campaign,phone,country,sms_id,outcome,sent_at,status,word,status_at,campaign_id"
    assert len(lines) == rows


def test_times_in_a_table_have_seconds_and_those_not_known_are_empty(log: Path, unknown: int, tmp_path: Path) -> None:
    log.write_text(LOG + "sms_id=9&content=0987654321|$1|2026-11-22 05:07:55|DELIVRD\n", encoding="utf-8")
    run("import", log)
    out = tmp_path / "out.csv"
    run("report", "--csv", out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["phone"]: row for row in csv.DictReader(file)}
    stranger, told, waiting = rows["0987654321"], rows["0911000000"], rows["0911000005"]
    assert (stranger["sent_at"], stranger["status_at"]) == ("", "2026-11-22 05:07:55")
    assert (stranger["campaign"], stranger["campaign_id"]) == ("", "")
    assert (told["campaign"], told["campaign_id"]) == ("campaign", str(unknown))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told["sent_at"])
    assert (waiting["status_at"], waiting["word"]) == ("", "")


def test_a_report_adds_up_with_receipts_of_other_programs(log: Path, unknown: int) -> None:
    log.write_text(LOG + "sms_id=9&content=0987654321|$1|2026-11-22 05:07:55|DELIVRD\n", encoding="utf-8")
    run("import", log)
    data = run_json("report")
    groups = ("delivered", "failed", "pending", "other", "no_receipt")
    assert (data["messages"], data["own"], sum(data[name] for name in groups)) == (251, 250, 251)
    shown = run("report").stdout
    assert re.search(r"Accepted by SMS-Get +251\n.*sent from here +250\n", shown)
    assert "sent from here" not in run("report", "--campaign", unknown).stdout


@pytest.mark.parametrize("command", ["report", "replies"])
def test_a_table_is_never_written_over_the_database(command: str, unknown: int, database: Path) -> None:
    before = database.read_bytes()
    assert "smsget.db" in sentence(command, "--csv", database, status=2)
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    ("chosen", "env", "text"),
    [("", {}, "好"), ("24", {}, "好"), ("03", {}, "24好"), ("", BUYER, "24好"), ("24", BUYER, "好"),
     ("", {"SMSGET_USERNAME": "half"}, "24好")],
)  # fmt: skip
def test_import_takes_off_the_code_that_live_callbacks_have(
    chosen: str, env: dict[str, str], text: str, store: Store, tmp_path: Path
) -> None:
    """The one in the settings, else the sandbox's while the account is the sandbox."""
    store.settings.set("two_way_code", chosen)
    file = tmp_path / "x.log"
    file.write_text("content=0911000002|1634110261249|2026-11-22 15:30:01|24%E5%A5%BD\n", encoding="utf-8")
    run("import", file, env=env)
    assert [one.text for one in store.receipts.replies()] == [text]


def test_a_csv_that_cannot_be_written_is_one_sentence(unknown: int, tmp_path: Path) -> None:
    out = tmp_path / "no" / "such" / "out.csv"
    assert sentence("report", "--csv", out, status=1).startswith(f"{out} cannot be used")


def test_replies_show_refusals_and_suppress_them(log: Path, tmp_path: Path) -> None:
    run("import", log)
    (reply,) = run_json("replies", "--csv", tmp_path / "replies.csv")["replies"]
    assert reply["phone"] == "0911000002"
    assert (reply["text"], reply["refusal"], reply["at"]) == ("退訂", True, "2026-11-22T15:30:01+08:00")
    assert "0911000002,2026-11-22 15:30:01,退訂,,1," in (tmp_path / "replies.csv").read_text("utf-8-sig")
    (entry,) = run_json("suppress", "list")["phones"]
    assert (entry["phone"], entry["reason"], entry["source"]) == ("0911000002", "refusal", "reply")


def test_suppress_add_list_remove() -> None:
    added = run_json("suppress", "add", "+886 912-345-678", "0912345678", "0912345679", "--reason", "moved")
    assert added["new"] == 2
    assert [one["phone"] for one in added["phones"]] == ["0912345678", "0912345679"]
    assert run_json("suppress", "add", "0912345679")["new"] == 0
    assert [one["phone"] for one in run_json("suppress", "list", "--like", "5679")["phones"]] == ["0912345679"]
    assert [one["phone"] for one in run_json("suppress", "remove", "0912345678", "0987654321")["phones"]] == [
        "0912345678"
    ]
    assert [(one["phone"], one["reason"]) for one in run_json("suppress", "list")["phones"]] == [
        ("0912345679", "moved")
    ]


def test_suppress_add_is_all_or_nothing() -> None:
    sentence("suppress", "add", "0912345678", "12", status=2)
    assert run_json("suppress", "list")["phones"] == []


def test_suppress_import_takes_numbers_of_every_country(members: Path) -> None:
    data = run_json("suppress", "import", members)
    assert {one["phone"] for one in data["phones"]} == {"0912345678", "0912345679", "0912345680", "91234567"}
    assert (data["new"], data["rejected"]) == (4, 1)
    assert {one["source"] for one in data["phones"]} == {"import"}


def test_suppress_import_forgets_no_number_and_says_what_is_none(tmp_path: Path) -> None:
    """Of every phone column, and every piece of a cell, also beside a remark."""
    file, rejects = tmp_path / "unsub.csv", tmp_path / "rejects.csv"
    file.write_text(UNSUBSCRIBED, encoding="utf-8")
    data = run_json("suppress", "import", file, "--rejects", rejects)
    assert [one["phone"] for one in data["phones"]] == [
        "0912345678", "0934567890", "0945678901", "0978901234", "0923456789", "0967890123"
    ]  # fmt: skip
    assert (data["new"], data["rejected"], data["phone_columns"]) == (6, 1, ["手機", "電話"])
    assert [(one["row"], one["value"], one["code"]) for one in data["problems"]] == [(4, "0956-xxx", "masked")]
    assert rejects.read_text("utf-8-sig").splitlines() == [
        "row,code,reason,姓名,手機,電話", "4,masked,Digits are hidden,陳,0956-xxx,"
    ]  # fmt: skip
    shown = run("suppress", "import", file).stdout
    assert re.search(r"Could not be read +1\n", shown)
    assert re.search(r"line 4 +0956-xxx +Digits are hidden", shown)
    rejects.write_text(rejects.read_text("utf-8-sig").replace("0956-xxx", "0956789012"), encoding="utf-8")
    assert (data := run_json("suppress", "import", rejects))["new"] == 1
    assert "in use" in sentence("suppress", "import", file, "--rejects", file, status=2)


@pytest.mark.parametrize(
    ("cell", "phones", "rejected"),
    [
        ("0912345678/勿傳", ["0912345678"], 0),
        ("０９１２３４５６７８（退訂）", ["0912345678"], 0),
        ("退訂 0912-345-678、0923 456 789 太太", ["0912345678", "0923456789"], 0),
        ("0912345678/0923abc", ["0912345678"], 1),
        ("A912345678", [], 1),
        ("02-23456789 分機 12", [], 1),
    ],
)
def test_suppress_import_takes_a_cell_apart(cell: str, phones: list[str], rejected: int, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text(f"姓名,手機\n王,{cell}\n", encoding="utf-8")
    data = run_json("suppress", "import", file, status=0 if phones else 1)
    assert ([one["phone"] for one in data["phones"]], data["rejected"]) == (phones, rejected)


def test_suppress_import_reads_a_file_as_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "big5.csv"
    file.write_bytes("手機1,手機2,備註\n0912345678,0923456789,王\n".encode("cp950"))
    args = ("suppress", "import", file, "--encoding", "cp950")
    assert [one["phone"] for one in run_json(*args, "--phone-column", "手機2")["phones"]] == ["0923456789"]
    file.write_text("0911000001,王\n0911000002,李\n", encoding="utf-8")
    assert run_json("suppress", "import", file, "--no-header", "--phone-column", "A")["new"] == 2


def test_suppress_export_is_what_import_takes(tmp_path: Path, store: Store) -> None:
    out = tmp_path / "suppressed.csv"
    run("suppress", "add", "0912345678", "0912345679", "--reason", "=moved")
    assert run_json("suppress", "export", out) == {"rows": 2}
    header, first, _ = out.read_text("utf-8-sig").splitlines()
    assert header == "phone,reason,source,at"
    assert re.fullmatch(r"0912345678,'=moved,person,[0-9: -]{19}", first)
    store.suppression.remove(store.suppression.phones())
    assert run_json("suppress", "import", out)["new"] == 2
    assert "in use" in sentence("suppress", "export", store.path, status=2)
