"""The points page: now, over time, quoted against used, and what nothing here explains."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from smsget.gateway import Gateway
from smsget.sandbox import SandboxConfig, start_in_thread
from smsget.store import Store, to_text
from tests.builders import AT, claims, confirmed, make_list, phones, sent
from tests.pages import open_page

pytestmark = pytest.mark.usefixtures("no_engine")


def opened() -> AppTest:
    """The page in a new session."""
    return open_page("account/credit")


def rows(at: AppTest, column: str) -> list[dict[str, object]]:
    """The table that has this column, row by row; empty if there is none."""
    found = [frame.value for frame in at.dataframe if column in frame.value]
    return found[0].to_dict("records") if found else []


def readings(store: Store, *given: tuple[int, int, int | None]) -> None:
    """Keep readings: (minutes after a beginning, points left, used or None for a question)."""
    with store._db.write() as conn:
        conn.executemany(
            "INSERT INTO credit_reading (at, account, credits, used) VALUES (?, 'sandbox', ?, ?)",
            [(to_text(AT + timedelta(minutes=minutes)), left, used) for minutes, left, used in given],
        )


def test_an_empty_page_says_what_will_be_there_and_what_to_do(store: Store) -> None:
    at = opened()
    assert [(metric.label, metric.value) for metric in at.metric] == [("Points left", "–")]
    assert not at.get("echarts_chart")
    assert any("No campaign was confirmed" in text.value for text in at.text)
    assert [link.proto.page for link in at.get("page_link")][-1] == "compose"


def test_asking_keeps_a_reading_and_a_wrong_password_is_a_sentence(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = SandboxConfig(port=0, ledger=tmp_path / "l.jsonl", username="a", password="b", credits=4321)
    gateway = start_in_thread(config)
    at = opened()
    monkeypatch.setattr("ui.gateway", lambda: Gateway(gateway.url, "a", "b"))
    at.button(key="credit_ask").click().run()
    assert at.metric[0].value == "4,321"
    monkeypatch.setattr("ui.gateway", lambda: Gateway(gateway.url, "a", "typo"))
    at.button(key="credit_ask").click().run()
    gateway.stop()
    assert "account name and password" in at.error[0].value
    assert at.metric[0].value == "4,321"
    assert len(store.credits.history("sandbox")) == 1


def test_the_readings_are_drawn_in_order_in_taipei_time_and_shown_as_a_table(store: Store) -> None:
    readings(store, (0, 1000, None), (10, 900, 100), (20, 850, 50))
    at = opened()
    (chart,) = at.get("echarts_chart")
    assert json.loads(chart.proto.spec)["series"][0]["data"] == [
        ["2026-11-01 12:00:00", 1000],
        ["2026-11-01 12:10:00", 900],
        ["2026-11-01 12:20:00", 850],
    ]
    at.session_state["credit_readings"] = True  # the person opens the table
    at.run()
    assert [(row["Points left"], row["Known from"]) for row in rows(at, "Known from")] == [
        (850, "Answer to a campaign's request"),
        (900, "Answer to a campaign's request"),
        (1000, "Question"),
    ]


@pytest.mark.parametrize(
    ("used", "difference", "meaning"),
    [
        (3, "0", "As quoted."),
        (1, "-2", "Less than quoted: some numbers were probably not valid."),
        (9, "+6", "More than quoted: compare the rates in the settings with your contract."),
    ],
)
def test_a_campaign_says_what_it_was_quoted_what_it_used_and_what_that_means(
    store: Store, used: int, difference: str, meaning: str
) -> None:
    confirmed(store, phones(3))
    (claim,) = claims(store)
    store.outbox.record_accepted(claim, "1", used, 100)
    (row,) = rows(opened(), "What it means")
    assert (row["Quoted"], row["Used"], row["Difference"], row["What it means"]) == (3, used, difference, meaning)


def test_what_the_figures_leave_out_is_said(store: Store) -> None:
    """A batch without an answer and a country without a rate are not silently part of a comparison."""
    confirmed(store, phones(600))
    waiting = claims(store)
    store.outbox.record_accepted(next(waiting), "1", 250, 1000)
    store.outbox.record_unknown(next(waiting), "read_timeout", {})
    (row,) = rows(opened(), "What it means")
    assert row["Difference"] == "0"
    assert "Compared for 250 people so far." in str(row["What it means"])
    assert "250 people of unknown outcome, charged or not." in str(row["What it means"])


def test_an_unknown_rate_is_never_a_plain_zero(store: Store) -> None:
    japan = make_list(store, phones(2))
    with store._db.write() as conn:
        conn.execute("UPDATE recipient SET phone = '8190123456' || row, country = 'JP'")
    store.campaigns.confirm(store.campaigns.draft("c", "hi", [japan]), "sandbox")
    (row,) = rows(opened(), "What it means")
    assert row["Difference"] == "–"
    assert "No rate for Japan (2): not in the quote." in str(row["What it means"])


def test_campaigns_of_another_account_are_not_mixed_in(store: Store) -> None:
    confirmed(store, phones(3), account="acme@sms-get.com")
    assert rows(opened(), "What it means") == []


def test_the_ledger_names_what_came_or_went_from_elsewhere(store: Store) -> None:
    """Between what the campaigns took; every line starts from what the one before it left."""
    readings(store, (0, 1000, None), (10, 900, 100), (20, 1400, None), (30, 1380, None))
    at = opened()
    assert [(row["Change"], row["Points left"], str(row["What it is"])[:13]) for row in rows(at, "What it is")] == [
        ("-20", 1380, "Not explained"), ("+500", 1400, "Not explained"), ("-100", 900, "A purged camp"),
        ("+1,000", 1000, "What was ther"),
    ]  # fmt: skip
    assert "2 changes are explained by nothing here, +480 points together." in at.warning[0].value
    assert any("campaigns used: 100." in caption.value for caption in at.caption)
    at.toggle(key="credit_ledger_only").set_value(True).run()
    found = rows(at, "What it is")
    assert [row["Change"] for row in found] == ["-20", "+500"]
    assert "another program" in str(found[0]["What it is"])
    assert "points bought" in str(found[1]["What it is"])


def test_a_ledger_in_which_everything_is_explained_warns_of_nothing(store: Store) -> None:
    campaign = confirmed(store, phones(3))
    store.credits.keep("sandbox", 100, at_rest=True)
    (claim,) = claims(store)
    store.outbox.record_accepted(claim, "1", 3, 97)
    at = opened()
    assert [(row["Change"], row["What it is"]) for row in rows(at, "What it is")][:1] == [
        ("-3", "campaign: 1 request answered"),
    ]  # fmt: skip
    assert not at.warning
    assert not [toggle for toggle in at.toggle if toggle.key == "credit_ledger_only"]
    assert store.campaigns.get(campaign).credits_used == 3


def test_a_single_reading_makes_no_ledger(store: Store) -> None:
    readings(store, (0, 1000, None))
    assert rows(opened(), "What it is") == []


def test_many_campaigns_are_paged(store: Store) -> None:
    for phone in phones(53):
        confirmed(store, [phone])
    at = opened()
    assert len(rows(at, "What it means")) == 50
    at.button(key="credit_spending_next").click().run()
    assert len(rows(at, "What it means")) == 3
    assert any("51–53 of 53" in caption.value for caption in at.caption)
    at.button(key="credit_spending_previous").click().run()
    assert len(rows(at, "What it means")) == 50


def test_a_sent_campaign_draws_its_points_without_being_asked(store: Store) -> None:
    sent(store, phones(2), left=98)
    assert opened().metric[0].value == "98"
