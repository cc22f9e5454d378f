"""Send and steer, without a process that really sends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smsget.campaigns import CampaignState, Rates
from smsget.store import Store
from tests.builders import confirmed, phones
from tests.cli.running import BUYER, run, run_json, sentence


def test_send_confirms_once_and_asks_for_an_engine(members: Path, store: Store, engine_calls: list[str]) -> None:
    data = run_json("send", members, "--text", "{{姓名}}您好", "--yes")
    assert (data["state"], data["name"], data["recipients"], data["batches"]) == ("sending", "members", 3, 3)
    assert data["queued"] == data["recipients"]
    assert engine_calls == ["sandbox"]
    saved = store.lists.all()[0]
    assert (saved.name, saved.files[0].rows, saved.people, saved.problems) == ("members.csv", 7, 3, 2)
    assert store.lists.rejected(saved.id)[0].cells == {"姓名": "吳承恩", "手機": "02-2345-6789", "生日": ""}


def test_send_says_that_it_is_the_sandbox(members: Path) -> None:
    assert "no text leaves this computer" in run("send", members, "--text", "hi", "--yes").stderr


def test_send_with_an_account_says_no_such_thing(members: Path, engine_calls: list[str]) -> None:
    result = run("send", members, "--text", "hi", "--yes", env=BUYER)
    assert "sandbox" not in result.stderr
    assert engine_calls == ["acme@127.0.0.1"]


def test_send_without_consent_does_nothing(members: Path, store: Store, engine_calls: list[str]) -> None:
    """There is no terminal to ask on."""
    shown = run("send", members, "--text", "hi", status=2)
    assert shown.stdout == ""
    *before, last = shown.stderr.splitlines()
    assert "--yes" in last
    assert any(line.split() == ["Together", "3", "3", "3"] for line in before)
    assert any("how to refuse" in line for line in before)
    assert not engine_calls
    assert store.lists.all() == []


def test_with_yes_the_warnings_are_told_all_the_same(members: Path, store: Store) -> None:
    result = run("send", members, "--text", "hi evil.com", "--yes")
    assert "evil.com" in result.stdout
    (entry,) = store.audit.all(campaign_id=store.campaigns.all()[0].id)
    assert {"code": "unregistered_link", "links": ["evil.com"]} in entry.detail["evidence"]


def test_nothing_dearer_than_what_was_shown_goes_out(
    members: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def agree(*_: object, **__: object) -> bool:
        store.settings.set_rates(Rates(one_way={"TW": 7}, two_way={}))
        return True

    monkeypatch.setattr("smsget.cli.base.App.confirm", agree)
    assert "21 points" in sentence("send", members, "--text", "hi", status=1)
    assert store.campaigns.all() == []
    assert store.campaigns.all(states=[CampaignState.DRAFT]) == []


def test_the_points_and_the_length_of_sending_are_looked_at_as_on_the_page(members: Path, store: Store) -> None:
    store.credits.keep("sandbox", 1)
    args = ("--yes", "--at", "2099-01-31 20:30", "--per-hour", "1")
    told = run("send", members, "--text", "hi", *args).stderr
    (entry,) = store.audit.all(campaign_id=store.campaigns.all()[0].id)
    assert {"not_enough_points", "beyond_window"} <= set(entry.detail["overruled"]), told


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"SMSGET_USERNAME": "acme"}, "password"),
        ({**BUYER, "SMSGET_URL": "http://sms-get.example/"}, "not encrypted"),
        ({**BUYER, "SMSGET_PASSWORD": "p" * 21}, "at most 20 characters"),
    ],
)
def test_an_account_that_cannot_be_used_stops_it_before_anything_is_kept(
    env: dict[str, str], said: str, members: Path, store: Store, engine_calls: list[str]
) -> None:
    told = sentence("send", members, "--text", "hi", "--yes", status=1, env=env)
    assert said in told
    assert env.get("SMSGET_PASSWORD", "secret") not in told
    assert not engine_calls
    assert store.lists.all() == []


def test_a_time_is_taipeis_and_this_computer_keeps_it(members: Path) -> None:
    data = run_json("send", members, "--text", "hi", "--yes", "--at", "2099-01-31 09:30")
    assert (data["state"], data["schedule"], data["send_at"]) == ("scheduled", "here", "2099-01-31T09:30:00+08:00")


def test_a_time_may_be_left_to_sms_get(members: Path) -> None:
    data = run_json("send", members, "--text", "hi", "--yes", "--at", "2099-01-31 09:30", "--schedule", "gateway")
    assert (data["state"], data["schedule"]) == ("sending", "gateway")


@pytest.mark.parametrize(("at", "said"), [("2020-01-31 09:30", "has passed"), ("tomorrow", "not a date and time"),
                                          ("0001-01-01 00:00", "not a date and time"),
                                          ("2099-02-30 09:30", "not a date and time")])  # fmt: skip
def test_a_time_that_makes_no_sense(at: str, said: str, members: Path) -> None:
    assert said in sentence("send", members, "--text", "hi", "--yes", "--at", at, status=2)


# --- what is decided and looked at before ----------------------------------------------------------------------------


def test_whoever_has_no_value_is_decided_about_first(members: Path, store: Store) -> None:
    """The page's rule: leave them out, or give a fallback; until then nothing is sent."""
    text = "{{生日}}快樂"
    told = sentence("send", members, "--text", text, "--yes", status=1)
    assert "生日" in told
    assert "fallback" in told
    assert store.lists.all() == []
    asked = run_json("quote", members, "--text", text)
    assert [notice["severity"] for notice in asked["notices"] if notice["code"] == "undecided_field"] == ["stops"]
    assert asked["missing"] == [{"row": 4, "phone": "0912345680", "field": "生日"}]
    left = run_json("quote", members, "--text", text, "--leave-out-empty")
    assert (asked["recipients"], left["recipients"], left["left_out"]) == (3, 2, 1)
    data = run_json("send", members, "--text", text, "--yes", "--leave-out-empty")
    assert (data["recipients"], data["left_out"]["empty"]) == (2, 1)


def test_a_window_and_a_pace_are_kept_with_the_campaign(members: Path, store: Store) -> None:
    data = run_json("send", members, "--text", "hi", "--yes", "--window", "09:00-21:00", "--per-hour", "500")
    assert (data["window"], data["per_hour"]) == ("09:00-21:00", 500)
    assert store.campaigns.get(data["campaign"]).tempo.grace_s == 3600


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--window", "9-21"), "window"),
        (("--window", "09:00-09:00"), "window"),
        (("--at", "2099-01-31 09:30", "--schedule", "gateway", "--per-hour", "500"), "--schedule here"),
    ],
)
def test_hours_that_make_no_sense(args: tuple[str, ...], said: str, members: Path, store: Store) -> None:
    assert said in sentence("send", members, "--text", "hi", "--yes", *args, status=2)
    assert store.campaigns.all() == []


def test_the_warnings_of_the_review_are_told_and_noted_as_overruled(members: Path, store: Store) -> None:
    store.settings.set("brands", ["好鄰居"])
    text = "週年慶：https://shop.example.tw"
    codes = [notice["code"] for notice in run_json("quote", members, "--text", text)["notices"]]
    assert codes == ["brand_missing", "unregistered_link", "no_refusal"]
    for _ in range(2):
        campaign = run_json("send", members, "--text", text, "--yes", "--at", "2099-01-31 22:30")["campaign"]
        (entry,) = store.audit.all(campaign_id=campaign)
    assert entry.detail["overruled"] == [*codes, "outside_window", "same_text_before"]


def test_a_sample_list_is_refused_for_a_real_account(store: Store, engine_calls: list[str]) -> None:
    sample = next((Path(__file__).parents[2] / "data" / "samples").glob("members_utf8*.csv"))
    told = sentence("send", sample, "--text", "hi", "--yes", status=1, env=BUYER)
    assert "sample list of invented people" in told
    assert not engine_calls
    assert store.lists.all() == []
    assert run_json("send", sample, "--text", "hi", "--yes")["state"] == "sending"


def test_a_test_goes_to_ones_own_numbers_with_somebodys_values(
    members: Path, store: Store, engine_calls: list[str]
) -> None:
    data = run_json("try", members, "--text", "{{姓名}}您好", "--row", 3, "--to", "+886 987 654 321", "--yes")
    assert (data["test"], data["recipients"], data["credits_quoted"]) == (True, 1, 1)
    assert [batch.text for batch in store.campaigns.batches(data["campaign"])] == ["陳怡君您好"]
    assert engine_calls == ["sandbox"]
    store.settings.set("own_numbers", ["0911222333", "0911222334"])
    assert run_json("try", members, "--text", "hi", "--yes")["recipients"] == 2
    assert store.lists.all() == []


@pytest.mark.parametrize(
    ("args", "said", "status"),
    [
        (("--to", "12"), "not a mobile number", 2),
        (("--row", "5", "--to", "0911222333"), "on that line", 1),
        ((), "nobody to text", 1),
    ],
)
def test_a_test_that_cannot_be(args: tuple[str, ...], said: str, status: int, members: Path, store: Store) -> None:
    assert said in sentence("try", members, "--text", "hi", "--yes", *args, status=status)
    assert store.campaigns.all() == []


def test_nobody_to_text(tmp_path: Path) -> None:
    file = tmp_path / "landlines.csv"
    file.write_text("手機\n02-2345-6789\n", encoding="utf-8")
    assert "nobody to text" in sentence("send", file, "--text", "hi", "--yes", status=1)


def test_campaign_shows_its_batches(unknown: int) -> None:
    data = run_json("campaign", unknown)
    assert (data["accepted"], data["unknown"], data["queued"], data["recipients"]) == (250, 250, 100, 600)
    first, second, third = data["batch_list"]
    assert (first["batch"], first["state"], first["sms_id"], first["credits_used"]) == (1, "accepted", "795938", 250)
    assert (second["state"], second["code"], second["evidence"]) == ("unknown", "http_status", {"status": 502})
    assert "502" in second["reason"]
    assert (third["state"], third["sms_id"]) == ("queued", None)
    assert re.search(r"#2 +Outcome unknown +250 .*502", run("campaign", unknown).stdout)


def test_campaigns_lists_the_newest_first(store: Store, unknown: int) -> None:
    newer = confirmed(store, phones(1))
    listed = run_json("campaigns")["campaigns"]
    assert [one["campaign"] for one in listed] == [newer, unknown]
    counts = ("accepted", "refused", "unknown", "queued", "sending", "left", "cancelled", "suppressed")
    assert all(sum(one[name] for name in counts) == one["recipients"] for one in listed)
    assert run("campaigns").stdout.count("\n") == 2


def test_steering(unknown: int, engine_calls: list[str]) -> None:
    assert run_json("pause", unknown)["state"] == "paused"
    assert "Resume" in run("campaign", unknown).stdout
    assert not engine_calls
    assert run_json("resume", unknown)["state"] == "sending"
    assert engine_calls == ["sandbox"]
    data = run_json("settle", unknown, 2, "--resend")
    assert (data["unknown"], data["queued"]) == (0, 350)
    assert engine_calls == ["sandbox", "sandbox"]
    cancelled = run_json("cancel", unknown)
    assert (cancelled["cancelled"], cancelled["left"]) == (100, 250)  # those 250 may have it from the first time


def test_a_file_that_is_sent_twice_is_one_list(store: Store, members: Path) -> None:
    for text in ("hi", "hi again"):
        run_json("send", members, "--text", text, "--yes")
    (kept,) = store.lists.all()
    assert [one.lists for one in store.campaigns.all()] == [[(kept.id, kept.name)]] * 2


def test_settling_by_leaving_needs_no_engine(unknown: int, engine_calls: list[str]) -> None:
    assert run_json("settle", unknown, 2, "--leave")["left"] == 250
    assert not engine_calls


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("campaign 99", "no campaign 99"),
        ("pause 99", "no campaign 99"),
        ("resume 1", "Only a paused campaign"),
        ("settle 1 1 --leave", "unknown outcome"),
        ("settle 1 9 --leave", "no batch 9"),
        ("report --campaign 99", "no campaign 99"),
    ],
)
def test_what_is_not_possible_is_told_in_one_sentence(unknown: int, args: str, said: str) -> None:
    assert said in sentence(*args.split(), status=1)


def test_another_account_cannot_go_on_with_a_campaign(unknown: int, store: Store, engine_calls: list[str]) -> None:
    """It would wait for ever: a campaign is only ever sent by the account it was confirmed for."""
    run("pause", unknown)
    assert "confirmed for the account sandbox" in sentence("resume", unknown, status=1, env=BUYER)
    assert store.campaigns.get(unknown).state == "paused"
    assert not engine_calls
