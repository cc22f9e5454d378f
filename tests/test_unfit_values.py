"""What a database cannot hold or tell is refused as a choice, or kept in the one way that everybody reads alike."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from smsget.errors import BadRequest
from smsget.recipients import read_recipients
from smsget.store import Store
from smsget.words import Words
from tests.builders import make_list, phones

HALF = "\ud83d"  # the first half of an emoji, as a broken copy leaves it


@pytest.fixture
def draft(store: Store) -> int:
    return store.campaigns.draft("c", "hi", [make_list(store, phones(1))])


@pytest.mark.parametrize(("changed", "code"), [
    ({"text": HALF}, "not_text"), ({"name": HALF}, "not_text"),
    ({"schedule": "someday"}, "bad_choice"), ({"empty": "perhaps"}, "bad_choice"),
    ({"list_ids": [10**22]}, "too_large"),
])  # fmt: skip
def test_a_draft_refuses_what_cannot_be_kept_and_stays_as_it_was(
    store: Store, draft: int, changed: dict[str, object], code: str
) -> None:
    values = {"name": "c", "text": "hi", "list_ids": [], **changed}
    with pytest.raises(BadRequest, match=code) as refused:
        store.campaigns.draft(**values)
    with pytest.raises(BadRequest, match=code):
        store.campaigns.change_draft(draft, **values)
    assert store.campaigns.get(draft).text == "hi"
    assert code not in Words(gettext.NullTranslations()).error(refused.value)


def test_a_number_of_a_campaign_that_cannot_exist_is_refused(store: Store) -> None:
    with pytest.raises(BadRequest, match="too_large"):
        store.campaigns.get(10**22)
    with pytest.raises(BadRequest, match="too_large"):
        store.campaigns.confirm(10**22, "sandbox")


@pytest.mark.parametrize("way", ["rows", "file"])
def test_price_and_plan_read_a_field_with_nul_alike(store: Store, tmp_path: Path, way: str) -> None:
    value = "a\0" + "b" * 200
    if way == "rows":
        chosen = make_list(store, phones(1), name="n", 姓名=value)
    else:
        source = tmp_path / "n.csv"
        source.write_text(f"手機,姓名\n{phones(1)[0]},x\n", encoding="utf-8")
        read = read_recipients(source)
        read.ready["姓名"] = [value]
        chosen = store.lists.save_file(read, "n")
    text = "{{姓名}}"
    made = store.campaigns.plan([chosen], text)
    assert store.campaigns.quote([chosen], text).credits == made.quote.credits == 2
    (reached,) = store.lists.people(chosen)
    assert reached.fields["姓名"] == "a" + "b" * 200
