"""Trying: a schedule lived through once, or twice, and all that was violated by it."""

from __future__ import annotations

from typing import assert_never

from tests.simulation.invariants import Invariant, Violation
from tests.simulation.mutants.mutant import Trial
from tests.simulation.running import Ended, run
from tests.simulation.schedule import Schedule


def violations_of(schedule: Schedule, trial: Trial) -> tuple[Violation, ...]:
    """Of its life, and of the second one where the trial asks for it."""
    ended = run(schedule)
    match trial:
        case Trial.ONCE:
            return ended.violations
        case Trial.TWICE:
            return (*ended.violations, *_replayed(ended, run(schedule)))
        case Trial.WITHOUT_FAULTS:
            return (*ended.violations, *_equivalent(ended, run(schedule.without_faults())))
        case never:
            assert_never(never)


def _replayed(first: Ended, second: Ended) -> tuple[Violation, ...]:
    if first.digest == second.digest:
        return ()
    return (Violation(Invariant.REPLAY, "the same schedule gave two traces", second.seconds),)


def _equivalent(faulty: Ended, faultless: Ended) -> tuple[Violation, ...]:
    if faulty.final == faultless.final:
        return ()
    return (Violation(Invariant.EQUIVALENCE, f"{faulty.final}, and without faults {faultless.final}", faulty.seconds),)
