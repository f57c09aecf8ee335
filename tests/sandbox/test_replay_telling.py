"""The telling fits the terminal, takes about a minute for a reader, and says nothing that a ticket does not."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from incidentd.sandbox.replay.playing import replayed
from incidentd.sandbox.replay.telling import WIDEST, Telling


class CountedWaits:
    """A clock on which waiting takes no time, and is added up."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """The start, and what was waited."""
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        """What was waited."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Adds up."""
        self.seconds += seconds


def console(width: int) -> Console:
    """One that nobody looks at."""
    return Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)


async def test_a_reader_has_about_a_minute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pauses of the whole story, added up; each fact of both ends stands in what was told."""
    clock = CountedWaits()
    async with replayed(tmp_path, Telling(console(80), clock)) as (happened, prevented):
        assert happened.scene.pagerduty.open_incidents() != []
        assert prevented.scene.pagerduty.open_incidents() == []
    assert 40 <= clock.seconds <= 80
    told = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert told.count("PagerDuty #1 open warning renewed, not deployed 0/3 deployed") == 1
    assert told.count("open critical expired, and served 0/3 deployed") == 1 + 2 + 3
    assert "8 d 9 h to spare" in told


@pytest.mark.parametrize("width", [20, 80, 400])
def test_words_wrap_at_the_width_of_the_terminal(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    """No line is wider than the terminal or an eye likes; below 40 columns it is the terminal that wraps."""
    Telling(console(width)).paragraph("word " * 100, "  Label")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= min(max(width, 40), WIDEST)
    assert lines[0].startswith("  Label      word")
    assert all(line.startswith(" " * 13 + "word") for line in lines[1:])
    assert sum(line.count("word") for line in lines) == 100
