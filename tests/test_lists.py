"""Lists: what they hold, how they grow, and that no number is on one twice and no row of a file is forgotten."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.errors import BadRequest
from smsget.recipients import RecipientList, read_recipients
from smsget.store import Added, ListInfo, Store, now
from smsget.store import texted as texted_module
from smsget.store.filling import json_objects
from tests.builders import claims, confirmed, make_list, phones, receipt, sent

MEMBERS = "會員,手機\nM1,0911000001\nM2,02-2345\nM3,0911000003\nM4,091100000O\n"


def read(text: str, name: str = "members.csv", **choices: object) -> RecipientList:
    return read_recipients(text.encode(), name, **choices)  # type: ignore[arg-type]


def corrected(text: str, original_rows: dict[int, int]) -> RecipientList:
    """A file of rejects that comes back: by its line, the line each row had in the first file."""
    header, *rows = text.splitlines()
    told = (f"{original_rows[line]},letters,x,{row}" for line, row in enumerate(rows, 2))
    lines = [f"row,code,reason,{header}", *told]
    made = read("\n".join(lines), "members-problems.csv")
    assert made.original_rows == original_rows
    return made


def on_list(store: Store, list_id: int) -> dict[str, int]:
    """The numbers of a list with their row."""
    return {one.phone: one.row for one in store.lists.people(list_id, limit=1000)}


def problems(store: Store, list_id: int) -> dict[int, str]:
    return {one.row: one.code for one in store.lists.rejected(list_id)}


def adds_up(info: ListInfo) -> bool:
    return all(one.rows == one.ready + one.blank + one.duplicates + one.suppressed + one.rejected for one in info.files)


# --- saving ------------------------------------------------------------------------------------------------------


def test_a_list_remembers_its_file_and_its_problems(store: Store) -> None:
    saved = store.lists.get(store.lists.save_file(read(MEMBERS), " October "))
    assert (saved.name, saved.people, saved.problems, saved.origin) == ("October", 2, 2, "file")
    assert (saved.fields, saved.file, saved.sha256) == (["會員"], "members.csv", read(MEMBERS).sha256)
    assert problems(store, saved.id) == {3: "wrong_length", 5: "letters"}
    assert adds_up(saved)
    assert store.lists.by_hash(saved.sha256) == [saved]


def test_a_second_click_finds_the_list_saved_until_it_is_another(store: Store) -> None:
    """Who sends the file again means its people, not those that somebody added to the list or took from it."""
    first = store.lists.save_file(read(MEMBERS), "a")
    assert store.lists.save_file(read(MEMBERS), "a") == first
    store.lists.add_file(first, read("手機\n0911000009\n"))
    second = store.lists.save_file(read(MEMBERS), "a")
    assert second != first
    store.lists.remove_people([second], ["0911000001"])
    assert store.lists.save_file(read(MEMBERS), "a") not in (first, second)
    with pytest.raises(BadRequest):
        store.lists.save_file(read(MEMBERS), " ")


def test_the_same_file_read_otherwise_is_another_list(store: Store) -> None:
    """As many numbers are ready, and they are other people."""
    text = "手機,手機2\n0911000001,0911000002\n"
    first = store.lists.save_file(read(text, phone_column=["手機", "手機2"]), "a")
    second = store.lists.save_file(read(text, phone_column=["手機2", "手機"]), "a")
    assert [on_list(store, each) for each in (first, second)] == [{"0911000001": 2}, {"0911000002": 2}]


def test_counts_of_a_file_that_do_not_add_up_are_refused(store: Store) -> None:
    kept, made = make_list(store, phones(1)), read(MEMBERS)
    made.blank = 9
    before = store.lists.all()
    for save in (lambda: store.lists.save_file(made, "a"), lambda: store.lists.add_file(kept, made)):
        with pytest.raises(sqlite3.IntegrityError):
            save()
        assert store.lists.all() == before


@given(cells=st.lists(st.tuples(st.text(max_size=8), st.text('"\\\x00\x1f\x7f,:{}é字😀\n', max_size=8)), max_size=8))
def test_fields_are_kept_as_they_stand(cells: list[tuple[str, str]]) -> None:
    """The JSON that Arrow builds is the JSON that Python reads, whatever stands in a cell or a header; NUL is gone."""
    names = ['a"b\\', "姓名"]
    frame = pd.DataFrame(cells, columns=names, dtype="str")
    assert [json.loads(each) for each in json_objects(frame, names)] == [
        dict(zip(names, (cell.replace("\0", "") for cell in row), strict=True)) for row in cells
    ]


# --- additions ---------------------------------------------------------------------------------------------------


def test_an_addition_counts_who_is_known_and_doubles_nobody(store: Store) -> None:
    made = store.lists.save_file(read(MEMBERS), "a")
    more = read("手機,生日\n0911000003,1990-01-01\n0911000009,1991-01-01\nabc,\n", "more.csv")
    assert store.lists.add_file(made, more) == Added(added=1, known=1, corrected=0)
    after = store.lists.get(made)
    assert (after.people, after.problems, after.fields) == (3, 3, ["會員", "生日"])
    assert [one.file for one in after.files] == ["members.csv", "more.csv"]
    assert [one.fields for one in store.lists.people(made)] == [{"會員": "M1"}, {"會員": "M3"}, {"生日": "1991-01-01"}]
    assert adds_up(after)


@pytest.mark.parametrize("again", [MEMBERS, "手機\n0911000003\n0911000009\nabc\n"])
def test_the_same_file_again_adds_nothing(store: Store, again: str) -> None:
    made = store.lists.save_file(read(MEMBERS), "a")
    store.lists.add_file(made, read(again))
    before = store.lists.get(made), store.lists.people(made), problems(store, made)
    assert store.lists.add_file(made, read(again)) == Added(0, 2, 0)
    after = store.lists.get(made)
    assert (after.people, after.problems, after.files) == (before[0].people, before[0].problems, before[0].files)
    assert (store.lists.people(made), problems(store, made)) == before[1:]


def test_the_same_file_with_another_country_allowed_solves_its_problems(store: Store) -> None:
    text = "手機\n0911000001\n+85291234567\n"
    made = store.lists.save_file(read(text), "a")
    assert store.lists.add_file(made, read(text, countries=["TW", "HK"])) == Added(1, 1, 1)
    after = store.lists.get(made)
    assert (after.people, after.problems, len(after.files), after.files[0].rejected) == (2, 0, 1, 0)
    assert store.lists.add_file(made, read(text)) == Added(0, 1, 0)
    assert problems(store, made) == {}, "who is on the list is no problem, whatever was chosen this time"


def test_corrected_rows_leave_the_problems_and_keep_their_row(store: Store) -> None:
    made = store.lists.save_file(read(MEMBERS), "a")
    back = corrected("會員,手機\nM2,0911000002\nM4,09110000\n", {2: 3, 3: 5})
    assert store.lists.add_file(made, back) == Added(added=1, known=0, corrected=1)
    assert on_list(store, made) == {"0911000001": 2, "0911000003": 4, "0911000002": 3}
    assert [(one.row, one.code, one.value) for one in store.lists.rejected(made)] == [(5, "wrong_length", "09110000")]
    assert store.lists.add_file(made, back) == Added(0, 1, 0), "the same again"
    assert problems(store, made) == {5: "wrong_length"}
    rest = corrected("會員,手機\nM2,0911000002\nM4,0911000004\n", {2: 3, 3: 5})
    assert store.lists.add_file(made, rest) == Added(1, 1, 1)
    assert store.lists.get(made).problems == 0
    assert store.lists.add_file(made, back) == Added(0, 1, 0), "an older correction brings no problem back"
    assert store.lists.add_file(made, read(MEMBERS)) == Added(0, 2, 0), "nor does the first file"
    assert (store.lists.get(made).people, problems(store, made)) == (4, {})


def test_a_correction_to_a_number_that_is_there_already_is_one(store: Store) -> None:
    made = store.lists.save_file(read(MEMBERS), "a")
    assert store.lists.add_file(made, corrected("會員,手機\nM2,0911000001\n", {2: 3})) == Added(0, 1, 1)
    assert problems(store, made) == {5: "letters"}


def test_a_blanked_or_missing_row_is_remembered_on(store: Store) -> None:
    made = store.lists.save_file(read(MEMBERS), "a")
    assert store.lists.add_file(made, corrected("會員,手機\nM2,0911000002\nM4,\n", {2: 3, 3: 5})).corrected == 1
    assert problems(store, made) == {5: "letters"}


def test_equal_rows_of_two_files_are_told_apart_by_their_cells(store: Store) -> None:
    made = store.lists.save_file(read("會員,手機\nA1,abc\nA2,0911000001\n"), "a")
    store.lists.add_file(made, read("會員,手機\nB1,xyz\nB2,0911000002\n", "b.csv"))
    assert [one.row for one in store.lists.rejected(made)] == [2, 2]
    assert store.lists.add_file(made, corrected("會員,手機\nB1,0911000003\n", {2: 2})) == Added(1, 0, 1)
    assert [one.cells["會員"] for one in store.lists.rejected(made)] == ["A1"]


def test_rejects_of_another_file_are_problems_like_any(store: Store) -> None:
    made = make_list(store, phones(1))
    assert store.lists.add_file(made, corrected("會員,手機\nM2,0911000002\nM4,abc\n", {2: 30, 3: 50})) == Added(1, 0, 0)
    assert problems(store, made) == {3: "letters"}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("name,mobile\nEve,0922-xxx-001\n", {2: 3}),
        ("name,mobile\nEve,0922000001\n", {2: 3}),
        ("會員,手機\nM9,0922000001\n", {2: 3}),
        ("手機\n0922000001\n", {2: 3}),
    ],
)
def test_rejects_of_another_list_settle_nobodys_problem(store: Store, text: str, rows: dict[int, int]) -> None:
    """The row numbers fit, and nothing else does."""
    made = store.lists.save_file(read(MEMBERS), "a")
    before = store.lists.rejected(made)
    done = store.lists.add_file(made, corrected(text, rows))
    assert done.corrected == 0
    assert [one for one in store.lists.rejected(made) if one in before] == before
    assert store.lists.get(made).people == 2 + done.added


def test_a_slip_in_the_number_is_known_again_without_any_name(store: Store) -> None:
    made = store.lists.save_file(read("手機\n0911000001\n09l1000002\n"), "a")
    assert store.lists.add_file(made, corrected("手機\n0911000002\n", {2: 3})) == Added(1, 0, 1)
    assert problems(store, made) == {}


def test_a_correction_that_fits_two_files_equally_settles_neither(store: Store) -> None:
    made = store.lists.save_file(read("會員,手機\nA1,abc\nA2,0911000001\n"), "a")
    store.lists.add_file(made, read("會員,手機\nA1,xyz\nB2,0911000002\n", "b.csv"))
    assert store.lists.add_file(made, corrected("會員,手機\nA1,0911000003\n", {2: 2})) == Added(1, 0, 0)
    assert sorted(one.value for one in store.lists.rejected(made)) == ["abc", "xyz"]


def test_both_pieces_of_a_cell_are_settled(store: Store) -> None:
    made = store.lists.save_file(read("會員,手機\nA1,0912000001/09120000/0912000\n", split=True), "a")
    assert [one.value for one in store.lists.rejected(made)] == ["09120000", "0912000"]
    back = corrected("會員,手機\nA1,0912000002\nA1,0912000003\n", {2: 2, 3: 2})
    assert store.lists.add_file(made, back) == Added(2, 0, 2)
    assert problems(store, made) == {}


def test_the_list_that_rejects_were_made_from_is_found(store: Store) -> None:
    """By what the rows say: other lists have problems on the same lines."""
    home = store.lists.save_file(read(MEMBERS), "a")
    other = store.lists.save_file(read("姓名,電話\n王,0911000005\n李,abc\n陳,0911000006\n林,xyz\n", "b.csv"), "b")
    back = corrected("會員,手機\nM2,0911000002\nM4,091100000O\n", {2: 3, 3: 5})
    assert store.lists.home_of(back) == (home, 1)
    assert store.lists.home_of(corrected("姓名,電話\n李,0911000007\n林,0911000008\n", {2: 3, 3: 5})) == (other, 2)
    assert store.lists.home_of(corrected("姓名,電話\n趙,0911000007\n", {2: 3})) is None
    assert store.lists.home_of(read(MEMBERS)) is None


def test_adding_to_no_list_is_refused(store: Store) -> None:
    with pytest.raises(BadRequest, match="no_such_list"):
        store.lists.add_file(9, read(MEMBERS))


# --- combining ---------------------------------------------------------------------------------------------------


def test_lists_are_combined_in_order_and_subtracted(store: Store) -> None:
    first = store.lists.save_file(read("手機,姓名\n0911000003,一\n0911000001,一\nabc,一\n", "1.csv"), "first")
    second = store.lists.save_file(read("手機,生日\n0911000001,二\n0911000002,二\nxyz,二\n", "2.csv"), "second")
    gone = make_list(store, ["0911000002"])
    made = store.lists.get(store.lists.combine("both", [first, second, first], [gone]))
    assert (made.name, made.origin, made.fields, made.people, made.problems) == (
        "both", "combined", ["姓名", "生日"], 2, 2
    )  # fmt: skip
    got = [(one.phone, one.row, one.fields) for one in store.lists.people(made.id)]
    assert got == [("0911000003", 2, {"姓名": "一"}), ("0911000001", 3, {"姓名": "一"})]
    assert [one.file for one in made.files] == ["1.csv", "2.csv"]
    assert [one.cells for one in store.lists.rejected(made.id)] == [
        {"手機": "abc", "姓名": "一"},
        {"手機": "xyz", "生日": "二"},
    ]
    assert {one.id for one in store.lists.by_hash(made.sha256)} == {first, made.id}
    assert adds_up(made)
    for wrong, code in ((("", [first]), "name_missing"), (("x", [99]), "no_such_list"), (("x", []), "no_such_list")):
        with pytest.raises(BadRequest, match=code):
            store.lists.combine(*wrong)
    assert len(store.lists.all()) == 4


def test_a_combined_list_and_its_source_share_their_problems_once(store: Store) -> None:
    first = store.lists.save_file(read(MEMBERS), "a")
    copy = store.lists.combine("copy", [first])
    both = store.lists.get(store.lists.combine("both", [first, copy]))
    assert (both.people, both.problems, len(both.files)) == (2, 2, 1)
    assert store.lists.add_file(both.id, corrected("會員,手機\nM2,0911000002\n", {2: 3})) == Added(1, 0, 1)


def test_combining_may_leave_out_who_was_texted_lately(store: Store) -> None:
    sent(store, phones(2))
    made = store.lists.combine("quiet", [make_list(store, phones(4))], not_texted_days=7)
    assert on_list(store, made).keys() == set(phones(2, 2))


# --- looking -----------------------------------------------------------------------------------------------------


@pytest.fixture
def hundred(store: Store) -> int:
    rows = "".join(f"0911000{n:03},客戶{n}%_\\,M{n}\n" for n in range(100))
    return store.lists.save_file(read("手機,姓名,phone\n" + rows), "hundred")


def test_a_list_is_read_page_by_page(store: Store, hundred: int) -> None:
    seen: list[str] = []
    after = None
    while page := store.lists.people(hundred, after=after, limit=30):
        seen += [one.phone for one in page]
        after = page[-1].position
    assert seen == [f"0911000{n:03}" for n in range(100)]
    header, rows = store.lists.table(hundred)
    assert header == ["_phone", "country", "姓名", "phone"]
    assert next(rows)[:2] == ["0911000000", "TW"]
    assert sum(1 for _ in rows) == 99


@pytest.mark.parametrize(
    ("search", "found"),
    [("0911-000-042", 1), ("+886 911 000 042", 1), ("９１１０００ ０４２", 1), ("00004", 11), ("886911000", 100),
     ("00886911", 100), ("00886-911 000 04", 10),
     ("客戶42", 1), ("戶4", 11), ("%_\\", 100), ("M7", 11), ("m77", 1), ("姓名", 0), ("", 100), ("  ", 100),
     ("'; DROP", 0), ('"', 0)],
)  # fmt: skip
def test_people_are_searched_by_number_and_by_field(store: Store, hundred: int, search: str, found: int) -> None:
    assert store.lists.people_count(hundred, search) == found
    assert len(store.lists.people(hundred, search=search, limit=200)) == found


def test_which_lists_hold_a_number(store: Store) -> None:
    first, second = make_list(store, phones(3)), make_list(store, phones(3, 2))
    assert [one.id for one in store.lists.holding("0911000002")] == [second, first]
    assert store.lists.holding("0911000099") == []
    assert store.lists.phones([first, second]) == set(phones(5))


def test_people_are_removed_from_some_lists_or_all(store: Store) -> None:
    first, second = make_list(store, phones(3)), make_list(store, phones(3))
    assert store.lists.remove_people([first], [*phones(1), "0999999999"]) == 1
    assert [store.lists.get(each).people for each in (first, second)] == [2, 3]
    assert store.lists.remove_people(None, phones(2)) == 3
    assert [store.lists.get(each).people for each in (first, second)] == [1, 1]


def test_a_list_is_renamed_and_deleted_with_all_that_is_its(store: Store) -> None:
    made = store.lists.save_file(read(MEMBERS), "a")
    store.lists.rename(made, " b ")
    assert store.lists.get(made).name == "b"
    store.lists.delete(made)
    with sqlite3.connect(store.path) as conn:
        for table in ("recipient_list", "list_file", "recipient", "rejected_row"):
            assert conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


def test_a_list_that_grew_lately_is_not_purged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made, old = store.lists.save_file(read(MEMBERS), "a"), make_list(store, phones(1))
    border = now()
    later = border + timedelta(seconds=5)
    monkeypatch.setattr("smsget.store.lists.now", lambda: later)
    store.lists.add_file(made, read("手機\n0911000009\n"))
    assert store.purge(border)["recipient_list"] == 1
    assert [one.id for one in store.lists.all()] == [made]
    assert old != made


# --- texted lately -----------------------------------------------------------------------------------------------


def test_texted_is_what_was_accepted_or_may_have_gone_out(store: Store) -> None:
    """Not what was refused, could not leave, waits or was left out; receipts of other programs count, too."""
    everybody = make_list(store, phones(60))
    outcomes = {}
    for at, outcome in enumerate(("accepted", "unknown", "left", "again", "refused", "not_sent", "sending")):
        numbers = phones(3, 3 * at)
        campaign = confirmed(store, numbers)
        claim = next(claims(store))
        outcomes[outcome] = numbers
        match outcome:
            case "accepted":
                store.outbox.record_accepted(claim, "1", 3, 0)
            case "unknown" | "left" | "again":
                store.outbox.record_unknown(claim, "read_timeout", {})
                if outcome != "unknown":
                    store.campaigns.settle(campaign, 1, resend=outcome == "again")
            case "refused":
                store.outbox.record_refused(claim, "004")
            case "not_sent":
                store.outbox.record_not_sent(claim, "connect")
        if outcome != "sending" and store.campaigns.get(campaign).state == "sending":
            store.campaigns.pause(campaign)
    store.receipts.load("log", "x", [receipt(phone=phones(1, 50)[0], sms_id="5")])
    expected = {
        *outcomes["accepted"],
        *outcomes["unknown"],
        *outcomes["left"],
        *outcomes["again"],
        *outcomes["sending"],
    }
    assert store.lists.texted_among(phones(60), 3650) == {*expected, *phones(1, 50)}
    assert store.lists.texted_lately([everybody], 3650) == 16
    left = {one.phone for one in store.lists.recipients([everybody], skip_days=3650)}
    assert left == set(phones(60)) - expected - set(phones(1, 50))


def test_lately_is_so_many_days(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_list(store, phones(1))
    sent(store, phones(1))
    later = now() + timedelta(days=7)
    monkeypatch.setattr(texted_module, "now", lambda: later - timedelta(seconds=5))
    assert store.lists.texted_lately([made], 7) == 1
    monkeypatch.setattr(texted_module, "now", lambda: later + timedelta(seconds=5))
    assert store.lists.texted_lately([made], 7) == 0
    assert store.lists.texted_lately([made], 8) == 1


def test_what_sms_get_holds_until_later_counts_by_that_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made, at = make_list(store, phones(1)), now() + timedelta(days=20)
    campaign = store.campaigns.draft("c", "hi", [made], schedule="gateway", send_at=at)
    store.campaigns.confirm(campaign, "sandbox")
    store.outbox.record_accepted(next(claims(store)), "1", 1, 0)
    monkeypatch.setattr(texted_module, "now", lambda: at + timedelta(days=2))
    assert store.lists.texted_lately([made], 3) == 1
    assert store.lists.texted_lately([made], 1) == 0


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_days_that_make_no_sense(store: Store, days: int) -> None:
    made = make_list(store, phones(1))
    for ask in (
        lambda: store.lists.texted_lately([made], days),
        lambda: store.lists.combine("x", [made], not_texted_days=days),
        lambda: store.campaigns.draft("c", "hi", [made], skip_days=days),
        lambda: store.campaigns.plan([made], "hi", skip_days=days),
    ):
        with pytest.raises(BadRequest, match="bad_days"):
            ask()


# --- numbers that failed for good --------------------------------------------------------------------------------


def fate(store: Store, phone: str, words: list[str]) -> None:
    """One campaign after the other to this number, each with this report, a day apart."""
    for day, word in enumerate(words):
        sms_id = f"{phone}{day}"
        campaign = sent(store, [phone], sms_id)
        store.lists.delete(store.campaigns.get(campaign).lists[0][0] or 0)
        store.receipts.load("log", "x", [receipt(word, sms_id=sms_id, phone=phone, minutes=1440 * day)])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["MOBERROR"], "bad_number"),
        (["DELIVRD", "moberror"], "bad_number"),
        (["MOBERROR", "DELIVRD"], None),
        (["MOBERROR", "UNDELIV"], "bad_number"),
        (["MOBERROR", "DELIVRD", "UNDELIV"], None),
        (["MOBERROR", "REJERROR"], "bad_number"),
        (["UNDELIV", "EXPIRED"], None),
        (["UNDELIV", "EXPIRED", "UNDELIV"], "undelivered"),
        (["UNDELIV", "EXPIRED", "DELIVRD", "UNDELIV"], None),
        (["UNDELIV", "DELIVRD", "UNDELIV", "EXPIRED", "UNDELIV"], "undelivered"),
        (["REJERROR"] * 4, None),
        (["ENROUTE"] * 4, None),
    ],
)
def test_numbers_that_failed_for_good(store: Store, words: list[str], why: str | None) -> None:
    made = make_list(store, phones(2), name="members")
    fate(store, phones(1)[0], words)
    found = store.failing.all([made])
    assert [(one.phone, one.why, one.lists) for one in found] == (
        [(phones(1)[0], why, [(made, "members")])] if why else []
    )


def test_failing_numbers_are_those_of_the_lists_asked_for(store: Store) -> None:
    fate(store, phones(1)[0], ["MOBERROR"])
    assert store.failing.all() == [], "on no list any more"
    first, second, other = make_list(store, phones(1)), make_list(store, phones(1)), make_list(store, phones(1, 5))
    assert store.failing.all([other]) == []
    (found,) = store.failing.all()
    assert (found.failures, [list_id for list_id, _ in found.lists]) == (1, [first, second])
    store.lists.remove_people(None, [one.phone for one in store.failing.all()])
    assert store.failing.all() == []


@pytest.mark.parametrize(("ids", "why"), [("123", ["undelivered"]), ("12", []), ("111", [])])
def test_messages_of_other_programs_count_by_their_ids(store: Store, ids: str, why: list[str]) -> None:
    """They have no campaign here; several reports of one id are one failure."""
    made = make_list(store, phones(1))
    items = [receipt("UNDELIV", sms_id=each, phone=phones(1)[0], minutes=at) for at, each in enumerate(ids)]
    store.receipts.load("log", "x", items)
    assert [one.why for one in store.failing.all([made])] == why


def test_what_stands_in_a_field_is_told_once_each(store: Store) -> None:
    made = store.lists.save_file(read("手機,店\n0912345678,evil.sbs\n0923456789,a\n0934567890,a\n"), "a")
    assert {name: sorted(each) for name, each in store.lists.field_values([made], ["店"]).items()} == {
        "店": ["a", "evil.sbs"]
    }
