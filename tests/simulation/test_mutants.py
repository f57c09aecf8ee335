"""Mutants: each planted bug is found by its detector, by the invariants that are written down, and by nothing else."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.simulation.apart import run_apart
from tests.simulation.invariants import Invariant
from tests.simulation.mutants.catalogue import CATALOGUE
from tests.simulation.mutants.mutant import Drifted, Mutant
from tests.simulation.mutants.nursery import Found
from tests.simulation.mutants.table import as_markdown, as_text

LONG_SECONDS = 300.0
"""On two slow cores, beside everything else; a minute is enough on quiet ones."""
README = Path(__file__).with_name("README.md")


@pytest.mark.timeout(LONG_SECONDS + 20)
def test_each_mutant_is_caught_by_the_invariants_that_are_written_down() -> None:
    """One that survives is an invariant that is missing."""
    assert f"{len(CATALOGUE)} of {len(CATALOGUE)} caught" in run_apart("tests.simulation.mutants", (), LONG_SECONDS)


@pytest.mark.timeout(LONG_SECONDS + 20)
def test_no_detector_finds_anything_in_the_program_as_it_is() -> None:
    """What a detector finds is the mutant."""
    assert f"0 of {len(CATALOGUE)} caught" in run_apart("tests.simulation.mutants", ("--clean",), LONG_SECONDS)


@pytest.mark.parametrize("mutant", CATALOGUE, ids=lambda mutant: mutant.name)
def test_each_mutant_changes_one_place_of_the_program(mutant: Mutant) -> None:
    """The program may change there: then the mutant has to follow, and this says so at once."""
    found = find_spec(mutant.module)
    assert found is not None
    assert found.origin is not None
    source = Path(found.origin).read_text()
    assert mutant.planted_in(source) != source


def test_a_mutant_that_has_no_place_any_more_says_so() -> None:
    """It is not found by chance, as what is not there breaks nothing."""
    with pytest.raises(Drifted, match=f"{CATALOGUE[0].name}: .* 0 times, not once"):
        CATALOGUE[0].planted_in("nothing of the kind")


def test_a_survivor_is_told() -> None:
    """With what was expected of it."""
    text = as_text([(CATALOGUE[0], Found((), (), 0.1))])
    assert f"nothing (expected: {CATALOGUE[0].caught_by[0]}" in text
    assert "0 of 1 caught" in text


def test_there_are_enough_and_no_two_are_called_alike() -> None:
    """At least thirty (faults.md)."""
    assert len({mutant.name for mutant in CATALOGUE}) == len(CATALOGUE) >= 30


@pytest.mark.parametrize("invariant", Invariant)
def test_each_invariant_is_the_only_one_to_catch_some_mutant(invariant: Invariant) -> None:
    """Without it that bug would go unnoticed: none of them is idle."""
    assert any(mutant.alone is invariant for mutant in CATALOGUE)


def test_the_table_in_the_readme_is_the_catalogue() -> None:
    """Each mutant, what it does wrong, and what caught it."""
    assert as_markdown(CATALOGUE) in README.read_text()
