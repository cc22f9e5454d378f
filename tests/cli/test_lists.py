"""The saved lists on the command line, and the choices of reading a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsget.store import Store
from tests.builders import make_list, phones, receipt, sent
from tests.cli.running import run, run_json, sentence


@pytest.fixture
def saved(members: Path, store: Store) -> int:
    """The list of members.csv: three people, two problems."""
    from smsget.recipients import read_recipients

    return store.lists.save_file(read_recipients(members), "members")


def test_lists_are_shown_and_searched(saved: int, store: Store) -> None:
    newer = make_list(store, phones(2), name="VIP")
    assert [one["list"] for one in run_json("lists", "list")["lists"]] == [newer, saved]
    data = run_json("lists", "show", saved, "--search", "0912-345-679")
    assert (data["people"], data["problems"], data["found"], data["files"][0]["file"]) == (3, 2, 1, "members.csv")
    assert data["shown"][0]["fields"] == {"姓名": "陳怡君", "生日": "1990/1/2"}
    page = run_json("lists", "show", saved, "--limit", 2)["shown"]
    assert len(run_json("lists", "show", saved, "--after", page[-1]["position"])["shown"]) == 1
    assert "members" in run("lists", "list").stdout
    assert "0912345680" in run("lists", "show", saved).stdout


def test_problems_go_home_and_come_back_corrected(saved: int, tmp_path: Path, store: Store) -> None:
    out, rest = tmp_path / "out.csv", tmp_path / "problems.csv"
    assert run_json("lists", "export", saved, out, "--problems", rest) == {"list": saved, "rows": 3, "problems": 2}
    assert out.read_text("utf-8-sig").splitlines()[:2] == ["phone,country,姓名,生日", "0912345678,TW,王小明,1990/1/1"]
    text = rest.read_text("utf-8-sig")
    assert text.splitlines()[1] == "7,not_mobile,Not a mobile number,吳承恩,02-2345-6789,"
    rest.write_text(text.replace("02-2345-6789", "0912345699"), encoding="utf-8-sig")
    data = run_json("lists", "add", saved, rest)
    assert (data["added"], data["known"], data["corrected"], data["people"], data["problems"]) == (1, 0, 1, 4, 1)
    assert [(one.phone, one.row) for one in store.lists.people(saved)][-1] == ("0912345699", 7)
    assert run_json("lists", "add", saved, rest)["added"] == 0
    assert run_json("lists", "add", saved, rest, "--countries", "all")["corrected"] == 1  # 9123 4567 is Hong Kong's


def test_an_export_says_what_it_wrote(saved: int, tmp_path: Path) -> None:
    out, rest = tmp_path / "out.csv", tmp_path / "problems.csv"
    assert run("lists", "export", saved, out).stdout == "3 numbers were written.\n"
    assert "2 rows with a problem were written." in run("lists", "export", saved, out, "--problems", rest).stdout


def test_a_file_is_kept_as_a_list_once(members: Path, store: Store) -> None:
    data = run_json("lists", "save", members, "--name", "October", "--countries", "TW,HK")
    assert (data["name"], data["people"], data["problems"]) == ("October", 4, 1)
    assert run_json("lists", "save", members, "--name", "October", "--countries", "TW,HK")["list"] == data["list"]
    assert run_json("lists", "save", members)["name"] == "members.csv"
    assert sentence("lists", "save", members, "--name", " ", status=1)
    members.write_text("手機\n02-2345-6789\n", encoding="utf-8")
    assert "can be texted" in sentence("lists", "save", members, status=1)
    assert len(store.lists.all()) == 2


def test_a_list_is_meant_by_its_name_where_only_one_has_it(saved: int, store: Store, members: Path) -> None:
    vip = make_list(store, ["0912345678"], name="VIP 2026")
    assert run_json("lists", "show", "VIP 2026")["list"] == vip
    assert run_json("lists", "combine", "rest", "members", "--minus", "VIP 2026")["people"] == 2
    assert run_json("check", members, "--not-in", "VIP 2026")["in_lists"] == 2
    assert "no such list" in sentence("lists", "show", "vip", status=1)
    make_list(store, phones(1), name="VIP 2026")
    assert f"“VIP 2026”: {vip + 2}, {vip}." in sentence("lists", "delete", "VIP 2026", "--yes", status=1)
    assert len(store.lists.all()) == 4


def test_a_number_is_a_name_only_where_no_list_has_it(saved: int, store: Store) -> None:
    other = make_list(store, phones(1), name=str(saved))
    named = make_list(store, phones(2), name="2026")
    assert run_json("lists", "show", saved)["list"] == saved != other
    assert run_json("lists", "show", 2026)["list"] == named


def test_an_export_never_goes_over_the_database(saved: int, database: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert "in use" in sentence("lists", "export", saved, database, status=2)
    assert "in use" in sentence("lists", "export", saved, out, "--problems", out, status=2)


def test_lists_are_combined_renamed_and_deleted(saved: int, store: Store) -> None:
    vip = make_list(store, ["0912345678", "0911000001"])
    sent(store, ["0911000001"])
    data = run_json("lists", "combine", "both", saved, vip, "--minus", vip)
    assert (data["people"], data["origin"]) == (2, "combined")
    assert run_json("lists", "combine", "quiet", saved, vip, "--not-texted-days", 7)["people"] == 3
    assert run_json("lists", "rename", data["list"], "others")["name"] == "others"
    assert "--yes" in sentence("lists", "delete", data["list"], status=2)
    assert run_json("lists", "delete", data["list"], "--yes")["list"] == data["list"]
    assert "no such list" in sentence("lists", "show", data["list"], status=1)


@pytest.mark.parametrize("args", ["show 99", "rename 99 x", "delete 99 --yes", "combine x 99", "failing --list 99"])
def test_a_list_that_is_not_there(args: str, store: Store) -> None:
    assert "no such list" in sentence("lists", *args.split(), status=1)


def test_numbers_that_fail_for_good_are_shown_and_taken_off(saved: int, store: Store) -> None:
    sent(store, ["0912345678"], "7")
    store.receipts.load("log", "x", [receipt("MOBERROR", sms_id="7", phone="0912345678")])
    data = run_json("lists", "failing", "--list", saved)
    assert [(one["phone"], one["why"], one["failures"]) for one in data["numbers"]] == [("0912345678", "bad_number", 1)]
    assert (data["counts"], data["removed"]) == ({"bad_number": 1}, 0)
    assert "Bad number" in run("lists", "failing").stdout
    assert run_json("lists", "failing", "--list", saved, "--remove", "--yes")["removed"] == 1
    assert run_json("lists", "show", saved)["people"] == 2
    assert run_json("lists", "failing", "--list", saved)["numbers"] == []


def test_check_leaves_out_who_is_on_a_list(members: Path, store: Store) -> None:
    vip = make_list(store, ["0912345679"])
    data = run_json("check", members, "--not-in", vip)
    assert (data["rows"], data["ready"], data["duplicates"], data["in_lists"]) == (7, 2, 2, 1)
    assert "no such list" in sentence("check", members, "--not-in", 99, status=1)


def test_check_takes_several_columns_an_encoding_and_split_cells(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("姓名,手機,電話\n王,,0912345678\n李,0912345679;0912345680,\n".encode("cp950"))
    data = run_json("check", file, "--phone-column", "手機", "--phone-column", "電話", "--encoding", "cp950", "--split")
    assert (data["phone_column"], data["phone_columns"], data["ready"]) == ("手機", ["手機", "電話"], 3)
    assert (data["encoding"], data["sheet"], data["sheets"], data["hidden_rows"]) == ("cp950", "", [], 0)


def test_whoever_was_texted_lately_is_left_out_of_quote_and_campaign(members: Path, store: Store) -> None:
    sent(store, ["0912345678"])
    data = run_json("quote", members, "--text", "hi", "--skip-texted-days", 7)
    assert (data["recipients"], data["texted_lately"]) == (2, 1)
    assert "1 person was texted lately" in run("quote", members, "--text", "hi", "--skip-texted-days", 7).stdout
    data = run_json("send", members, "--text", "hi", "--skip-texted-days", 7, "--yes")
    assert (data["recipients"], data["skip_days"], data["left_out"]) == (2, 7, {"suppressed": 0, "texted": 1})
    assert "texted lately" in run("campaign", data["campaign"]).stdout
