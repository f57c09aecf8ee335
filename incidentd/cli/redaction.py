"""Redaction: secrets are taken out of what is logged, by the name they go by and by the shape they have.

A last net: nothing should log a secret in the first place.
"""

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"

_SECRET_NAME = re.compile(r"(authorization|cookie|password|passwd|secret|token|routing_?key|api_?key|credential)", re.I)
_DEPTH = 8
_SHAPES = (
    # Authorization headers: RFC 6750, RFC 7617, PagerDuty's `Token token=…`.
    (re.compile(r"\b(Bearer|Basic|Token token=)\s*[A-Za-z0-9+/_.~=-]{6,}", re.I), r"\1 " + REDACTED),
    # Addresses with a user's password: RFC 3986 3.2.1.
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), r"\1" + REDACTED + "@"),
    # name=value and "name": "value", with any name above.
    (
        re.compile(
            r"((?:authorization|password|passwd|secret|token|routing_?key|api_?key)[\"']?\s*[=:]\s*[\"']?)"
            r"(?!\[redacted\]|Bearer\b|Basic\b|token=)[^\s\"',;&)}]+",
            re.I,
        ),
        r"\1" + REDACTED,
    ),
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
