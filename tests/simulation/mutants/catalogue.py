"""The catalogue: every mutant there is. Adding one is one entry in the module that it belongs to."""

from __future__ import annotations

from tests.simulation.mutants import of_creating, of_judging, of_people, of_sending
from tests.simulation.mutants.mutant import Mutant

CATALOGUE: tuple[Mutant, ...] = (
    *of_creating.MUTANTS,
    *of_sending.MUTANTS,
    *of_judging.MUTANTS,
    *of_people.MUTANTS,
)
