"""Outside text made harmless, once, before it stands in a ticket, a page, a log line or a terminal."""

import unicodedata

CUT_AT = 256
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories shown as escapes: controls, bidi and zero-width marks, surrogates, line separators."""


def sanitize(text: str, cut_at: int = CUT_AT) -> str:
    """NFC, one line, no control, bidi or zero-width character but as a visible escape; cut with an ellipsis."""
    whole = "".join(_visible(character) for character in unicodedata.normalize("NFC", text[: cut_at * 4]))
    return whole if len(whole) <= cut_at else whole[: cut_at - 1] + "…"


def _visible(character: str) -> str:
    if unicodedata.category(character) not in INVISIBLE:
        return character
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
