"""One process of incidentd: the product's own loop on ports of ours. Each use of a port is a step, and may go wrong.

A killed process does nothing any more, not even what stands in its `finally`; a paused one stands still at its next
step until it wakes, and knows nothing of the time in between.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

from incidentd.daemon.installation import Installation
from incidentd.daemon.loop import Loop
from incidentd.daemon.status import status_of
from incidentd.errors import StoreError
from incidentd.model.observation import GapReason
from incidentd.ports import ProbeAnswer, ProbeRequest, Refusal
from incidentd.transport import Transport
from incidentd.wiring import World, installed
from tests.simulation.disk import commits, full_disk
from tests.simulation.doors import door
from tests.simulation.issuing import START
from tests.simulation.schedule import Counted, Misfortune, Step

if TYPE_CHECKING:
    from tests.simulation.life import Life

T = TypeVar("T")
TICK_SECONDS = 60.0
AHEAD = timedelta(days=400)
BACK = timedelta(hours=-2)
SHIFTED_SECONDS = 1200.0
WAKING_SECONDS = 0.001
"""Within this time all tasks of a process that was paused run again; which of them first is chance."""


_OF_TRANSACTIONS = (Misfortune.NOT_DONE, Misfortune.ANSWER_LOST, Misfortune.DISK_FULL)
"""What cannot befall the giving back of a connection: nothing is locked, written or committed by it."""


class Killed(BaseException):
    """The process is gone: no error that anybody handles."""


@dataclass
class Process:
    """One generation of one replica."""

    life: Life
    name: str
    chance: random.Random
    dead: bool = False
    asleep_until: float = 0.0
    shift: timedelta = timedelta()
    shifted_until: float = 0.0
    began_behind: bool = False
    installation: Installation | None = None
    died: asyncio.Event = field(default_factory=asyncio.Event)
    loop: Loop | None = None

    # What its life is

    async def live(self) -> None:
        """Until it is stopped in order. Raises Killed."""
        clock = ProcessClock(self)
        apps = {origin: door(self, frame) for origin, frame in self.life.frames.items()}
        transport = Transport(clock, ProcessChance(self.chance), apps=apps)
        world = World(clock, ProcessChance(self.chance), ProcessWorker(self), ProcessNetwork(self), transport)
        async with installed(self.life.loaded, world) as installation:
            self.installation = installation
            self.loop = Loop(installation, status_of(installation, own_tracker=True), TICK_SECONDS)
            await self.loop.run()

    def stop(self) -> None:
        """SIGTERM."""
        if self.loop is not None:
            self.loop.stop()

    # What may happen to it

    def die(self) -> None:
        """SIGKILL, now."""
        self.dead = True
        self.died.set()
        raise Killed(self.name)

    def sleep_for(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT later."""
        self.asleep_until = max(self.asleep_until, self.life.seconds() + seconds)

    def shift_clock(self, by: timedelta) -> None:
        """Its wall clock is wrong for a while; not from the start, which nobody could tell but a tracker."""
        if self.loop is None:
            return
        self.shift, self.shifted_until = by, self.life.seconds() + SHIFTED_SECONDS

    def begin_behind(self) -> None:
        """Its wall clock is a little behind from the start: so little that no tracker's clock tells."""
        self.shift, self.shifted_until = BACK, self.life.seconds() + SHIFTED_SECONDS
        self.began_behind = True

    async def awake(self) -> None:
        """Returns once it runs. Raises Killed if it never will."""
        while not self.dead and self.life.seconds() < self.asleep_until:
            late = self.life.chance.random() * WAKING_SECONDS
            await asyncio.sleep(self.asleep_until - self.life.seconds() + late)  # noqa: TID251 - virtual time
        if self.dead:
            raise Killed(self.name)

    def strike(self, misfortune: Misfortune | None) -> None:
        """What befalls the process itself before a step."""
        match misfortune:
            case Misfortune.CRASH_BEFORE:
                self.die()
            case Misfortune.CLOCK_AHEAD:
                self.shift_clock(AHEAD)
            case Misfortune.CLOCK_BACK:
                self.shift_clock(BACK)
            case _:
                pass

    def strike_after(self, misfortune: Misfortune | None) -> None:
        """What befalls it after the step."""
        match misfortune:
            case Misfortune.CRASH_AFTER:
                self.die()
            case Misfortune.PAUSE_60:
                self.sleep_for(60)
            case Misfortune.PAUSE_900:
                self.sleep_for(900)
            case _:
                pass


@dataclass(frozen=True, slots=True)
class ProcessClock:
    """Virtual time, as this process sees it."""

    process: Process

    def now(self) -> datetime:
        """Wall time, which may be wrong."""
        seconds = self.process.life.seconds()
        shift = self.process.shift if seconds < self.process.shifted_until else timedelta()
        return START + timedelta(microseconds=round(seconds * 1_000_000)) + shift

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self.process.life.seconds()

    async def sleep(self, seconds: float) -> None:
        """Waits; longer where the process is paused meanwhile."""
        await asyncio.sleep(seconds)  # noqa: TID251 - virtual time
        await self.process.awake()


@dataclass(frozen=True, slots=True)
class ProcessChance:
    """Chance from the schedule's seed."""

    chance: random.Random

    def fraction(self) -> float:
        """Uniform in [0, 1)."""
        return self.chance.random()

    def token(self) -> str:
        """16 hex digits."""
        return f"{self.chance.getrandbits(64):016x}"


@dataclass(frozen=True, slots=True)
class ProcessWorker:
    """What blocks runs in line: one step each."""

    process: Process

    async def run(self, work: Callable[[], T]) -> T:
        """As a thread would."""
        process = self.process
        await process.awake()
        if process.installation is not None and work == process.installation.store.heard:
            return cast(T, False)  # word from a server comes when it likes
        misfortune = process.life.step(process, Step.STATE, _name(work))
        if process.installation is not None and work == process.installation.store.close:
            misfortune = None if misfortune in _OF_TRANSACTIONS else misfortune
        process.strike(misfortune)
        if misfortune is Misfortune.NOT_DONE:
            raise StoreError("the database is locked by another process")
        done = self._done(work, misfortune)
        process.strike_after(misfortune)
        await process.awake()
        if misfortune is Misfortune.ANSWER_LOST:
            raise StoreError("the connection to the database went away at its commit")
        return done

    def _done(self, work: Callable[[], T], misfortune: Misfortune | None) -> T:
        life, commits_before = self.process.life, commits()
        before = life.checks.ledger_of_others(self.process)
        with full_disk(misfortune is Misfortune.DISK_FULL):
            done = work()
        if before is not None:
            life.checks.at_state_step(self.process, before)
        if commits() > commits_before:
            life.wrote.add(life.counts[Counted.ANY])
        return done


@dataclass(frozen=True, slots=True)
class ProcessNetwork:
    """The fleet, as this process sees it."""

    process: Process

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Targets are literal addresses."""
        return await self._step(f"resolve {host}", lambda lost: (host,))

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        """One handshake. Each server has one type of key, which is no step of its own: schedules count steps."""
        if request.key_type is not None:
            return ProbeAnswer((), GapReason.NO_CERTIFICATE, "no such key", Refusal.NOTHING_FITS)
        fleet, behind = self.process.life.fleet, self.process.began_behind
        return await self._step(
            f"probe {request.address}", lambda lost: fleet.look(request, misfortune=lost, behind=behind)
        )

    async def _step(self, what: str, work: Callable[[bool], T]) -> T:
        process = self.process
        await process.awake()
        misfortune = process.life.step(process, Step.LOOK, what)
        process.strike(misfortune)
        done = work(misfortune in (Misfortune.NOT_DONE, Misfortune.ANSWER_LOST))
        process.strike_after(misfortune)
        await process.awake()
        return done


def _name(work: Callable[[], Any]) -> str:
    inner = getattr(work, "func", work)
    return str(getattr(inner, "__qualname__", type(inner).__name__))
