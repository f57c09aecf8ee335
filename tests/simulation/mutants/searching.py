"""Searching: random schedules with a mutant planted, until one finds it; shrunk to what is pasted as its detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from tests.simulation.drawing import drawn
from tests.simulation.invariants import Invariant
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.nursery import in_children, tried
from tests.simulation.mutants.planting import plant
from tests.simulation.schedule import Schedule
from tests.simulation.shrinking import as_python, shrunk

MOST_SHOWN = 3
Candidate = tuple[Schedule, tuple[Invariant, ...]]


def search(mutants: Sequence[Mutant], seeds: range, jobs: int) -> int:
    """Prints detectors for each mutant: schedules that find it, and with which the unmutated program is at peace."""
    for mutant, candidates in in_children(partial(_candidates, seeds=seeds), mutants, jobs):
        print(f"{mutant.name}: {len(candidates)} found")
        for schedule, violated in candidates:
            [(_, [found])] = in_children(partial(tried, None), [[replace(mutant, detector=schedule)]])
            said = f"but unmutated too: {found.texts}" if found.violated else ", ".join(violated)
            print(f"    {as_python(schedule)}\n    -> {said}", flush=True)
    return 0


def _candidates(mutant: Mutant, seeds: range) -> list[Candidate]:
    """In a child: the first few that find it."""
    plant(mutant)
    found: list[Candidate] = []
    for candidate in _finding(mutant, seeds):
        found.append(candidate)
        if len(found) == MOST_SHOWN:
            break
    return found


def _finding(mutant: Mutant, seeds: range) -> Iterator[Candidate]:
    from tests.simulation.mutants.trying import violations_of

    def violated(schedule: Schedule) -> tuple[Invariant, ...]:
        return tuple(one.invariant for one in violations_of(schedule, mutant.trial))

    wanted = set(mutant.caught_by)
    for seed in seeds:
        schedule = drawn(seed, mutant.detector.tracker, mutant.detector.replicas)
        if wanted & set(violated(schedule)):
            smallest = shrunk(schedule, lambda each: bool(wanted & set(violated(each))))
            yield smallest, violated(smallest)
