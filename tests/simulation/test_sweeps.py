"""Sweeps: every step of every scenario with every misfortune, and that the way they are lived is sound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.apart import run_apart
from tests.simulation.branching import branched
from tests.simulation.running import Ended, run
from tests.simulation.scenarios import SCENARIOS, named
from tests.simulation.schedule import Fault, Misfortune, Schedule

SWEEPS = "tests.simulation.sweeps"


def digest(schedule: Schedule, ended: Ended) -> tuple[Schedule, str, tuple[str, ...]]:
    """What is compared of a life; the trace tells every step and its time."""
    return schedule, ended.digest, ended.standing


@pytest.mark.parametrize("replicas", (1, 2))
def test_a_branch_lives_as_a_life_of_its_own_would(replicas: int) -> None:
    """Steps before, in the middle of and after the opening: the same trace, to the letter."""
    schedule = named("open").at("pagerduty", replicas)
    tried = (Misfortune.CRASH_AFTER, Misfortune.ANSWER_LOST, Misfortune.PAUSE_900)
    lived = branched(schedule, dict.fromkeys((1, 2, 20, 50), tried), digest)
    alone = [replace(schedule, faults=(Fault(nth, each),)) for nth in (1, 2, 20, 50) for each in tried]
    assert sorted(lived, key=lambda one: repr(one[0])) == sorted(
        (digest(each, run(each)) for each in alone), key=lambda one: repr(one[0])
    )


def test_what_goes_wrong_in_a_branch_is_told() -> None:
    """An error there is an error here, with the schedule to paste."""

    def stumbles(schedule: Schedule, ended: Ended) -> None:
        raise ValueError("it stumbled")

    with pytest.raises(AssertionError, match=r"Schedule\(.*CRASH_AFTER[\s\S]*it stumbled"):
        branched(named("open").at("jira"), {20: (Misfortune.CRASH_AFTER,)}, stumbles)


@pytest.mark.parametrize("tracker", ("jira", "pagerduty"))
def test_every_scenario_does_what_it_is_for(tracker: str) -> None:
    """Without misfortune nothing is violated; and the states in which they end are told apart."""
    ends = {each.name: run(each.at(tracker)) for each in SCENARIOS if tracker in each.trackers}
    assert all(not ended.violations for ended in ends.values())
    assert not any(ticket[0] for ticket in ends["close"].final)
    assert [ticket[2] for ticket in ends["error"].final if ticket[0]] == [2]
    assert [ticket[2] for ticket in ends["critical"].final if ticket[0]] == [3]
    assert [ticket[0] for ticket in ends["reopen"].final][-1]
    assert [ticket[0] for ticket in ends["person"].final][-1]
    assert [ticket[0] for ticket in ends["machine"].final][-1]


WHOLE = ("open", "update", "error", "critical", "expired", "close", "reopen")
"""The life of an incident: each of its steps is tried in each run."""
BESIDE = tuple(each.name for each in SCENARIOS if "pagerduty" in each.trackers and each.name not in WHOLE)
OTHERS = [argument for scenario in BESIDE for argument in ("--scenario", scenario)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", WHOLE)
def test_no_single_misfortune_changes_the_life_of_an_incident(scenario: str) -> None:
    """In PagerDuty, whole: each step with each misfortune; Jira is swept whole by hand."""
    said = run_apart(SWEEPS, ("--tracker", "pagerduty", "--replicas", "1", "--scenario", scenario), 280.0)
    assert points_of(said) > 120


@pytest.mark.timeout(300)
@pytest.mark.parametrize("which", (("--replicas", "1", *OTHERS), ("--replicas", "2")), ids=("beside it", "two at work"))
def test_no_single_misfortune_changes_what_is_sampled(which: tuple[str, ...]) -> None:
    """Every twelfth step of the other scenarios, and of those with two processes; by hand all are swept whole."""
    assert points_of(run_apart(SWEEPS, ("--tracker", "pagerduty", "--every", "12", *which), 280.0)) > 40


@pytest.mark.timeout(300)
def test_no_single_misfortune_in_a_sample_of_all_scenarios_in_jira() -> None:
    """Every 120th step of every scenario, with one replica and with two."""
    assert points_of(run_apart(SWEEPS, ("--tracker", "jira", "--every", "120"), 280.0)) > 35


def points_of(said: str) -> int:
    """The last line begins with their number."""
    print(said)
    return int(said.splitlines()[-1].split(" points ")[0])
