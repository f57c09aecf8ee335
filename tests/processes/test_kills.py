"""Killed at any moment, as a daemon or in a single pass: what the next process finds is enough to go on from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes.ground import Ground
from tests.processes.storm import brewed

ROUNDS = 4


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [20130222, 20130223])
def test_nothing_is_lost_doubled_or_closed_falsely_by_a_death(
    tmp_path: Path, ground: Ground, clock_library: Path, seed: int
) -> None:
    """A short storm; `python -m tests.processes.storm` makes a long one. Every third death is followed by another."""
    storm = brewed(tmp_path, ground, clock_library, seed)
    for number in range(ROUNDS):
        storm.round(number, cleans_up=number % 3 > 0)
    storm.round(ROUNDS)
