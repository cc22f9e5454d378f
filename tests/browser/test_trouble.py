"""What goes wrong is told as a sentence where it matters, and nothing that was there before is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from smsget.campaigns import CampaignState
from smsget.errors import GatewayError, StoreError, UnreadableFile
from smsget.gateway import Gateway
from smsget.recipients import read_recipients
from smsget.sandbox import read_ledger, start_in_thread
from smsget.store import Campaign, Store
from tests.browser.conftest import Visit
from tests.browser.dashboard import PASSWORD, USERNAME, Connected, Dashboard
from tests.browser.visitor import Visitor
from tests.builders import make_list, phones

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

EVERYBODY = phones(20)

# --- files and databases -----------------------------------------------------------------------------------------

BAD_FILES = {
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n",
    "nothing": b"",
    "no phone column": "姓名,城市\n王小明,台北\n林小華,高雄\n".encode(),
}


def test_bad_files_say_so_and_keep_what_was_saved(dashboard: Dashboard, visit: Visit) -> None:
    """Each gives its own sentence, whatever its name claims; the list that was saved before stays as it is."""
    saved = make_list(dashboard.store, EVERYBODY, name="good customers")
    person = visit(dashboard).go("recipients")
    sentences = set()
    for content in BAD_FILES.values():
        with pytest.raises(UnreadableFile) as refused:
            read_recipients(content, "members.csv")
        sentence = person.words.error(refused.value)
        sentences.add(sentence)
        file: FilePayload = {"name": "members.csv", "mimeType": "text/csv", "buffer": content}
        person.go("recipients").upload("recipients_upload", file)
        expect(person.alert(sentence)).to_be_visible()
        expect(person.button("recipients_save")).to_have_count(0)
        expect(person.widget(f"recipients_list_{saved}")).to_contain_text("good customers")
    assert len(sentences) == len(BAD_FILES)
    assert [one.people for one in dashboard.store.lists.all()] == [len(EVERYBODY)]


@pytest.mark.parametrize("locale", ["en-US", "zh-TW"])
def test_database_that_is_not_ours(database: Path, visit: Visit, locale: str) -> None:
    """It is refused with a sentence and left as it was; no engine is started on it."""
    database.write_text("Dear diary, today I became a file named smsget.db.\n" * 100)
    before = database.read_bytes()
    with Dashboard(database) as dashboard:
        with pytest.raises(StoreError) as refused:
            Store(database)
        person = visit(dashboard, locale)
        expect(person.alert(person.words.error(refused.value))).to_be_visible()
    assert dashboard.tracebacks() == []
    assert database.read_bytes() == before


# --- the gateway -------------------------------------------------------------------------------------------------


def trouble_with(dashboard: Connected) -> GatewayError:
    """What asking for the points ends in."""
    with pytest.raises(GatewayError) as trouble:
        Gateway(dashboard.gateway_url, USERNAME, PASSWORD).credit()
    return trouble.value


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    """One dashboard for all troubles: every test brings a gateway and a campaign of its own."""
    with Connected(tmp_path_factory.mktemp("connected") / "smsget.db") as running:
        yield running
    assert running.tracebacks() == []


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def ask_for_points(person: Visitor, trouble: GatewayError) -> None:
    """The page of the points tells the trouble, and that this is no sandbox."""
    person.go("credit").press("credit_ask")
    expect(person.alert(person.words.error(trouble, asked_only=True))).to_be_visible()
    expect(person.banner).to_have_count(0)


def confirm(person: Visitor, trouble: GatewayError | None = None) -> int:
    """Confirm a campaign in spite of it all; stays on its page, which is live."""
    store = person.dashboard.store
    campaign = store.campaigns.draft("sale", "Hello", [make_list(store, EVERYBODY)])
    person.review(campaign)
    if trouble is not None:
        expect(person.alert(person.words.error(trouble, asked_only=True))).to_be_visible()
    person.press("compose_confirm")
    person.page.wait_for_url(f"**/campaigns?campaign={campaign}")
    return campaign


def resume(person: Visitor, campaign: int) -> Campaign:
    """Go on after the trouble was put right, up to the end."""
    person.press("campaigns_resume")
    expect(person.figure("Accepted by SMS-Get")).to_have_text(str(len(EVERYBODY)))
    return person.dashboard.store.campaigns.get(campaign)


def texted(ledger: Path) -> list[str]:
    return sorted(phone for entry in read_ledger(ledger) for phone in entry["phones"])


def test_wrong_password(connected: Connected, visit: Visit, ledger: Path) -> None:
    """005 on the page of the points; the campaign pauses, and goes on when the password is right."""
    person = visit(connected, "zh-TW")
    with start_in_thread(connected.sandbox(ledger, password="another")):
        trouble = trouble_with(connected)
        assert trouble.code == "005"
        ask_for_points(person, trouble)
        campaign = confirm(person, trouble)
        expect(person.alert(person.words.pause_reason("005"))).to_be_visible()
    assert texted(ledger) == []
    with start_in_thread(connected.sandbox(ledger)):
        assert resume(person, campaign).state == CampaignState.FINISHED
    assert texted(ledger) == EVERYBODY


def test_no_points(connected: Connected, visit: Visit, ledger: Path) -> None:
    """The page says 0 before anybody confirms; the campaign pauses with 009 and goes on after a top-up."""
    person = visit(connected)
    with start_in_thread(connected.sandbox(ledger, credits=0)) as sandbox:
        person.go("credit").press("credit_ask")
        expect(person.figure("Points left")).to_have_text("0")
        campaign = confirm(person)
        expect(person.alert(person.words.pause_reason("009"))).to_be_visible()
        assert texted(ledger) == []
        sandbox.add_credits(100)
        assert resume(person, campaign).credits_used == len(EVERYBODY)
    assert texted(ledger) == EVERYBODY


def test_answer_in_html(connected: Connected, visit: Visit, ledger: Path) -> None:
    """It was sent, but nobody here can know: it says so, is not sent again, and a person decides."""
    person = visit(connected)
    with start_in_thread(connected.sandbox(ledger, faults={"garbage": 1})):
        trouble = trouble_with(connected)
        ask_for_points(person, trouble)
        campaign = confirm(person, trouble)
        expect(person.alert(person.say("Needs a decision"))).to_be_visible()
        [batch] = connected.store.campaigns.batches(campaign)
        expect(person.main.get_by_text(person.words.unknown_reason(batch.code, batch.evidence)).first).to_be_visible()
        person.press(f"campaigns_leave_{batch.number}")
        expect(person.button(f"campaigns_leave_{batch.number}")).to_have_count(0)
        assert connected.store.campaigns.get(campaign).state == CampaignState.FINISHED
    assert texted(ledger) == EVERYBODY


def test_unreachable(connected: Connected, visit: Visit, ledger: Path) -> None:
    """Not one byte leaves: it tries for a while, then pauses; everybody is texted once when the gateway is back."""
    person = visit(connected)
    trouble = trouble_with(connected)
    ask_for_points(person, trouble)
    campaign = confirm(person, trouble)
    expect(person.alert(person.words.pause_reason("unreachable"))).to_be_visible()
    with start_in_thread(connected.sandbox(ledger)):
        assert resume(person, campaign).state == CampaignState.FINISHED
    assert texted(ledger) == EVERYBODY
