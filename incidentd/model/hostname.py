"""Host names of all scripts in the one spelling that DNS and certificates have: ASCII labels (IDNA)."""

import unicodedata

_DEVIATIONS = frozenset("\u00df\u03c2\u200c\u200d")
"""What the first IDNA (RFC 3490) mapped to something else, and the second (RFC 5891) does not: ß is not ss. Registries
and browsers are with the second; so they are kept, as by UTS #46 4, "Nontransitional Processing"."""


def ascii_name(name: str) -> str:
    """A name in lower-case ASCII, `xn--` labels where letters need them. Raises UnicodeError for what is no name."""
    lowered = name.lower()
    if lowered.isascii():
        return lowered
    if _DEVIATIONS.isdisjoint(lowered):
        return lowered.encode("idna").decode("ascii").lower()
    return ".".join(map(_ascii_label, unicodedata.normalize("NFC", lowered).split(".")))


def _ascii_label(label: str) -> str:
    if _DEVIATIONS.isdisjoint(label):
        return label.encode("idna").decode("ascii").lower() if label else label
    return "xn--" + label.encode("punycode").decode("ascii")
