"""What the tests of real processes stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.fleet import Fleet, new_fleet
from tests.processes.ground import Ground, laid
from tests.processes.shifted_clock import ShiftedClock, compiled, compiler


@pytest.fixture(scope="session")
def clock_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that shifts the real-time clock of a process."""
    if compiler() is None:
        pytest.skip("there is no C compiler (cc): the clock of a real process cannot be shifted")
    return compiled(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def clock(clock_library: Path, tmp_path: Path) -> ShiftedClock:
    """The clock of all processes of a test."""
    return ShiftedClock(clock_library, tmp_path / "offset")


@pytest.fixture
def ground() -> Iterator[Ground]:
    """A PagerDuty and a Jira of this test alone."""
    with laid() as fresh:
        yield fresh


@pytest.fixture
def fleet(tmp_path: Path, ground: Ground, clock: ShiftedClock) -> Fleet:
    """One service with a due certificate for each tracker."""
    fresh = new_fleet(tmp_path / "site", ground, clock)
    fresh.add("pagerduty")
    fresh.add("jira")
    return fresh
