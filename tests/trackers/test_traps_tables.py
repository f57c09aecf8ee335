"""The tables of the trackers' traps: each row names tests, and each of them is there."""

import re
from pathlib import Path

import pytest

DEFINED = re.compile(r"def (test_\w+)\(")
TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("tracker", ("jira", "pagerduty"))
def test_every_trap_of_the_table_is_lived_through(tracker: str) -> None:
    """By a test of the tracker, of the sandbox, or by a story."""
    folders = (TESTS / "trackers", TESTS / "stories", TESTS / "sandbox")
    known = {name for folder in folders for path in folder.rglob("*.py") for name in DEFINED.findall(path.read_text())}
    table = (TESTS / "trackers" / tracker / "README.md").read_text().splitlines()
    named = [re.findall(r"`(test_\w+)`", row) for row in table if row.startswith("| ")][1:]
    assert len(named) > 30
    assert all(named)
    assert {name for names in named for name in names} <= known
