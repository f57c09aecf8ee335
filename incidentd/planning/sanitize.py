"""Outside text made harmless, once, before it stands in a ticket, a page, a log line or a terminal."""

import unicodedata

CUT_AT = 256
REASON_CHARACTERS = 500
"""Of the reason that a person gives for a decision."""
INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories shown as escapes: controls, bidi and zero-width marks, surrogates, what is no character."""
IGNORABLE = frozenset(
    chr(point)
    for first, last in (
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2800, 0x2800),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0),
        (0xE0100, 0xE01EF),
    )
    for point in range(first, last + 1)
)
"""Letters and marks that have no width or no ink (Default_Ignorable_Code_Point of Unicode, and the empty Braille)."""


def sanitize(text: str, cut_at: int = CUT_AT) -> str:
    """NFC, one line, no control, bidi or zero-width character but as a visible escape; cut with an ellipsis.

    Sanitizing what is sanitized changes nothing.
    """
    if text.isascii() and text.isprintable() and len(text) <= cut_at:
        return text  # nearly every text is like this, and a plan of thousands has a hundred thousand of them
    start = text[: cut_at * 4]
    shown = "".join(_visible(character) for character in unicodedata.normalize("NFC", start))
    whole = unicodedata.normalize("NFC", shown)  # a mark may follow an escape now
    return whole if len(whole) <= cut_at and start == text else whole[: cut_at - 1] + "…"


def _visible(character: str) -> str:
    if unicodedata.category(character) not in INVISIBLE and character not in IGNORABLE:
        return character
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
