"""Mutant: one bug, as a value. What it changes, where, what finds it, and which invariants are violated then."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.simulation.invariants import Invariant
from tests.simulation.schedule import Schedule


class Trial(StrEnum):
    """How a schedule is tried."""

    ONCE = "once"
    TWICE = "twice"  # the second time everything must happen as it did the first time
    WITHOUT_FAULTS = "without faults"  # and once more without its faults: the end must be the same


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands exactly once in the module; `new` stands in its place."""

    name: str
    sentence: str
    """What the program does wrong."""
    module: str
    old: str
    new: str
    detector: Schedule
    caught_by: tuple[Invariant, ...]
    """Every invariant that is violated, in the order of their numbers."""
    trial: Trial = Trial.ONCE

    @property
    def alone(self) -> Invariant | None:
        """The invariant without which nobody would have noticed; None where several are violated."""
        return self.caught_by[0] if len(self.caught_by) == 1 else None

    def planted_in(self, source: str) -> str:
        """The module's text with the bug in it. Raises Drifted."""
        found = source.count(self.old)
        if found != 1:
            raise Drifted(f"{self.name}: {self.module} holds its old text {found} times, not once")
        return source.replace(self.old, self.new)


class Drifted(AssertionError):
    """The program has changed where the bug would have been planted: the mutant has to follow."""
