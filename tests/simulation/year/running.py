"""Running: the daemon's own whole passes, one an hour, on real SQLite, under a clock that waits for nobody."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Engine

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import Installation
from incidentd.daemon.passes import whole_pass
from incidentd.model.incident import Event, IncidentRecord
from incidentd.settings import load_settings
from incidentd.sources.interface import Source
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
class VirtualClock:
    """The loop's own time, which waits for nobody."""

    seconds: Callable[[], float]

    def now(self) -> datetime:
        """From the beginning of the year on."""
        return START + timedelta(microseconds=round(self.seconds() * 1_000_000))

    def monotonic(self) -> float:
        """Seconds of the loop."""
        return self.seconds()

    async def sleep(self, seconds: float) -> None:
        """Waits in no time."""
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
    clock = VirtualClock(asyncio.get_running_loop().time)
    queue = Queue(tracker, clock.now)
    year = Year(Fleet(certificates, START + timedelta(days=days), seed, clock.now), queue)
    async with settled_in(folder, queue, clock, year.fleet, seed) as installation:
        began = time.perf_counter()
        async for number, one in passes(installation, queue, days * 24):
            year.passes.append(one)
            if told is not None:
                told(number + 1, days * 24)
        year.seconds = time.perf_counter() - began
        year.history = installation.store.history()
    return year


@asynccontextmanager
async def settled_in(
    folder: Path, queue: Queue, clock: VirtualClock, source: Source, seed: int = 1
) -> AsyncIterator[Installation]:
    """The daemon's own installation on real SQLite, with one source and one queue."""
    chance = _Chance(random.Random(seed))
    transport = Transport(clock, chance, apps=queue.apps)
    world = World(clock, chance, _InLine(), None, transport)
    async with installed(load_settings(_configured(folder, queue), {}), world) as built:
        yield replace(built, sources={source.name: source})


async def passes(installation: Installation, queue: Queue, hours: int) -> AsyncIterator[tuple[int, Pass]]:
    """One whole pass an hour, from the beginning, each with its number."""
    clock, watch = installation.clock, ClockWatch(installation.clock)
    with written() as rows:
        for number in range(hours):
            at = START + number * HOUR  # the clock may read a microsecond more: its seconds are a float
            await clock.sleep((at - clock.now()).total_seconds())
            rows.clear()
            passed = await whole_pass(installation, watch, PATIENCE)
            yield number, Pass(at, dict(rows), queue.writes(), passed.problems)


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

    def count(_connection: Any, cursor: Any, _said: Any, _values: Any, context: Any, _many: Any) -> None:
        if context.isinsert or context.isupdate or context.isdelete:
            table = context.compiled.statement.table.name
            rows[table] = rows.get(table, 0) + max(cursor.rowcount, 0)

    event.listen(Engine, "after_cursor_execute", count)
    try:
        yield rows
    finally:
        event.remove(Engine, "after_cursor_execute", count)
