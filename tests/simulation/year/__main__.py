"""`python -m tests.simulation.year [--certificates N] [--days D] [--tracker local|pagerduty|jira] [--seed S]`.

Prints what was done and how long it took; exit 1 when anything is not as the truth says.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.simulation.running import MEMORY, seldom_collected
from tests.simulation.year.checks import quiet_passes, wrong
from tests.simulation.year.queues import TRACKERS
from tests.simulation.year.renewals import START
from tests.simulation.year.running import Year, run

MOST_SHOWN = 20


def main(arguments: list[str]) -> int:
    """Runs what is asked for."""
    wanted = _parser().parse_args(arguments)
    seldom_collected()
    ends = START + timedelta(days=wanted.days)
    with tempfile.TemporaryDirectory(dir=wanted.folder or (MEMORY if MEMORY.is_dir() else None)) as folder:
        path = Path(folder)
        year = run(
            path, wanted.tracker, certificates=wanted.certificates, days=wanted.days, seed=wanted.seed, told=_Bar()
        )
        print(file=sys.stderr)
        found = wrong(year, path, ends)
    print("\n".join(found[:MOST_SHOWN]))
    print(_told(year, len(quiet_passes(year, ends))), f"{len(found)} wrong")
    return 1 if found else 0


def _told(year: Year, quiet: int) -> str:
    records = [record for record, _ in year.history]
    rows = sum(sum(one.rows.values()) for one in year.passes)
    return (
        f"{len(year.passes)} passes, {quiet} of them quiet, in {year.seconds:.1f} s"
        f" ({1000 * year.seconds / len(year.passes):.2f} ms each); {rows} rows written,"
        f" {sum(one.calls for one in year.passes)} calls that ask for a change;"
        f" {len(records)} incidents, {sum(record.active for record in records)} still open;"
    )


class _Bar:
    """Progress on stderr."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def __call__(self, done: int, total: int) -> None:
        if done % 24 and done != total:
            return
        seconds = time.perf_counter() - self._began
        bar = "#" * (30 * done // total)
        print(f"\r[{bar:<30}] {done}/{total} passes, {seconds:.0f} s", end="", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.year", description="A year, hour by hour.")
    parser.add_argument("--certificates", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--tracker", choices=TRACKERS, default="local")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the state is kept; without it, in memory")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
