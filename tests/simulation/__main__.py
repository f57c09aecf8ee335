"""`python -m tests.simulation --schedules N --seed S [--tracker T] [--replicas 1|2] [--postgres] [--jobs J]`.

T: see drawing.ASKED. Runs many lives; the first failures are shrunk and printed as tests to paste. Exit 1 when
something was violated.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from tests.simulation.drawing import ASKED, drawn
from tests.simulation.running import run, seldom_collected
from tests.simulation.schedule import Counted, Schedule
from tests.simulation.shrinking import as_python, shrunk

MOST_SHOWN = 5
DIGITS = 16
_CHUNK = 25


@dataclass(frozen=True, slots=True)
class Result:
    """One life, in short."""

    seed: int
    steps: int
    struck: int
    violated: tuple[str, ...]
    digest: str


def one(seed: int, tracker: str | None, replicas: int | None, on_server: bool = False) -> Result:
    """The life of a seed."""
    ended = run(replace(drawn(seed, tracker, replicas), on_server=on_server))
    violated = tuple(f"{each.invariant}: {each.text}" for each in ended.violations)
    return Result(seed, ended.counts[Counted.ANY], ended.struck, violated, ended.digest)


def main(arguments: list[str]) -> int:
    """Runs what is asked for."""
    wanted = _parser().parse_args(arguments)
    seldom_collected()
    seeds = range(wanted.seed, wanted.seed + wanted.schedules)
    work = partial(one, tracker=wanted.tracker, replicas=wanted.replicas, on_server=wanted.postgres)
    began, steps, struck, failed, lives = time.perf_counter(), 0, 0, list[Result](), hashlib.sha256()
    for done, result in enumerate(_results(work, seeds, wanted.jobs), 1):
        steps, struck = steps + result.steps, struck + result.struck
        failed += [result] if result.violated else []
        lives.update(result.digest.encode())
        _show(done, len(seeds), began, len(failed))
    print(file=sys.stderr)
    for result in failed[:MOST_SHOWN]:
        _tell(result, replace(drawn(result.seed, wanted.tracker, wanted.replicas), on_server=wanted.postgres))
    for result in failed[MOST_SHOWN:]:
        print(f"seed {result.seed}: {'; '.join(result.violated)}")
    seconds = time.perf_counter() - began
    print(
        f"{len(seeds)} schedules, {steps} steps, {struck} faults, {len(failed)} with violations,"
        f" {seconds:.0f} s, {len(seeds) / seconds:.1f} a second, digest {lives.hexdigest()[:DIGITS]}"
    )
    return 1 if failed else 0


def _results(work: partial[Result], seeds: Iterable[int], jobs: int) -> Iterator[Result]:
    if jobs == 1:
        yield from map(work, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, seeds, chunksize=_CHUNK)


def _show(done: int, total: int, began: float, failed: int) -> None:
    if done % 20 and done != total:
        return
    rate = done / (time.perf_counter() - began)
    bar = "#" * (30 * done // total)
    print(f"\r[{bar:<30}] {done}/{total}  {rate:.1f}/s  {failed} violated", end="", file=sys.stderr, flush=True)


def _tell(result: Result, schedule: Schedule) -> None:
    wanted = {text.split(":")[0] for text in result.violated}
    smallest = shrunk(schedule, lambda each: bool(wanted & {str(v.invariant) for v in run(each).violations}))
    print(f"seed {result.seed}: {'; '.join(result.violated)}\n    {as_python(smallest)}")
    for each in run(smallest).violations:
        print(f"    -> {each.invariant}: {each.text} (at {each.at_seconds:.0f} s)")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Lives under every fault.")
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tracker", choices=ASKED)
    parser.add_argument("--replicas", type=int, choices=(1, 2))
    parser.add_argument("--postgres", action="store_true", help="the state on a server")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
