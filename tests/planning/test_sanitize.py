"""Outside text is harmless: one line, visible, normal, no longer than it may be, and safe to sanitize twice."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.planning.sanitize import sanitize

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u034f\u115f\u1160\u3164\uffa0\u180e\ufe0f\U000e0100\U000e0041"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) + "\u2028\u2029"
HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from(ZERO_WIDTH + BIDI + CONTROLS + "\u0301\u0327\uac00\u11a8"))
)


@given(HOSTILE, st.integers(min_value=1, max_value=300))
def test_nothing_invisible_comes_out_and_a_second_time_changes_nothing(text: str, cut_at: int) -> None:
    """No control, bidi or zero-width character, NFC, within the cut."""
    clean = sanitize(text, cut_at)
    assert not set(clean) & set(ZERO_WIDTH + BIDI + CONTROLS)
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in clean)
    assert len(clean) <= cut_at
    assert unicodedata.is_normalized("NFC", clean)
    assert sanitize(clean, cut_at) == clean


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=256))
def test_plain_text_stays_as_it_is(text: str) -> None:
    """ASCII that can be printed."""
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("evil\u202etxt.exe", "evil\\u202etxt.exe"),
        ("a\u200bb", "a\\u200bb"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\u3164", "\\u3164"),
        ("bu\u0308cher", "b\u00fccher"),
        ("\u200e\u0301", "\\u200\u00e9"),
        ("\u4f8b\u3048", "\u4f8b\u3048"),
    ],
)
def test_what_is_hidden_is_shown(raw: str, shown: str) -> None:
    """As an escape that a reader can look up; letters of any language stay."""
    assert sanitize(raw) == shown


@pytest.mark.parametrize(
    ("length", "cut_at", "ends"), [(256, 256, "a"), (257, 256, "…"), (10**6, 256, "…"), (5, 4, "…")]
)
def test_what_is_too_long_is_cut_with_an_ellipsis(length: int, cut_at: int, ends: str) -> None:
    """Exactly at the limit nothing is cut."""
    clean = sanitize("a" * length, cut_at)
    assert (len(clean), clean[-1]) == (min(length, cut_at), ends)


def test_what_shrinks_when_it_is_composed_is_still_marked_as_cut() -> None:
    """Four characters become one; the rest was never looked at."""
    assert sanitize("\u03b1\u0314\u0301\u0345" * 20, 10)[-1] == "…"
    assert sanitize("\u03b1\u0314\u0301\u0345" * 10, 10) == "\u1f85" * 10
