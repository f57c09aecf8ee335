"""The loop: sweeps each source at its interval, reconciles in between, ends when told. The only broad catch."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from incidentd.daemon.blindness import OwnSight
from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import StillHeld
from incidentd.daemon.passes import Reconciled, reconcile
from incidentd.daemon.rounds import count_unconfigured, others_decide_otherwise, sweep_in_turn
from incidentd.daemon.status import GIVE_ALL_THE_SAME, SWEEP_OF, Status
from incidentd.errors import IncidentdError
from incidentd.model.plan import Hold, Plan
from incidentd.planning.diff import REOPENS_WITHIN
from incidentd.planning.holding import grounds
from incidentd.planning.self_wording import told_of
from incidentd.sources.interface import Progress
from incidentd.store.interface import LeaseLost

T = TypeVar("T")
log = structlog.get_logger()

TICK_SECONDS = 0.5
LEASE_WAIT = timedelta(seconds=30)
RECONCILE = "reconcile"


class Loop:
    """Runs one installation until it is told to stop, which it looks for every `tick_seconds`."""

    def __init__(self, installation: Installation, status: Status, tick_seconds: float = TICK_SECONDS) -> None:
        self._installation = installation
        self._tick_seconds = tick_seconds
        self._status = status
        self._watch = status.watch = status.watch or ClockWatch(installation.clock)
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._beat = asyncio.Event()
        self._troubles: dict[str, str] = {}
        self._holds: frozenset[Hold] = frozenset()

    def stop(self) -> None:
        """Ends after the work in hand; what is in the outbox is safe there."""
        self._stop.set()
        self._wake.set()
        self._beat.set()

    async def run(self) -> None:
        """Until `stop`. Each source on a schedule of its own, so that a slow one holds up nothing else."""
        async with asyncio.TaskGroup() as tasks:
            for name in self._installation.sources:
                tasks.create_task(self._sweeps(name))
            tasks.create_task(self._reconciles())
            tasks.create_task(self._beats())

    async def _sweeps(self, name: str) -> None:
        what, every = f"{SWEEP_OF}{name}", self._installation.intervals[name].total_seconds()
        while not self._stop.is_set():
            due = self._installation.clock.monotonic() + every
            rest = await self._guarded(what, partial(self._sweep, name, what))
            now = self._installation.clock.monotonic()
            await self._pause(what, due - now if rest is None else rest.total_seconds())

    async def _sweep(self, name: str, what: str) -> timedelta | None:
        """One sweep; or how long it may rest, because another process has seen to it."""
        wait_until = self._installation.clock.now() + LEASE_WAIT
        record = await sweep_in_turn(self._installation, self._watch, name, wait_until, self._progress(what))
        if isinstance(record, timedelta):
            inventory = await self._installation.worker.run(self._installation.store.inventory)
            self._status.sweeps.update({name: inventory.sweeps[name]} if name in inventory.sweeps else {})
            return record
        before = self._status.sweeps.get(name)
        self._status.sweeps[name] = record
        if record == before:
            return None  # others sweep it, and are not silent
        log.info("swept", source=name, sequence=record.sequence, complete=record.complete)
        if record.failure and (before is None or before.failure != record.failure):
            log.warning("source fails", source=name, failure=record.failure)
        self._wake.set()
        return None

    async def _reconciles(self) -> None:
        every = self._installation.reconcile_every.total_seconds()
        while not self._stop.is_set():
            self._wake.clear()
            await self._guarded(RECONCILE, self._reconcile)
            await self._pause(RECONCILE, every, wakes=True)

    async def _reconcile(self) -> None:
        inventory = await self._installation.worker.run(self._installation.store.inventory)
        if not set(inventory.sweeps) >= self._status.expected_sources:
            return  # A plan made before every source was swept once would rest on half of the places.
        self._status.heard_of(inventory.sweeps)
        wait_until = self._installation.clock.now() + LEASE_WAIT
        await count_unconfigured(self._installation, self._watch, wait_until)
        clock = self._installation.clock
        signs = self._status.loop_signs(clock.now(), clock.monotonic())
        done = await reconcile(self._installation, self._watch, wait_until, self._progress(RECONCILE), signs)
        before = set(self._status.last.problems) if self._status.last else set()
        self._say_whether_the_clock_is_believed(done)
        self._say_what_is_held(done.decision.plan)
        await self._look_at_the_ledger()
        await self._look_at_the_others()
        now = self._installation.clock.now()
        self._status.last, self._status.last_reconciled_at = done, now
        self._tell_of_itself(done.own)
        for problem in done.problems:
            if problem not in before:
                log.warning("not delivered", problem=problem)
        if done.confirmed:
            log.info("reconciled", confirmed=done.confirmed, waiting=done.undelivered)

    def _say_whether_the_clock_is_believed(self, done: Reconciled) -> None:
        before, now = self._status.decision, done.decision
        if now.distrust and not (before and before.distrust):
            log.error("the clock is not believed", reason=now.distrust, held=len(now.plan.held))
        elif before and before.distrust and not now.distrust:
            log.info("the clock is believed again")

    def _say_what_is_held(self, plan: Plan) -> None:
        """Each ground when it comes up, and when it is over; how much it is at any time stands on the board."""
        said = {ground.hold: ground.words for ground in grounds(plan.held)}
        said.pop(Hold.CLOCK_DISTRUSTED, None)
        for new in said.keys() - self._holds:
            log.warning("the guard holds", ground=new.value, held=said[new])
        for over in self._holds - said.keys():
            log.info("the guard holds no more", ground=over.value)
        self._holds = frozenset(said)

    def _tell_of_itself(self, own: OwnSight) -> None:
        """Each cause once when it comes and once when it is over; and the heartbeat, where nothing silences it."""
        before = {cause.id for cause in self._status.own.judged.holding}
        for cause in own.judged.holding:
            if cause.id not in before:
                log.warning("blind", cause=str(cause.id), about=told_of(cause))
        for id in own.judged.ended:
            log.info("no longer blind", cause=str(id))
        self._status.own = own
        if not own.incomplete:
            self._beat.set()

    async def _beats(self) -> None:
        """Calls the heartbeat after each complete pass; beside the passes, so that a slow answer holds up none."""
        heartbeat = self._installation.heartbeat
        while heartbeat is not None and not self._stop.is_set():
            await self._beat.wait()
            self._beat.clear()
            if not self._stop.is_set():
                self._heard(await heartbeat.beat())

    def _heard(self, problem: str) -> None:
        if problem and problem != self._status.heartbeat_problem:
            log.warning("the heartbeat is not heard", reason=problem)
        self._status.heartbeat_problem = problem
        if not problem:
            self._status.heartbeat_at = self._installation.clock.now()

    async def _look_at_the_ledger(self) -> None:
        """The ledger and the outbox as the reconcile left them."""
        store, after = self._installation.store, self._installation.clock.now() - REOPENS_WITHIN
        self._status.records, self._status.outbox = await self._installation.worker.run(
            lambda: (store.records(after), store.unfinished())
        )

    async def _look_at_the_others(self) -> None:
        """Where several share a state, and a change of the configuration comes to one after the other, they differ."""
        differs = await others_decide_otherwise(self._installation)
        if differs and not self._status.decided_otherwise:
            log.warning("another replica works with another configuration", hint=GIVE_ALL_THE_SAME)
        self._status.decided_otherwise = differs

    async def _guarded(self, what: str, work: Callable[[], Awaitable[T]]) -> T | None:
        """One round of one task. Whatever goes wrong in it is told once, and the next round comes all the same."""
        self._sign(what)
        done = None
        try:
            done = await work()
        except (LeaseLost, StillHeld) as error:
            self._goes_on_elsewhere(what, error)
        except IncidentdError as error:
            self._tell(what, str(error))
        except Exception as error:
            self._tell(what, f"internal error: {type(error).__name__}")
            log.exception("internal error", what=what)
        else:
            self._troubles.pop(what, None)
        self._status.trouble = "; ".join(f"{name}: {text}" for name, text in self._troubles.items())
        return done

    def _goes_on_elsewhere(self, what: str, error: LeaseLost | StillHeld) -> None:
        """That is no trouble but where nobody else should be at work: one machine has one daemon."""
        if isinstance(error, StillHeld) and not self._installation.store.shared:
            return self._tell(what, str(error))
        log.info("another process goes on", what=what, reason=str(error))
        self._troubles.pop(what, None)

    def _tell(self, what: str, text: str) -> None:
        if self._troubles.get(what) != text:
            log.error("failed", what=what, reason=text)
        self._troubles[what] = text

    def _sign(self, what: str) -> None:
        self._status.signs[what] = self._installation.clock.monotonic()

    def _progress(self, what: str) -> Progress:
        """Each step of a long round is a sign of life."""

        def step(done: int, total: int) -> None:
            self._sign(what)

        return step

    async def _pause(self, what: str, seconds: float, *, wakes: bool = False) -> None:
        """Waits, in small steps, so that a stop or fresh observations end it."""
        until = self._installation.clock.monotonic() + seconds
        while not self._stop.is_set() and self._installation.clock.monotonic() < until:
            self._sign(what)
            if wakes and (self._wake.is_set() or await self._hears()):
                return
            rest = until - self._installation.clock.monotonic()
            await self._installation.clock.sleep(min(self._tick_seconds, max(rest, 0.0)))

    async def _hears(self) -> bool:
        """Whether another process has told of something new."""
        store = self._installation.store
        return store.shared and await self._installation.worker.run(store.heard)
