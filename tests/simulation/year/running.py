"""Running: the daemon's own whole passes, one an hour, on real SQLite, under a clock that waits for nobody."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Engine

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.passes import whole_pass
from incidentd.model.incident import Event, IncidentRecord
from incidentd.settings import load_settings
from incidentd.transport import Transport
from incidentd.wiring import World, installed
from tests.simulation.virtual import run_in_virtual_time
from tests.simulation.year.fleet import Fleet
from tests.simulation.year.queues import Queue
from tests.simulation.year.renewals import AUTOMATION, HOUR, START

T = TypeVar("T")
PATIENCE = timedelta(minutes=5)
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass wrote: rows by table, and calls to the tracker that ask for a change."""

    at: datetime
    rows: Mapping[str, int]
    calls: int
    problems: tuple[str, ...]


@dataclass
class Year:
    """What there is at the end."""

    fleet: Fleet
    queue: Queue
    passes: list[Pass] = field(default_factory=list)
    history: tuple[tuple[IncidentRecord, tuple[Event, ...]], ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Clock:
    seconds: Callable[[], float]

    def now(self) -> datetime:
        return START + timedelta(microseconds=round(self.seconds() * 1_000_000))

    def monotonic(self) -> float:
        return self.seconds()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # noqa: TID251 - virtual time


@dataclass(frozen=True, slots=True)
class _Chance:
    chance: random.Random

    def fraction(self) -> float:
        return self.chance.random()

    def token(self) -> str:
        return f"{self.chance.getrandbits(64):016x}"


class _InLine:
    async def run(self, work: Callable[[], T]) -> T:
        return work()


def run(folder: Path, tracker: str, *, certificates: int, days: int, seed: int = 1, told: Told | None = None) -> Year:
    """So many days, from an empty state."""
    return run_in_virtual_time(_run(folder, tracker, certificates, days, seed, told))


async def _run(folder: Path, tracker: str, certificates: int, days: int, seed: int, told: Told | None) -> Year:
    clock = _Clock(asyncio.get_running_loop().time)
    queue = Queue(tracker, clock.now)
    year = Year(Fleet(certificates, START + timedelta(days=days), seed, clock.now), queue)
    chance = _Chance(random.Random(seed))
    transport = Transport(clock, chance, apps=queue.apps)
    world = World(clock, chance, _InLine(), None, transport)
    async with installed(load_settings(_configured(folder, queue), {}), world) as built:
        installation = replace(built, sources={year.fleet.name: year.fleet})
        watch, began = ClockWatch(clock), time.perf_counter()
        for number in range(days * 24):
            await asyncio.sleep((START + number * HOUR - clock.now()).total_seconds())  # noqa: TID251 - virtual time
            at = clock.now()
            with written() as rows:
                passed = await whole_pass(installation, watch, PATIENCE)
            year.passes.append(Pass(at, rows, queue.writes(), passed.problems))
            if told is not None:
                told(number + 1, days * 24)
        year.seconds = time.perf_counter() - began
        year.history = installation.store.history()
    return year


def _configured(folder: Path, queue: Queue) -> Path:
    path = folder / "incidentd.yaml"
    path.write_text(
        json.dumps(
            {
                "state": {"url": f"sqlite:///{folder}/incidentd.db"},
                "policy": {"automated": [{"issuer": AUTOMATION}]},
                "sources": {"edge": {"kind": "tls", "targets": ["h0.example.test"]}},
                **({"trackers": {"queue": queue.settings}}),
            }
        )
    )
    path.chmod(0o600)
    return path


@contextmanager
def written() -> Iterator[dict[str, int]]:
    """Rows written inside, by table."""
    rows: dict[str, int] = {}

    def count(_connection: Any, statement: Any, _many: Any, _one: Any, _options: Any, result: Any) -> None:
        if getattr(statement, "is_dml", False) and not statement.is_select:
            rows[statement.table.name] = rows.get(statement.table.name, 0) + max(result.rowcount, 0)

    event.listen(Engine, "after_execute", count)
    try:
        yield rows
    finally:
        event.remove(Engine, "after_execute", count)
