"""From a table to a list: which cell of a row counts, who is left out and why, and what is kept for later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.errors import UnreadableFile
from smsget.numbers import ALL_COUNTRIES, read_number, split_numbers
from smsget.recipients import (
    RecipientList,
    Table,
    classify,
    count_ready,
    entries,
    open_table,
    read_recipients,
    rejects_table,
)
from smsget.recipients.cells import read_cells
from tests.files import read, ready


def table(header: Sequence[str], rows: Sequence[Sequence[str]], phones: Sequence[str], **more: object) -> Table:
    """A table as a file of these rows would be opened, its first row on line 2."""
    columns = [pa.chunked_array([[row[at] for row in rows]], pa.large_string()) for at in range(len(header))]
    known = {"original_rows": None, "glued_text": {}, **more}
    return Table(
        file="list.csv", sha256="", encoding="utf-8", delimiter=",", header=list(header), headed=True,
        lines=np.arange(2, len(rows) + 2), columns=columns, phone_columns=list(phones), phone_candidates=list(phones),
        glued=np.isin(np.arange(len(rows)), list(known["glued_text"])), **known,
    )  # fmt: skip


# --- several phone columns ---

BOTH = ["手機", "電話"]
TWO_COLUMNS = table(
    ["姓名", "手機", "電話"],
    [
        ["王", "0912345678", "0923456789"],  # the first wins
        ["李", "02-2345-6789", "0934567890"],  # the first is no mobile number
        ["陳", "", "0945678901"],
        ["林", "", "12345"],  # nothing usable: the one that says something is the problem
        ["張", "abc", "12345"],
        ["吳", "", ""],
        ["黃", "+852 9123 4567", "0956789012"],  # usable only where Hong Kong is
    ],
    BOTH,
)


def test_the_first_usable_number_of_a_row_wins() -> None:
    found = classify(TWO_COLUMNS)
    assert found.phone_columns == BOTH
    assert found.phone_column == "手機"
    assert ready(found) == [(2, "0912345678"), (3, "0934567890"), (4, "0945678901"), (8, "0956789012")]
    assert [(one.row, one.value, one.code) for one in found.first_problems()] == [
        (5, "12345", "wrong_length"),
        (6, "abc", "letters"),
    ]
    assert found.blank == 1
    assert found.fields == ["姓名"]


def test_a_person_sets_the_order_of_the_columns() -> None:
    turned = classify(TWO_COLUMNS, phone_columns=["電話", "手機"])
    assert turned.phone_columns == ["電話", "手機"]
    assert ready(turned)[0] == (2, "0923456789")
    assert [one.value for one in turned.first_problems()] == ["12345", "12345"]


def test_which_number_is_usable_depends_on_the_countries() -> None:
    found = classify(TWO_COLUMNS, countries=["TW", "HK"])
    assert ready(found)[-1] == (8, "91234567")


def test_one_column_of_several() -> None:
    found = classify(TWO_COLUMNS, phone_columns=[" 電話 "])
    assert found.phone_columns == ["電話"]
    assert found.fields == ["姓名", "手機"]
    assert (len(found.ready), found.blank, found.rejected) == (4, 1, 2)


@pytest.mark.parametrize("columns", [["手機"], ["電話"], BOTH])
@pytest.mark.parametrize("choices", [{}, {"countries": ["HK"]}, {"listed": {"0912345678"}}, {"split": True}])
def test_ready_rows_can_be_counted_alone(columns: list[str], choices: dict[str, object]) -> None:
    counted = count_ready(TWO_COLUMNS, phone_columns=columns, **choices)  # type: ignore[arg-type]
    assert counted == len(classify(TWO_COLUMNS, phone_columns=columns, **choices).ready)  # type: ignore[arg-type]


def test_a_column_named_twice_counts_once() -> None:
    assert classify(TWO_COLUMNS, phone_columns=["電話", "電話"]).phone_columns == ["電話"]


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(UnreadableFile) as caught:
        classify(TWO_COLUMNS, phone_columns=["傳真"])
    assert caught.value.code == "column_missing"
    assert caught.value.evidence == {"file": "list.csv", "column": "傳真", "columns": ["姓名", "手機", "電話"]}


def test_several_columns_of_a_file() -> None:
    found = read("姓名,電話,手機\n王,0912345678,\n李,02-23456789,0923456789\n", phone_column=["手機", "電話"])
    assert ready(found) == [(2, "0912345678"), (3, "0923456789")]


# --- left out ---


def test_who_is_left_out_and_why() -> None:
    found = read(
        "手機\n0912345678\n0912345678\n0923456789\n0934567890\n0934567890\n0945678901\n",
        suppressed={"0923456789", "0945678901"},
        listed={"0934567890", "0945678901", "0999999999"},
    )
    assert ready(found) == [(2, "0912345678")]
    assert (found.duplicates, found.in_lists, found.suppressed) == (3, 2, 2)
    assert found.left_out.values.tolist() == [
        [3, "0912345678", "duplicate"],
        [4, "0923456789", "suppressed"],
        [5, "0934567890", "in_list"],
        [6, "0934567890", "in_list"],
        [7, "0945678901", "suppressed"],
    ]


def test_numbers_that_differ_in_their_country_only_are_two_people() -> None:
    """14155552671 is a number of China; +1 415 555 2671 is one of the United States, and 0014155552671 the same."""
    found = read("手機\n14155552671\n+14155552671\n0014155552671\n", countries=ALL_COUNTRIES)
    assert found.phones == ["14155552671", "0014155552671"]
    assert found.duplicates == 1


# --- several numbers in a cell ---


def test_split_cells_are_rows_of_their_own() -> None:
    content = "姓名,手機\n王,0912345678、0923456789\n李,0934567890\n陳,0912345678/02-2345-6789\n林,0945678901 2345678\n"
    whole = read(content)
    assert (whole.rows, len(whole.ready), whole.rejected, whole.split) == (4, 1, 3, False)
    found = read(content, split=True)
    assert (found.rows, found.duplicates, found.rejected, found.split) == (6, 1, 2, True)
    assert ready(found) == [(2, "0912345678"), (2, "0923456789"), (3, "0934567890")]
    assert found.ready["姓名"].tolist() == ["王", "王", "李"]
    assert found.problems[["row", "value", "code", "手機"]].values.tolist() == [
        [4, "02-2345-6789", "not_mobile", "0912345678/02-2345-6789"],
        [5, "0945678901 2345678", "several_numbers", "0945678901 2345678"],
    ]


def test_a_piece_with_letters_is_a_problem_of_its_own() -> None:
    content = "手機\n0912000001/02-23456789/0912abc\n0912000002/勿傳\n0923000001、0923***789\n"
    found = read(content, split=True)
    assert ready(found) == [(2, "0912000001"), (4, "0923000001")]
    assert [(one.row, one.value, one.code) for one in found.first_problems()] == [
        (2, "02-23456789", "not_mobile"),
        (2, "0912abc", "letters"),
        (3, "0912000002/勿傳", "letters"),
        (4, "0923***789", "masked"),
    ]


def test_pieces_count_in_the_first_column_that_has_a_usable_one() -> None:
    one = table(["a", "b"], [["0912345678/0923456789", "0934567890"], ["02-23456789/03-3456789", "0945678901"]], "ab")
    assert classify(one).phones == ["0934567890", "0945678901"]
    assert classify(one, split=True).phones == ["0912345678", "0923456789", "0945678901"]


# --- what comes with the table ---


def test_a_row_that_was_glued_together_is_a_problem_and_no_blank() -> None:
    one = table(["姓名", "手機"], [["王", ""], ['李",0912345678', ""]], ["手機"], glued_text={1: '"李"",0912345678'})
    found = classify(one)
    assert (found.blank, found.rejected) == (1, 1)
    assert [(one.value, one.code) for one in found.first_problems()] == [('"李"",0912345678', "not_a_number")]


def test_rows_of_a_rejects_file_know_where_they_came_from() -> None:
    first = read("手機,姓名\n0912345678,王\n09l2345679,李\n0923,陳\n")
    header, rows = rejects_table(first, str)
    content = "\n".join(",".join(map(str, row)) for row in [header, *rows]).replace("09l", "091")
    again = read(content)
    assert again.original_rows == {2: 3, 3: 4}
    assert ready(again) == [(2, "0912345679")]
    assert first.original_rows == {}


def test_what_a_workbook_and_the_reading_say_is_handed_on() -> None:
    found = classify(table(["a"], [["0912345678"]], "a", sheet="VIP", hidden_rows=3))
    assert (found.sheet, found.hidden_rows, found.sheets, found.headed) == ("VIP", 3, [], True)
    assert found.phone_candidates == ["a"]


def test_our_names_in_a_file_are_told_apart() -> None:
    found = read("手機,_row,row,value\n0912345678,a,b,c\n無,d,e,f\n")
    assert list(found.ready.columns) == ["_row", "_phone", "_country", "_row (2)", "row", "value"]
    assert list(found.problems.columns)[5:] == ["手機", "_row", "row (2)", "value (2)"]


def test_cells_are_read_once_for_every_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    one, calls = table(BOTH, [["0912345678", ""]], BOTH), []
    monkeypatch.setattr(entries, "read_cells", lambda *args: calls.append(args) or read_cells(*args))
    for countries in (["TW"], ["HK"], ALL_COUNTRIES):
        classify(one, countries=countries)
        classify(one, countries=countries, phone_columns=["電話", "手機"])
    assert len(calls) == 2


def test_progress_goes_up_to_the_end() -> None:
    told: list[float] = []
    read_recipients("手機,電話\n0912345678,\n".encode(), phone_column=["手機", "電話"], progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


# --- the same by hand ---

CELLS = st.sampled_from(
    ["0912345678", "912345678", "0923456789", "+852 9123 4567", "0934567890", "", " ", "無", "02-2345-6789", "+4479111",
     "0912345678/0923456789", "0934567890、91234567", "0912345678 2345678", "02-23456789;03-3456789",
     "0912345678/0923abc", "0912345678/勿傳"]
)  # fmt: skip
PHONES = st.sets(st.sampled_from(["0912345678", "0923456789", "91234567", "0934567890"]), max_size=2)
CHOICES = st.fixed_dictionaries(
    {
        "phone_columns": st.sampled_from([["a"], ["b"], ["a", "b"], ["b", "a"]]),
        "countries": st.sampled_from([("TW",), ("HK", "TW"), ("JP",), ()]),
        "suppressed": PHONES,
        "listed": PHONES,
        "split": st.booleans(),
    }
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), CHOICES)
def test_it_is_what_reading_row_by_row_gives(rows: list[tuple[str, str]], choices: dict[str, object]) -> None:
    found = classify(table("ab", rows, "ab"), **choices)
    assert summary(found) == by_hand(rows, **choices)
    assert found.rows == len(found.ready) + found.blank + found.duplicates + found.suppressed + found.rejected
    assert found.duplicates + found.suppressed == len(found.left_out)
    assert found.in_lists == (found.left_out["why"] == "in_list").sum()


def summary(found: RecipientList) -> dict[str, object]:
    problems = found.problems[["row", "value", "code", "country", "wire"]]
    return {
        "ready": ready(found),
        "problems": list(problems.itertuples(index=False, name=None)),
        "left_out": list(found.left_out.itertuples(index=False, name=None)),
        "blank": found.blank,
        "repairs": found.repairs,
        "countries": found.countries,
    }


def by_hand(
    rows: list[tuple[str, str]], phone_columns: list[str], countries: Sequence[str], suppressed: set[str],
    listed: set[str], split: bool,
) -> dict[str, object]:  # fmt: skip
    """The rules of the docstrings, one row after the other."""
    result: dict[str, list] = {"ready": [], "problems": [], "left_out": []}
    blank, repairs, by_country, seen = 0, {}, {}, set()
    for line, row in enumerate(rows, 2):
        cells = [row["ab".index(name)] for name in phone_columns]
        pieces = [(split and split_numbers(cell)) or [cell] for cell in cells]
        usable = [any(read_number(one, countries).outcome == "number" for one in some) for some in pieces]
        filled = [read_number(cell).outcome != "blank" for cell in cells]
        at = usable.index(True) if any(usable) else filled.index(True) if any(filled) else 0
        for piece in pieces[at]:
            reading = read_number(piece, countries)
            if reading.outcome == "blank":
                blank += 1
                continue
            if reading.outcome == "reject":
                result["problems"].append((line, piece, reading.code, reading.country, reading.wire))
                continue
            for repair in reading.repairs:
                repairs[repair] = repairs.get(repair, 0) + 1
            why = "suppressed" if reading.wire in suppressed else "in_list" if reading.wire in listed else ""
            why = why or ("duplicate" if reading.wire in seen else "")
            if why:
                result["left_out"].append((line, reading.wire, why))
            else:
                seen.add(reading.wire)
                result["ready"].append((line, reading.wire))
                by_country[reading.country] = by_country.get(reading.country, 0) + 1
    return {**result, "blank": blank, "repairs": repairs, "countries": by_country}


def test_a_table_is_opened_once_and_classified_as_often_as_wanted() -> None:
    content = "手機\n0912345678\n+85291234567\n".encode()
    one = open_table(content, "list.csv")
    assert summary(classify(one)) == summary(read_recipients(content))
    assert classify(one, countries=["TW", "HK"]).countries == {"TW": 1, "HK": 1}
