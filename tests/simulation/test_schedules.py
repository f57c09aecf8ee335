"""Random schedules: what must hold holds, and the same seed tells the same story."""

from __future__ import annotations

import pytest

from tests.simulation.drawing import drawn
from tests.simulation.running import run
from tests.simulation.shrinking import as_python


@pytest.mark.parametrize("seed", (3, 5, 12))
def test_the_same_seed_gives_the_same_trace(seed: int) -> None:
    """Invariant 13: nothing but the seed decides."""
    assert run(drawn(seed)).digest == run(drawn(seed)).digest


def test_a_schedule_is_printed_as_what_makes_it_again() -> None:
    """What fails is pasted into a test as it is."""
    from tests.simulation import schedule

    for seed in range(200):
        assert eval(as_python(drawn(seed)), vars(schedule)) == drawn(seed)  # noqa: S307 - our own literal
