"""Random schedules: what must hold holds, and the same seed tells the same story."""

from __future__ import annotations

import pytest

from tests.simulation.__main__ import DIGITS
from tests.simulation.apart import run_apart
from tests.simulation.drawing import TRACKERS, drawn
from tests.simulation.running import run
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.shrinking import as_python

AT_ONCE = 500
CHUNKS = 2


@pytest.mark.timeout(400)  # a failure is shrunk first; all goes well in a third of that
@pytest.mark.parametrize("tracker", TRACKERS)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nothing_is_violated_in_random_lives(tracker: str, chunk: int) -> None:
    """Every invariant, at every step of the same lives each time; many more are lived by hand."""
    first = 1 + chunk * AT_ONCE
    said = run_apart(
        "tests.simulation", ("--schedules", f"{AT_ONCE}", "--seed", f"{first}", "--tracker", tracker), 380.0
    )
    assert f"{AT_ONCE} schedules" in said
    assert " 0 with violations" in said


@pytest.mark.parametrize("seed", (4, 11, 23))
def test_nothing_is_violated_on_data_center(seed: int) -> None:
    """The same tracker in its other dialect, whose index is believed with more care: a few of the lives."""
    assert run(drawn(seed, "datacenter")).violations == ()


@pytest.mark.parametrize("seed", (3, 5, 12))
def test_the_same_seed_gives_the_same_trace(seed: int) -> None:
    """Invariant 13: nothing but the seed decides."""
    assert run(drawn(seed)).digest == run(drawn(seed)).digest


def test_the_same_seeds_give_the_same_lives_in_every_process() -> None:
    """Nor the chance of a process: its keys, its hashes, the name of its folder. What fails once fails again."""
    asked = ("--schedules", "12", "--seed", "6")
    first, second = (run_apart("tests.simulation", asked).rpartition("digest ")[2] for _ in range(2))
    assert len(first.strip()) == DIGITS
    assert first == second


def test_a_schedule_is_printed_as_what_makes_it_again() -> None:
    """What fails is pasted into a test as it is."""
    from tests.simulation import schedule

    swept = (scenario.at(tracker) for scenario in SCENARIOS for tracker in TRACKERS if tracker in scenario.trackers)
    for each in (*map(drawn, range(200)), *swept):
        assert eval(as_python(each), vars(schedule)) == each  # noqa: S307 - our own literal
