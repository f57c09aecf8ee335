"""Redaction: secrets are taken out of what is logged, by the name they go by and by the shape they have.

A last net: nothing should log a secret in the first place.
"""

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"

_SECRET_NAME = re.compile(r"(authorization|cookie|password|passwd|secret|token|routing_?key|api_?key|credential)", re.I)
_DEPTH = 8
_NAME = r"(?:password|passwd|secret|token|routing_?key|api_?key|credential)"
_VALUE = r"(?!\[redacted\])[^\s\"'\\,;&)}]+"
_CREDENTIALS = r"[A-Za-z0-9+/_.~=-]"
"""What credentials are written in: RFC 7235 2.1, token68."""
_LONG_TOKEN = rf"(?![./])(?={_CREDENTIALS}*[0-9]){_CREDENTIALS}{{16,}}"
"""No word of a sentence, no place in a file: those are said of settings that have such names."""
_SHAPES = (
    # Headers: RFC 9110 11.6.2 (with the schemes that are in use, and PagerDuty's `Token token=…`), RFC 6265 4.2.1.
    (
        re.compile(
            r"(authorization\\?[\"']?\s*[=:]\s*\\?[\"']?(?:(?:Bearer|Basic|Digest|Negotiate|Token)\s+)?(?:token=)?)"
            + _VALUE,
            re.I,
        ),
        r"\1" + REDACTED,
    ),
    (re.compile(r"(cookie\\?[\"']?\s*:\s*\\?[\"']?)(?:[^\s=;\"',]+=[^\s;\"',]*;?\s?)+", re.I), r"\1" + REDACTED),
    # The same without the header's name; a sentence may speak of the schemes.
    (
        re.compile(
            rf"\b(Bearer|Basic|Token token=)\s*(?!(?:authentication|authorization|credentials?|tokens?)\b)"
            rf"{_CREDENTIALS}{{6,}}"
        ),
        r"\1 " + REDACTED,
    ),
    (re.compile(rf"\b(bearer|basic)\s+{_LONG_TOKEN}", re.I), r"\1 " + REDACTED),
    # Addresses with a user's password: RFC 3986 3.2.1.
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), r"\1" + REDACTED + "@"),
    # name=value, "name": value and name: "value", whatever the value looks like.
    (re.compile(rf"({_NAME}\\?[\"']?\s*=\s*\\?[\"']?){_VALUE}", re.I), r"\1" + REDACTED),
    (re.compile(rf"({_NAME}\\?[\"']\s*:\s*\\?[\"']?){_VALUE}", re.I), r"\1" + REDACTED),
    (re.compile(rf"({_NAME}\s*:\s*\\?[\"']){_VALUE}", re.I), r"\1" + REDACTED),
    # name: value, where a sentence may follow as well.
    (re.compile(rf"({_NAME}\s*:\s*){_LONG_TOKEN}", re.I), r"\1" + REDACTED),
)


def redacted_text(text: str) -> str:
    """The text without what looks like a secret."""
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def redacted(value: Any, name: str = "", depth: int = 0) -> Any:
    """The value without secrets, through mappings and sequences. What is nested too deeply is shown as its type."""
    if name and _SECRET_NAME.search(name) and value not in (None, True, False, ""):
        return REDACTED
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, bytes):
        return redacted_text(value.decode("utf-8", "backslashreplace"))
    if depth >= _DEPTH:
        return f"<{type(value).__name__}>"
    if isinstance(value, Mapping):
        return {key: redacted(one, str(key), depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(one, "", depth + 1) for one in value]
    if isinstance(value, int | float | None):
        return value
    return redacted_text(str(value))
