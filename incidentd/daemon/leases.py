"""Leases: one process at a time does one kind of work on one state. Losing the lease stops the work first.

On a server they are dated by its own clock, in a file by the clock that counts since the machine started, which nobody
sets: all that work on a file are on one machine. Of two processes with different wall times one would take the other's
lease for one that has run out, and be at work beside it: as where one has noticed that the clock was set, and another
began after that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from incidentd.daemon.installation import Installation
from incidentd.errors import StoreError
from incidentd.ports import Clock
from incidentd.store.interface import Lease, LeaseLost

LASTS = timedelta(seconds=9)
"""What a dead process left is taken over within ten seconds."""
RENEW_SECONDS = 3.0
POLL_SECONDS = 0.25
STARTED_AT = datetime(1970, 1, 1, tzinfo=UTC)
"""When the machine started, as leases have it. What was left before that has run out, soon will, or lies well ahead."""


def steadily(clock: Clock) -> datetime:
    """Now, as leases are dated."""
    return STARTED_AT + timedelta(seconds=clock.monotonic())


class StillHeld(StoreError):
    """Another process has been at this work for as long as one wanted to wait."""


class HeldLease:
    """A lease that is kept up while its work goes on.

    How long it lasts is reckoned here, from before it was asked for, by this machine's own count: whatever clock the
    state goes by, it does not hold it for longer.
    """

    def __init__(self, installation: Installation, lease: Lease, asked_at: float) -> None:
        self._installation = installation
        self._asked_at = asked_at
        self.lease = lease
        self.lost = False

    async def ensure(self) -> None:
        """To be asked before every effect in the world. Raises LeaseLost when another process may be at work.

        One that ran out while this process was paused is asked for again: it is lost only if somebody took it.
        """
        if self.lost:
            raise _lost(self.lease.name)
        if self.has_run_out():
            await self.renew()

    async def renew(self) -> None:
        """Makes it last from now on. Raises LeaseLost, StoreError."""
        store, asked_at = self._installation.store, self._installation.clock.monotonic()
        now = steadily(self._installation.clock)
        self.lease = await self._installation.worker.run(partial(store.renew, self.lease, LASTS, now))
        self._asked_at = asked_at

    def has_run_out(self) -> bool:
        """While this process was paused, or the machine suspended."""
        return self._installation.clock.monotonic() >= self._asked_at + LASTS.total_seconds()


@asynccontextmanager
async def leased(installation: Installation, name: str, wait_until: datetime | None) -> AsyncIterator[HeldLease]:
    """Holds the lease while the body runs. Waits for another owner until `wait_until` (None: for ever).

    Raises StillHeld when it could not be had in time, LeaseLost when it was lost on the way.
    """
    held = await _acquire(installation, name, wait_until)
    try:
        async with _kept(installation, held):
            yield held
    finally:
        if not held.lost:
            # Where the database fails, it runs out by itself, and the body's own error is what is told.
            with suppress(StoreError):
                await installation.worker.run(partial(installation.store.release, held.lease))


async def _acquire(installation: Installation, name: str, wait_until: datetime | None) -> HeldLease:
    store, clock = installation.store, installation.clock
    while True:
        now, steady, asked_at = clock.now(), steadily(clock), clock.monotonic()
        lease = await installation.worker.run(partial(store.acquire, name, installation.owner, LASTS, steady))
        if lease is not None:
            return HeldLease(installation, lease, asked_at)
        if wait_until is not None and now >= wait_until:
            raise StillHeld(
                f"another process is still at work on this state ({name})", hint="wait for it, or raise --deadline"
            )
        await clock.sleep(POLL_SECONDS)


@asynccontextmanager
async def _kept(installation: Installation, held: HeldLease) -> AsyncIterator[None]:
    """Renews in the background; what the loss cancels ends as LeaseLost, what anybody else cancels stays cancelled."""
    body = asyncio.current_task()
    keeper = asyncio.create_task(_keep(installation, held, body))
    try:
        try:
            yield
        finally:
            keeper.cancel()
            # Where the loss comes just as the body ends, its cancellation arrives at this very wait.
            await asyncio.gather(keeper, return_exceptions=True)
    except asyncio.CancelledError:
        if held.lost and body is not None and body.uncancel() == 0:
            raise _lost(held.lease.name) from None
        raise


async def _keep(installation: Installation, held: HeldLease, body: asyncio.Task[object] | None) -> None:
    """Renews in time; when that fails for too long, the work is stopped."""
    while True:
        await installation.clock.sleep(RENEW_SECONDS)
        try:
            await held.renew()
        except LeaseLost:
            break
        except StoreError:
            if held.has_run_out():
                break
    held.lost = True
    if body is not None:
        body.cancel()


def _lost(name: str) -> LeaseLost:
    return LeaseLost(f"the lease {name} was lost", hint="another process goes on with the work")
