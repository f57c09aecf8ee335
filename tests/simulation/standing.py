"""Standing: all that a tracker holds of our tickets in the end, without ids and times, as plain lines to compare.

What is not named here as an id, a time or a history is compared: titles, texts, labels, priorities, comments, links.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

IDS = ("id", "self", "key", "html_url", "incident_number", "creator", "reporter")
TIMES = (
    "created",
    "updated",
    "resolutiondate",
    "created_at",
    "updated_at",
    "resolved_at",
    "last_status_change_at",
    "at",
    "timestamp",
)
HISTORY = ("changelog", "log_entries", "first_trigger_log_entry", "former_keys", "9 history")
"""How it came to be so: what the trackers note by themselves, and what a page tells of its life so far."""
LEFT_OUT = frozenset((*IDS, *TIMES, *HISTORY))
_NORMALISED = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "TIME"),
    (re.compile(r"\(([^()]+ left|expired [^()]+ ago) at TIME\)"), "(LEFT)"),
    (re.compile(r"\b(\d+ d )?\d+ h to spare"), "SPAN to spare"),
    (re.compile(r"in at least \d+ looks"), "in at least SO MANY looks"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"\[#\d+\]"), "[#]"),
    (re.compile(r"\b[A-Z]+-\d+\b"), "KEY"),
    (re.compile(r"\bQ\d{13}\b"), "KEY"),
)


def standing(tickets: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """One line for each ticket, in an order of their own."""
    return tuple(sorted(json.dumps(_plain(ticket), sort_keys=True, ensure_ascii=False) for ticket in tickets))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items() if name not in LEFT_OUT}
    if isinstance(value, str):
        return _without_times(value)
    if isinstance(value, Sequence):
        return [_plain(inner) for inner in value]
    return value


def _without_times(text: str) -> str:
    for pattern, instead in _NORMALISED:
        text = pattern.sub(instead, text)
    return text
