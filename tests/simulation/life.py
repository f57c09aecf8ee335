"""One life: a fleet, a tracker, one state, one or two replicas, what a schedule does to them, and the rest after it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from incidentd.errors import IncidentdError
from incidentd.sandbox.frame import Frame
from incidentd.settings import Loaded, load_settings
from tests.simulation.actual import Actual
from tests.simulation.backups import Backups
from tests.simulation.checks import Checks
from tests.simulation.database import Database, FileDatabase
from tests.simulation.events import happen
from tests.simulation.fleet import ADDRESSES, APART_SECONDS, SWEEP_SECONDS, Fleet
from tests.simulation.invariants import Invariant
from tests.simulation.issuing import NAME, START, Issuer
from tests.simulation.ladder import Ladder
from tests.simulation.paging import Paging
from tests.simulation.process import Process
from tests.simulation.resting import come_to_rest
from tests.simulation.schedule import Counted, Misfortune, Schedule, Step
from tests.simulation.server import ServerDatabase
from tests.simulation.shelf import SHELF, Shelf
from tests.simulation.shelving import Shelving
from tests.simulation.together import frames_of, other_tracker, page
from tests.simulation.trackers import tracker_of

INSTANCE = "default"
OBSERVATIONS = 2
RESTART_SECONDS = (5.0, 60.0)

Watch = Callable[["Life", Process, Step], None]
"""Told of a step before it is made."""


@dataclass
class Life:
    """What stands on the stage."""

    schedule: Schedule
    folder: Path
    seconds: Callable[[], float]
    watch: Watch | None = None
    fleet: Fleet = field(init=False)
    actual: Actual = field(init=False)
    shelf: Shelf = field(init=False)
    ladder: Ladder = field(init=False)
    database: Database = field(init=False)
    backups: Backups = field(init=False)
    checks: Checks = field(init=False)
    shelving: Shelving = field(init=False)
    paging: Paging = field(init=False)
    loaded: Loaded = field(init=False)
    chance: random.Random = field(init=False)
    replicas: dict[int, Process] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    counts: dict[Counted, int] = field(default_factory=lambda: dict.fromkeys(Counted, 0))
    wrote: set[int] = field(default_factory=set)
    """The steps at which something was committed."""
    struck: int = 0
    last_struck_at: float = 0.0
    down_until: float = 0.0
    behind: set[int] = field(default_factory=set)
    """Replicas that will begin with a clock that is behind."""
    ended: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        schedule = self.schedule
        self.chance = random.Random(schedule.seed)
        issuer = Issuer(schedule.seed)
        old = issuer.certificate(schedule.ends_in_minutes)
        self.fleet = Fleet(issuer, old, ADDRESSES[: schedule.addresses], self.seconds)
        self.actual = tracker_of(schedule, self.now, self.fleet.old.fingerprint)
        self.shelf = Shelf(issuer, self.folder / "shelf", schedule.files, self.now)
        self.ladder = Ladder(START, self.fleet.old.certificate.not_valid_after_utc)
        self.database = ServerDatabase(self.now) if schedule.on_server else FileDatabase(self.folder)
        self.backups = Backups(self)
        self.checks = Checks(self)
        self.shelving = Shelving(self)
        self.paging = Paging(self)
        self.configure()

    def now(self) -> datetime:
        """True time."""
        return START + timedelta(microseconds=round(self.seconds() * 1_000_000))

    @property
    def begins(self) -> datetime:
        """The first instant."""
        return START

    def fleet_was_settled_after(self, seconds: float) -> bool:
        """Whether anything was deployed since: then it may have been closed and have come back."""
        moved = ("renew", "roll back", "misdeploy")
        return any(one.event in moved and one.minute * 60.0 >= seconds for one in self.schedule.happenings)

    @property
    def frames(self) -> Mapping[str, Frame]:
        """The applications by origin."""
        return frames_of(self.actual)

    def configure(self) -> None:
        """Writes and reads the configuration."""
        path = self.folder / "incidentd.yaml"
        path.write_text(json.dumps(self._settings()))
        path.chmod(0o600)
        self.loaded = load_settings(path, {})

    def _settings(self) -> Mapping[str, object]:
        targets = [{"host": address, "server_name": NAME} for address in self.fleet.addresses]
        return {
            "instance": INSTANCE,
            "state": {"url": self.database.url},
            "schedule": {"sweep_every": f"{SWEEP_SECONDS:.0f}s", "reconcile_every": f"{SWEEP_SECONDS:.0f}s"},
            "policy": {
                "close_after": {"observations": OBSERVATIONS, "apart": f"{APART_SECONDS:.0f}s"},
                "severities": [
                    {"severity": "warning", "at": "open"},
                    {"severity": "error", "at": "14d"},
                    {"severity": "critical", "at": "3d"},
                ],
            },
            "guard": {"open_per_hour": self.schedule.quota},
            "sources": {
                "edge": {"kind": "tls", "labels": {"env": "prod"}, "targets": targets},
                **({SHELF: {"kind": "files", "paths": [str(self.shelf.folder)]}} if self.shelf.files else {}),
            },
            "trackers": {"queue": self.actual.settings, **other_tracker(self.actual)},
            "routes": [{"tracker": "queue", **page(self.schedule)}],
        }

    # Steps

    def step(self, process: Process, kind: Step, what: str) -> Misfortune | None:
        """One more step; what goes wrong at it."""
        return self._struck(process, (Counted.ANY,), kind, what)

    def call(self, process: Process, frame: Frame, method: str, path: str, body: bytes) -> Misfortune | None:
        """One more request, on its way."""
        writes = frame.is_write(method, path)
        counted = (Counted.ANY, Counted.CALL, Counted.WRITE) if writes else (Counted.ANY, Counted.CALL)
        misfortune = self._struck(process, counted, Step.CALL, f"{method} {self.actual.plain(path)}")
        if misfortune not in (Misfortune.NOT_DONE, Misfortune.CRASH_BEFORE):
            self.checks.at_request(process, method, path, body, writes, misfortune)
        return misfortune

    def after_call(self, process: Process, frame: Frame) -> None:
        """The tracker has done what it was asked for."""
        self.checks.of_tickets()

    def _struck(self, process: Process, counted: tuple[Counted, ...], kind: Step, what: str) -> Misfortune | None:
        if self.watch is not None:
            self.watch(self, process, kind)
        struck = None
        for each in counted:
            self.counts[each] += 1
            for fault in self.schedule.faults:
                if fault.counted is each and fault.nth == self.counts[each]:
                    struck = fault.misfortune
        self.trace.append(
            f"{self.counts[Counted.ANY]} {self.seconds():.3f} {process.name} {kind} {what} {struck or ''}"
        )
        if struck is not None:
            self.struck += 1
            self.last_struck_at = self.seconds()
        return struck

    def later(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """A request that is still on its way when nobody waits for it any more."""

        async def arrive() -> None:
            await asyncio.sleep(seconds)  # noqa: TID251 - virtual time
            await work()
            self.checks.of_tickets()

        self._tasks.append(asyncio.create_task(arrive()))

    # Processes

    async def run(self) -> None:
        """The whole schedule, and then on until nothing has changed for a while."""
        for number in range(self.schedule.replicas):
            self._tasks.append(asyncio.create_task(self._keep_alive(number)))
        self._tasks.append(asyncio.create_task(self.backups.keep()))
        for happening in sorted(self.schedule.happenings, key=lambda one: one.minute):
            await self.until(happening.minute * 60.0)
            self.checks.of_tickets()  # what PagerDuty worked off by itself since: it may be changed by this very event
            self.trace.append(f"{self.seconds():.3f} {happening.event} {happening.place}")
            await happen(self, happening)
            self.checks.of_tickets()
        await come_to_rest(self)
        self.checks.of_tickets()
        self.ended = True
        for process in self.replicas.values():
            process.stop()
            process.asleep_until = 0.0
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def restart(self, number: int, behind: bool) -> None:
        """A replica ends in order, and begins anew; `behind`: with a wrong clock."""
        if behind:
            self.behind.add(number)
        if number in self.replicas:
            self.replicas[number].stop()

    async def until(self, seconds: float) -> None:
        """Returns at that second of the life."""
        await asyncio.sleep(max(seconds - self.seconds(), 0.0))  # noqa: TID251 - virtual time

    async def _keep_alive(self, number: int) -> None:
        """One replica, generation after generation, as a supervisor keeps it."""
        generation = 0
        while not self.ended:
            generation += 1
            seed = self.schedule.seed * 1000 + number * 100 + generation
            process = Process(self, f"r{number}.{generation}", random.Random(seed))
            self.replicas[number] = process
            if number in self.behind:
                self.behind.remove(number)
                process.begin_behind()
            await self._one_generation(process)
            first, last = RESTART_SECONDS
            await asyncio.sleep(first + self.chance.random() * (last - first))  # noqa: TID251 - virtual time

    async def _one_generation(self, process: Process) -> None:
        living = asyncio.create_task(process.live())
        dying = asyncio.create_task(process.died.wait())
        try:
            await asyncio.wait({living, dying}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            dying.cancel()
            if not living.done():
                process.dead = True
                living.cancel()
            ended = (await asyncio.gather(living, return_exceptions=True))[0]
            self._buried(process, ended)

    def _buried(self, process: Process, ended: BaseException | None) -> None:
        if process.installation is not None and process.dead:
            process.installation.store.close()
        refused = process.loop is None and isinstance(ended, IncidentdError)  # it says so and ends, as it should
        if ended is not None and not process.dead and not refused and not isinstance(ended, asyncio.CancelledError):
            self.checks.violated(Invariant.SOUND, f"{process.name} ended by itself: {ended!r}")

    def kill_all(self) -> None:
        """Every process dies, now."""
        for process in self.replicas.values():
            process.dead = True
            process.died.set()
            if process.installation is not None:
                process.installation.store.close()
