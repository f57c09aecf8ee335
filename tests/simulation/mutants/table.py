"""The table: which invariant caught which mutant, and whether any other would have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.simulation.invariants import Invariant
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.nursery import Found

Tries = Sequence[tuple[Mutant, Found]]
_HEADER = ("mutant", "caught by", "alone", "seconds")


def as_text(tries: Tries, *, expect_nothing: bool = False) -> str:
    """For a terminal. `expect_nothing`: the mutants were not planted."""
    rows = [_HEADER, *(_row(mutant, found, () if expect_nothing else mutant.caught_by) for mutant, found in tries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    caught = sum(bool(found.violated) for _, found in tries)
    seconds = sum(found.seconds for _, found in tries)
    return "\n".join([*lines, f"{caught} of {len(tries)} caught, {seconds:.0f} s"])


def as_markdown(catalogue: Iterable[Mutant]) -> str:
    """For the README: as it is written down, which is how it must be found."""
    rows = (f"| `{one.name}` | {one.sentence} | {_named(one.caught_by)} |" for one in catalogue)
    return "\n".join(("| mutant | what it does wrong | caught by |", "|---|---|---|", *rows))


def _row(mutant: Mutant, found: Found, expected: Sequence[Invariant]) -> tuple[str, str, str, str]:
    caught = _named(found.violated) or "nothing"
    if found.violated != tuple(expected):
        caught += f" (expected: {_named(expected) or 'nothing'}; {'; '.join(found.texts)})"
    return mutant.name, caught, "alone" if len(found.violated) == 1 else "", f"{found.seconds:.2f}"


def _named(invariants: Iterable[Invariant]) -> str:
    return ", ".join(invariants)
