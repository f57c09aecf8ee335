"""`python -m tests.simulation.sweeps [--tracker T] [--scenario NAME] [--replicas 1|2] [--every K] [--jobs J]`.

Every step of every scenario with every misfortune. Failures are printed as tests to paste; exit 1 when there are any.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.simulation.drawing import TRACKERS
from tests.simulation.running import seldom_collected
from tests.simulation.scenarios import SCENARIOS, TWO_REPLICAS, named
from tests.simulation.shrinking import as_python
from tests.simulation.sweeping import Swept, sweep


@dataclass(frozen=True, slots=True)
class Task:
    """One scenario at one tracker."""

    scenario: str
    tracker: str
    replicas: int
    every: int

    def run(self) -> tuple[Task, Swept]:
        """It, swept."""
        return self, sweep(named(self.scenario), self.tracker, self.replicas, self.every)


def main(arguments: list[str]) -> int:
    """Sweeps what is asked for."""
    wanted = _parser().parse_args(arguments)
    seldom_collected()
    tasks, began = list(_tasks(wanted)), time.perf_counter()
    steps = points = lives = failed = 0
    for task, swept in _results(tasks, wanted.jobs):
        steps, points = steps + swept.steps, points + swept.points
        lives, failed = lives + len(swept.judged), failed + len(swept.failed)
        _tell(task, swept)
    seconds = time.perf_counter() - began
    print(
        f"{points} points ({steps} steps in {len(tasks)} scenarios; {lives} lives, for some points come to the same),"
        f" {failed} with violations, {seconds:.0f} s"
    )
    return 1 if failed else 0


def _tasks(wanted: argparse.Namespace) -> Iterator[Task]:
    for tracker in [wanted.tracker] if wanted.tracker else TRACKERS:
        for scenario in SCENARIOS:
            named_ones = wanted.scenario or _names()
            if tracker not in scenario.trackers or scenario.name not in named_ones:
                continue
            for replicas in (1, 2) if scenario.name in TWO_REPLICAS else (1,):
                if wanted.replicas in (None, replicas):
                    yield Task(scenario.name, tracker, replicas, wanted.every)


def _names() -> list[str]:
    return [scenario.name for scenario in SCENARIOS]


def _results(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, Swept]]:
    if jobs == 1:
        yield from map(Task.run, tasks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(Task.run, tasks)


def _tell(task: Task, swept: Swept) -> None:
    where = f"{task.tracker} {task.scenario}" + (f" with {task.replicas} replicas" if task.replicas > 1 else "")
    print(f"{where}: {swept.steps} steps, {swept.points} points, {len(swept.failed)} with violations", flush=True)
    for each in swept.failed:
        print(f"    {as_python(each.schedule)}")
        for complaint in each.complaints:
            print(f"    -> {complaint}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.sweeps", description="Every step, every fault.")
    parser.add_argument("--tracker", choices=TRACKERS)
    parser.add_argument("--scenario", choices=_names(), action="append", help="may be given several times")
    parser.add_argument("--replicas", type=int, choices=(1, 2))
    parser.add_argument("--every", type=int, default=1, help="only each so many steps")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
