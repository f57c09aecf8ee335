"""Phrases: instants, spans, lists and numbers in words."""

from datetime import timedelta

import pytest

from incidentd.planning.phrases import ago, counted, listed, rfc3339
from tests.policy.builders import START


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=8, hours=23, minutes=59), "8 d 23 h"),
        (timedelta(hours=23, minutes=5, seconds=59), "23 h 5 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(seconds=59, milliseconds=999), "59 s"),
        (timedelta(), "0 s"),
    ],
)
def test_spans_are_floored(span: timedelta, words: str) -> None:
    """Said at a moment, never kept."""
    assert ago(span) == words


def test_phrases_of_lists_and_numbers() -> None:
    """The same everywhere."""
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert listed(["a"], 2, 7) == "a and 6 more"
    assert listed([], 2) == ""
    assert (counted(1, "box", "boxes"), counted(2, "box", "boxes"), counted(0, "place")) == (
        "1 box",
        "2 boxes",
        "0 places",
    )
    assert rfc3339(START + timedelta(microseconds=5)) == "2026-11-01T12:00:00.000005Z"
