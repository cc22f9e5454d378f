"""Logs in, reports and replies out; the suppression list."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import run, run_json, sentence

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
    assert header == "campaign,phone,country,sms_id,outcome,sent_at,status,word,status_at"
    assert len(lines) == rows


def test_a_csv_that_cannot_be_written_is_one_sentence(unknown: int, tmp_path: Path) -> None:
    assert "cannot be used" in sentence("report", "--csv", tmp_path / "no" / "such" / "out.csv", status=1)


def test_replies_show_refusals_and_suppress_them(log: Path, tmp_path: Path) -> None:
    run("import", log)
    (reply,) = run_json("replies", "--csv", tmp_path / "replies.csv")["replies"]
    assert reply["phone"] == "0911000002"
    assert (reply["text"], reply["refusal"], reply["at"]) == ("退訂", True, "2026-11-22T15:30:01+08:00")
    assert "0911000002,2026-11-22 15:30,退訂,,1" in (tmp_path / "replies.csv").read_text("utf-8-sig")
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
