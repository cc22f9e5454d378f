"""What a text costs in segments, and what it may not contain. Boundary cases are rows of a table."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from smsget import segments
from smsget.segments import Segments, count_segments, is_carried, not_carried, split, unicode_causes

CASES = json.loads((Path(__file__).parent / "cases" / "segments.json").read_text("utf-8"))

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
GSM7_ALPHABET = "".join(map(chr, range(0x20, 0x7F))).replace("`", "") + "\r\n"

GSM7_TEXTS = st.text(st.sampled_from(GSM7_ALPHABET) | st.sampled_from("{}[]^~|\\"), max_size=500)
TEXTS = GSM7_TEXTS | st.text("a{中𠮷\U0001f600\n\u200d\ufe0f€`", max_size=300) | st.text(max_size=300)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_shared_case(case):
    assert count_segments(case["text"]) == Segments(case["encoding"], case["units"], case["segments"])
    assert len(split(case["text"])) == case["segments"]


@pytest.mark.parametrize(
    ("text", "encoding", "units", "expected"),
    [
        ("", "GSM-7", 0, 0),
        ("a", "GSM-7", 1, 1),
        (" ", "GSM-7", 1, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("a" * 459, "GSM-7", 459, 3),
        ("a" * 460, "GSM-7", 460, 4),
        ("{" * 81, "GSM-7", 162, 2),
        ("a" * 159 + "{", "GSM-7", 161, 2),
        ("a" * 152 + "{" + "a" * 151, "GSM-7", 305, 2),
        ("a" * 152 + "{" + "a" * 152, "GSM-7", 306, 3),
        ("a" * 151 + "{" + "a" * 153, "GSM-7", 306, 2),
        ("^{}[]~\\|", "GSM-7", 16, 1),
        ("@$_&%#!?\"'()*+,-./:;<=>", "GSM-7", 23, 1),
        ("`", "UCS-2", 1, 1),
        ("\x0c", "UCS-2", 1, 1),
        ("\x7f", "UCS-2", 1, 1),
        ("\x1b", "UCS-2", 1, 1),
        ("é", "UCS-2", 1, 1),
        ("£", "UCS-2", 1, 1),
        ("Ａ", "UCS-2", 1, 1),
        ("{中", "UCS-2", 2, 1),
        ("中" * 70, "UCS-2", 70, 1),
        ("中" * 134, "UCS-2", 134, 2),
        ("𠮷" * 35, "UCS-2", 70, 1),
        ("𠮷" * 36, "UCS-2", 72, 2),
        ("𠮷" * 67, "UCS-2", 134, 3),
        ("中" * 66 + "𠮷" + "中" * 65, "UCS-2", 133, 2),
        ("中" * 66 + "𠮷" + "中" * 66, "UCS-2", 134, 3),
        ("中" * 65 + "𠮷" + "中" * 67, "UCS-2", 134, 2),
        ("中" * 69 + "\n", "UCS-2", 70, 1),
        ("中" * 69 + "\r\n", "UCS-2", 71, 2),
        ("\ud83d", "UCS-2", 1, 1),
    ],
)
def test_count(text, encoding, units, expected):
    assert count_segments(text) == Segments(encoding, units, expected)
    assert len(split(text)) == expected


def test_the_english_alphabet_is_ascii_and_gsm_0338():
    """Every other character of the basic plane makes a text UCS-2; exactly eight of the alphabet take two units."""
    english = [char for char in map(chr, range(0x10000)) if count_segments(char).encoding == "GSM-7"]
    assert sorted(english) == sorted(GSM7_ALPHABET)
    assert {char for char in english if count_segments(char).units == 2} == set("^{}[]~\\|")


def test_split_leaves_a_pair_whole():
    assert split("a" * 152 + "{" + "a" * 10) == ["a" * 152, "{" + "a" * 10]
    assert split("中" * 66 + "𠮷" + "中" * 10) == ["中" * 66, "𠮷" + "中" * 10]
    assert split("{" * 153) == ["{" * 76, "{" * 76, "{"]


@given(TEXTS)
@example("{" * 153)
@example("中" * 66 + "𠮷" * 40)
def test_split_joins_back_and_every_part_fits(text):
    parts, counted = split(text), count_segments(text)
    assert "".join(parts) == text
    assert len(parts) == counted.segments
    assert all(parts)
    assert sum(units(part, counted.encoding) for part in parts) == counted.units
    single, each = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    assert all(units(part, counted.encoding) <= (single if len(parts) == 1 else each) for part in parts)


@given(TEXTS)
def test_a_part_ends_only_where_the_next_character_does_not_fit(text):
    """So that no other way of filling the parts would need fewer."""
    parts, encoding = split(text), count_segments(text).encoding
    each = 153 if encoding == "GSM-7" else 67
    for part, following in pairwise(parts):
        assert units(part + following[0], encoding) > each


@given(TEXTS, TEXTS)
def test_units_are_additive_within_an_encoding(first, second):
    encoding = count_segments(first + second).encoding
    assume(count_segments(first).encoding == count_segments(second).encoding == encoding)
    assert count_segments(first + second).units == count_segments(first).units + count_segments(second).units


@given(TEXTS, TEXTS)
@example("{" * 80, "中")
@example("{" * 152, "中")
@example("a" * 160, "`")
def test_more_text_never_costs_less(text, more):
    assert count_segments(text + more).segments >= count_segments(text).segments


@given(TEXTS, st.data())
@example("{" * 80, None)
@example("a" * 151 + "{" + "a" * 153, None)
@example("中" * 66 + "𠮷" * 3 + "中" * 66, None)
def test_a_character_anywhere_never_makes_it_cheaper(text, data):
    """Nor does taking one away make it dearer, which is the same thing."""
    places = range(len(text) + 1) if data is None else [data.draw(st.integers(0, len(text)))]
    for at in places:
        for char in "a{中𠮷`":
            assert count_segments(text[:at] + char + text[at:]).segments >= count_segments(text).segments


@given(TEXTS)
def test_no_cut_goes_through_a_pair(text):
    """Neither an escape pair of GSM-7 nor a surrogate pair: each part alone has the units it has within the text."""
    encoding = count_segments(text).encoding
    wide = "^{}[]~\\|" if encoding == "GSM-7" else "".join(char for char in text if char > "\uffff")
    for part, following in pairwise(split(text)):
        room = (153 if encoding == "GSM-7" else 67) - units(part, encoding)
        assert room == 0 or (room == 1 and following[0] in wide)


PICTURES = st.text("\u2764\ufe0f\U0001f3fb1\u20e3\u200d\U0001f1f9\xa9中\x07\ud800\U000e0067", max_size=8)


@given(TEXTS | PICTURES)
def test_whether_a_text_is_carried_is_told_fast_and_alike(text):
    assert is_carried(text) == (not_carried(text) == {})


@given(st.text(max_size=200))
def test_ucs2_units_are_those_of_utf_16(text):
    assume(count_segments(text).encoding == "UCS-2")
    assert count_segments(text).units == len(text.encode("utf-16-le")) // 2


@given(st.text(st.characters(), max_size=80))
def test_any_text_is_counted_and_looked_through(text):
    """Lone surrogates too: they come in by way of a damaged file."""
    assert "".join(split(text)) == text
    for finder in (unicode_causes, not_carried):
        for found, positions in finder(text).items():
            assert positions == sorted(set(positions))
            assert all(text.startswith(found, position) for position in positions)


@given(TEXTS)
def test_a_text_without_its_causes_is_gsm7(text):
    causes = unicode_causes(text)
    assert bool(causes) == (count_segments(text).encoding == "UCS-2")
    assert count_segments("".join(char for char in text if char not in causes)).encoding == "GSM-7"


def test_causes_have_their_positions():
    assert unicode_causes("50% off {now}\r\n") == {}
    assert unicode_causes("It’s 5€, it’s `it`") == {"’": [2, 11], "€": [6], "`": [14, 17]}
    assert unicode_causes("a𠮷b𠮷\t") == {"𠮷": [1, 3], "\t": [4]}


@pytest.mark.parametrize(
    "emoji",
    [
        "\U0001f600",  # grinning face
        "\U0001f44d\U0001f3fd",  # thumbs up with a skin tone
        "\u261d\U0001f3fd",  # index finger, text by default, with a skin tone
        FAMILY,
        "\U0001f3c3\u200d\u2640\ufe0f",  # woman running
        "\U0001f3c3\u200d\u2640",  # the same, minimally qualified
        "\U0001f469\U0001f3fd\u200d\u2695\ufe0f",  # woman health worker with a skin tone
        "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",  # eye in speech bubble
        "\U0001f468\u200d\u2764\ufe0f\u200d\U0001f468",  # couple with heart
        "\u2764\ufe0f\u200d\U0001f525",  # heart on fire
        "\U0001f1f9\U0001f1fc",  # flag of Taiwan
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # flag of England
        "1\ufe0f\u20e3",  # keycap
        "#\u20e3",
        "\u2764\ufe0f",  # heart as a picture
        "\xa9\ufe0f",
        "\u3297\ufe0f",  # congratulations, as a picture
        "\u2b50",  # star as a picture
        "\u2705",
        "\u2757",
        "\u26a1",
        "\U0001f004",  # mahjong tile
        "\U0001f17e\ufe0f",
        "\U0001f232",
        "\U0001f6f8",
        "\U0001fae8",  # shaking face, Unicode 15
        "\U0001fadc",  # root vegetable, Unicode 16
        "\U0001f1f9",  # half a flag
        "\ufe0f",
        "\u20e3",
        "\U0001f3fb",
    ],
    ids=ascii,
)
def test_an_emoji_is_found_whole(emoji):
    assert not_carried(f"中{emoji}文 {emoji}.") == {emoji: [1, 3 + len(emoji)]}


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\ud83d", "\ufffe", "\ufdd0"])
def test_controls_and_what_cannot_be_encoded_are_found(char):
    assert not_carried(f"a{char}b") == {char: [1]}


@pytest.mark.parametrize(
    "text",
    [
        GSM7_ALPHABET + "`\t",
        "親愛的會員您好：【品牌】週年慶，全館 8 折！「限時」，詳見官網～（本簡訊免費）…—《》〈〉、。；？",
        "ひらがな カタカナ ｱｲｳ 々〆〇ー・ 한국어 ㄅㄆㄇ ㈱㊣㊗㊙ ①②⑩ ㎡℃‰№ ⅠⅡ",
        "𠮷野家 𡃁 𩸽 𪚥",
        "葛\U000e0100飾区 神\ufe00",  # Han with a variation selector of its own
        "© ® ™ → ← ↔ ⇒ ★ ☆ ♥ ♡ ♠ ♪ ☎ ✓ ✔ ✕ ※ ● ○ ◎ ■ □ ▲ ▼ ◆ ◇ ☀ ☂ ❤ ✿ ℹ Ⓜ ‼ ⁉ 〽 〰",
        "é ñ ü ß ç Ω Я ไทย tiếng Việt العربية हिन्दी က्ष",
        "क्\u200dष zero\u200bwidth soft\u00adhyphen \u202aembedded\u202c \ufeff",
        "€ £ ¥ NT$100 100% #1 *2 3.",
        "\ue000\uf8ff private use",
        "\ufffd",
    ],
)
def test_carried(text):
    assert not_carried(text) == {}
    assert is_carried(text)


def test_neighbours_are_told_apart():
    assert not_carried("\U0001f1f9\U0001f1fc\U0001f1ef\U0001f1f5") == {
        "\U0001f1f9\U0001f1fc": [0],
        "\U0001f1ef\U0001f1f5": [2],
    }
    assert not_carried("\U0001f600\U0001f600") == {"\U0001f600": [0, 1]}
    assert not_carried(f"12\ufe0f\u20e3{FAMILY}") == {"2\ufe0f\u20e3": [1], FAMILY: [4]}


def test_the_public_names():
    assert segments.__all__ == [
        "GSM7", "UCS2", "Encoding", "Segments", "count_segments", "encoding_of", "is_carried", "not_carried", "split",
        "unicode_causes",
    ]  # fmt: skip


def units(text: str, encoding: str) -> int:
    """Counted in another way than the module does."""
    if encoding == "GSM-7":
        return sum(2 if char in "^{}[]~\\|" else 1 for char in text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
