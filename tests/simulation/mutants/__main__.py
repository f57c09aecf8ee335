"""`python -m tests.simulation.mutants [NAME...] [--clean | --everywhere | --search N] [--seed S] [--jobs J]`.

Tries the detectors of all mutants, or of the named ones, and prints which invariants caught them. Exit 1 when one
survives, or is caught otherwise than is written down; with --clean, when anything is violated without any mutant.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from tests.simulation.invariants import Invariant
from tests.simulation.mutants.catalogue import CATALOGUE
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.nursery import Found, in_children, tried
from tests.simulation.mutants.searching import search
from tests.simulation.mutants.table import Tries, as_text


def main(arguments: list[str]) -> int:
    """Does what is asked for."""
    wanted = _parser().parse_args(arguments)
    unknown = {*wanted.names} - {mutant.name for mutant in CATALOGUE}
    if unknown:
        _parser().error(f"no such mutant: {', '.join(sorted(unknown))}")
    mutants = [mutant for mutant in CATALOGUE if not wanted.names or mutant.name in wanted.names]
    if wanted.search:
        return search(mutants, range(wanted.seed, wanted.seed + wanted.search), wanted.jobs)
    if wanted.everywhere:
        return _told_everywhere(mutants, wanted.jobs)
    tries = _unmutated(mutants, wanted.jobs) if wanted.clean else _planted(mutants, wanted.jobs)
    print(as_text(tries, expect_nothing=wanted.clean))
    return int(any(found.violated != (() if wanted.clean else mutant.caught_by) for mutant, found in tries))


def _planted(mutants: Sequence[Mutant], jobs: int) -> Tries:
    done = dict(in_children(_with_itself, mutants, jobs))
    return [(mutant, done[mutant]) for mutant in mutants]


def _unmutated(mutants: Sequence[Mutant], jobs: int) -> Tries:
    shares = [tuple(mutants[start::jobs]) for start in range(jobs)]
    done = in_children(_without, shares, jobs)
    return [pair for share, found in done for pair in zip(share, found, strict=True)]


def _told_everywhere(mutants: Sequence[Mutant], jobs: int) -> int:
    """How often each invariant catches each mutant, with the detectors of all: whether one is alone in that, too."""
    for mutant, found in in_children(_with_all, mutants, jobs):
        caught = Counter(invariant for one in found for invariant in one.violated)
        counted = ", ".join(f"{invariant}: {caught[invariant]}" for invariant in Invariant if invariant in caught)
        print(f"{mutant.name}: {counted} of {len(found)}", flush=True)
    return 0


def _with_all(mutant: Mutant) -> list[Found]:
    return tried(mutant, CATALOGUE)


def _with_itself(mutant: Mutant) -> Found:
    return tried(mutant, (mutant,))[0]


def _without(mutants: Sequence[Mutant]) -> list[Found]:
    return tried(None, mutants)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description="Bugs, planted and found.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants; without any: all")
    parser.add_argument("--clean", action="store_true", help="try the detectors on the program as it is")
    parser.add_argument("--everywhere", action="store_true", help="try each mutant with the detectors of all")
    parser.add_argument("--search", type=int, default=0, metavar="N", help="look for detectors in N random schedules")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
