"""Runs a schedule from an empty state to rest, and says what was violated. The same schedule gives the same trace."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import sys
import tempfile
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import structlog

from tests.simulation.canaries import shows_a_canary
from tests.simulation.invariants import Invariant, Violation
from tests.simulation.life import Life, Watch
from tests.simulation.resting import check_at_rest
from tests.simulation.schedule import Counted, Schedule
from tests.simulation.standing import standing
from tests.simulation.virtual import run_in_virtual_time

MEMORY = Path("/dev/shm")
OF_ANOTHER_LOOP = "sniffio"
"""httpx looks for it at each request in process. Where there is none, it is looked for once: never found, it would be
searched for on the disk each time."""
if find_spec(OF_ANOTHER_LOOP) is None:
    cast("dict[str, object]", sys.modules)[OF_ANOTHER_LOOP] = None


_COLLECTS = 20_000, 20, 100


def seldom_collected() -> None:
    """All that is imported stays: looking through it again and again costs a tenth of a life."""
    gc.freeze()
    gc.set_threshold(*_COLLECTS)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a life ended."""

    violations: tuple[Violation, ...]
    counts: Mapping[Counted, int]
    struck: int
    """How many of its faults came to pass."""
    seconds: float
    trace: tuple[str, ...]
    final: tuple[tuple[bool, str, int, tuple[str, ...]], ...]
    """The tickets as they are: open, title, severity, our comments without their numbers."""
    standing: tuple[str, ...]
    """All that the tracker holds of them, without ids and times, and wherever the life was lived."""

    @property
    def digest(self) -> str:
        """Of the trace, and of what is left in the end."""
        return hashlib.sha256("\n".join((*self.trace, repr(self.final), *self.standing)).encode()).hexdigest()


def run(schedule: Schedule, watch: Watch | None = None) -> Ended:
    """The whole life, in no time. `watch` is told of each step before it is made."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return run_in_virtual_time(_run(schedule, Path(folder), watch))


async def _run(schedule: Schedule, folder: Path, watch: Watch | None) -> Ended:
    loop = asyncio.get_running_loop()
    life = Life(schedule, folder, loop.time, watch)
    said: list[MutableMapping[str, Any]] = []
    structlog.configure(processors=[_keep(said)])
    try:
        await life.run()
    finally:
        structlog.reset_defaults()
    check_at_rest(life)
    _of_logs(life, said)
    _of_secrets(life, said)
    life.database.close()
    final = tuple((seen.open, seen.title, seen.rank, seen.said) for seen in life.actual.tickets())
    stands = tuple(line.replace(str(folder), "FOLDER") for line in standing(life.actual.documents()))
    return Ended(
        tuple(life.checks.violations),
        dict(life.counts),
        life.struck,
        life.seconds(),
        tuple(life.trace),
        final,
        stands,
    )


def _keep(said: list[MutableMapping[str, Any]]) -> Any:
    def keep(logger: object, name: str, event: MutableMapping[str, Any]) -> str:
        said.append({**event, "level": name})
        raise structlog.DropEvent

    return keep


def _of_logs(life: Life, said: list[MutableMapping[str, Any]]) -> None:
    for event in said:
        if event.get("event") == "internal error":
            life.checks.violated(Invariant.SOUND, str({**event}))


def _of_secrets(life: Life, said: list[MutableMapping[str, Any]]) -> None:
    stored = b"".join(path.read_bytes() for path in sorted(life.folder.glob("incidentd.db*")))
    for where, text in (
        ("the log", str(said)),
        ("the state", stored.decode("latin-1")),
        ("a ticket", life.actual.texts()),
    ):
        if shows_a_canary(text):
            life.checks.violated(Invariant.SECRETS, f"a secret stands in {where}")
