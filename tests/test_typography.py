"""What makes a text dear, and what to write in its place."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smsget.campaigns import replace_all, replacements
from smsget.segments import count_segments

TEXTS = st.text(st.sampled_from("aZ1 ’“”–—…\u200b\u200d\xa0\u3000\tＡ１％，。！中é`{}|\n"), max_size=90) | st.text(
    max_size=60
)


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("It's on", "It's on"),
        ("It’s “on” – now…", 'It\'s "on" - now...'),
        ("50\u200b%\xa0off\u202ftoday", "50% off today"),
        ("Ｓａｌｅ　５０％", "Sale 50%"),
        ("a\tb`c", "a b'c"),
        ("\ufeffHello\u2028you", "Hello\nyou"),
        # Chinese: half-width letters and digits, and nothing else
        ("【品牌】ＶＩＰ全館８折，“限時”…—！", "【品牌】VIP全館8折，“限時”…—！"),
        ("折\u200b扣", "折扣"),
        ("５０％　off，「now」", "50％　off，「now」"),
        # still not English: nothing is gained
        ("Café – “now”", "Café – “now”"),
        ("5€ – now", "5€ – now"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        # dearer than before: three dots for one
        ("…" * 60, "…" * 60),
        # the names of fields are those of the list, their fallbacks are text
        ("{{姓名１|ＶＩＰ}}您好", "{{姓名１|VIP}}您好"),
        ("Dear {{姓名|“friend”}}, it´s on", "Dear {{姓名|“friend”}}, it´s on"),
        ("Dear {{姓名|friend}}\xa0´now´", "Dear {{姓名|friend}} 'now'"),
        # the Chinese may come from the field
        ("{{姓名}}—“{{店}}”…·\u3000", "{{姓名}}—“{{店}}”…·\u3000"),
        ("{{姓名}}＃５\u200b", "{{姓名}}＃5"),
        ("{{ａ’}}", "{{ａ’}}"),
    ],
)
def test_replaced(text, replaced):
    assert replace_all(text) == replaced


def test_each_is_told_with_its_places():
    assert replacements("It’s on – it’s") == [("’", "'", (2, 12)), ("–", "-", (8,))]
    assert replacements("Ａ折Ａ") == [("Ａ", "A", (0, 2))]
    assert replacements("It's on") == []


@given(TEXTS)
@example("…" * 60)
@example("Ａ…" * 30)
def test_replacing_never_costs_more_and_doing_it_again_changes_nothing(text):
    replaced = replace_all(text)
    assert count_segments(replaced).segments <= max(count_segments(text).segments, 0)
    assert replace_all(replaced) == replaced


@given(TEXTS)
def test_chinese_is_never_touched(text):
    kept = "，。！？：；（）「」『』、《》【】～中"
    assert [char for char in replace_all(text) if char in kept] == [char for char in text if char in kept]
