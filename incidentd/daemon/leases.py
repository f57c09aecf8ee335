"""Leases: one process at a time does one kind of work on one state. Losing the lease stops the work first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

from incidentd.daemon.installation import Installation
from incidentd.errors import StoreError
from incidentd.store.interface import Lease, LeaseLost

LASTS = timedelta(seconds=9)
"""What a dead process left is taken over within ten seconds."""
RENEW_SECONDS = 3.0
POLL_SECONDS = 0.25


class HeldLease:
    """A lease that is kept up while its work goes on."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.lost = False

    def check(self, now: datetime) -> None:
        """To be asked before every effect in the world. Raises LeaseLost when the lease may belong to another."""
        if self.lost or now >= self.lease.until:
            raise LeaseLost(f"the lease {self.lease.name} ran out", hint="another process goes on with the work")


@asynccontextmanager
async def leased(installation: Installation, name: str, wait_until: datetime | None) -> AsyncIterator[HeldLease]:
    """Holds the lease while the body runs. Waits for another owner until `wait_until` (None: for ever).

    Raises StoreError when it could not be had in time, LeaseLost when it was lost on the way.
    """
    held = HeldLease(await _acquire(installation, name, wait_until))
    body = asyncio.current_task()
    keeper = asyncio.create_task(_keep(installation, held, body))
    try:
        yield held
    except asyncio.CancelledError:
        if held.lost and body is not None and body.uncancel() == 0:
            raise LeaseLost(f"the lease {name} was lost", hint="another process goes on with the work") from None
        raise
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        if not held.lost:
            await installation.worker.run(lambda: installation.store.release(held.lease))


async def _acquire(installation: Installation, name: str, wait_until: datetime | None) -> Lease:
    store, clock = installation.store, installation.clock
    while True:
        now = clock.now()
        lease = await installation.worker.run(partial(store.acquire, name, installation.owner, LASTS, now))
        if lease is not None:
            return lease
        if wait_until is not None and now >= wait_until:
            raise StoreError(
                f"another process is still at work on this state ({name})", hint="wait for it, or raise --deadline"
            )
        await clock.sleep(POLL_SECONDS)


async def _keep(installation: Installation, held: HeldLease, body: asyncio.Task[object] | None) -> None:
    """Renews in the background; when that fails for too long, the work is stopped."""
    while True:
        await installation.clock.sleep(RENEW_SECONDS)
        now = installation.clock.now()
        try:
            held.lease = await installation.worker.run(partial(installation.store.renew, held.lease, LASTS, now))
        except LeaseLost:
            break
        except StoreError:
            if installation.clock.now() >= held.lease.until:
                break
    held.lost = True
    if body is not None:
        body.cancel()
