"""The daemon: builds what a configuration says, runs it behind its board, reloads it, and ends in time when told to."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog

from incidentd.cli.work import BEGINS_ANEW
from incidentd.daemon.preflight import look_at_trackers, show_in
from incidentd.daemon.reload import Shift, Shifts, watch
from incidentd.daemon.status import Status, status_of
from incidentd.settings import Loaded, load_settings
from incidentd.store.opening import begins_anew
from incidentd.web.app import board
from incidentd.web.door import door_of
from incidentd.web.serving import Front
from incidentd.wiring import installed

log = structlog.get_logger()

LAST_RESORT_SECONDS = 27.0
"""Whoever told us to end waits 30 s, and then kills."""
THREADS_SECONDS = 2.0
"""A thread that hangs in the operating system cannot be cut off: so long it may take to end once all else has."""


def run_daemon(loaded: Loaded) -> None:
    """Until SIGTERM or SIGINT. Raises what the configuration cannot be used for, and a port that is taken."""
    asyncio.run(_daemon(loaded))


async def _daemon(loaded: Loaded) -> None:
    configurations, opened = _Configurations(loaded), Front()
    shifts = Shifts(lambda before: _shift(configurations.next(), opened, lambda: shifts.reload(), before))
    with _signals(shifts):
        watching = asyncio.gather(_watched(loaded.path, shifts.reload), _watched(loaded.secrets, shifts.reload))
        try:
            await shifts.run()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await opened.close()
        log.info("ended")
        _leave_after(THREADS_SECONDS)


class _Configurations:
    """First the one that was loaded to begin with, then what its file says at each reload."""

    def __init__(self, loaded: Loaded) -> None:
        self._path = loaded.path
        self._first: Loaded | None = loaded

    def next(self) -> Loaded:
        """Raises ConfigError."""
        first, self._first = self._first, None
        if first is not None:
            return first
        again = load_settings(self._path)
        for warning in again.warnings:
            log.warning("configuration", warning=warning)
        if begins_anew(again.state_url):
            log.warning(BEGINS_ANEW, state=again.shown_state)
        return again


@asynccontextmanager
async def _shift(
    loaded: Loaded, opened: Front, reload: Callable[[], None], before: Status | None
) -> AsyncIterator[Shift]:
    settings = loaded.settings
    owners = loaded.folder / settings.owners.file if settings.owners.file else None
    door = door_of(settings.web, loaded.folder)
    async with installed(loaded) as installation:
        status = status_of(installation, own_tracker=settings.has_own_tracker, before=before)
        app = board(installation, status, door)
        await opened.open(settings.web.address, app)
        looking = asyncio.create_task(look_at_trackers(installation, show_in(status)))
        watching = asyncio.create_task(_watched(owners, reload))
        try:
            yield Shift(installation, status, lambda: opened.show(settings.web.address, app))
        finally:
            looking.cancel()
            watching.cancel()
            await asyncio.gather(looking, watching, return_exceptions=True)


async def _watched(path: Path | None, changed: Callable[[], None]) -> None:
    if path is not None:
        await watch(path.absolute(), changed)


@contextmanager
def _signals(shifts: Shifts) -> Iterator[None]:
    """SIGTERM and SIGINT end it, twice at once; SIGHUP reloads."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        log.info("told to end; the work in hand is finished first")
        _leave_after(LAST_RESORT_SECONDS)
        shifts.stop()

    told = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: shifts.reload}
    for number, heard in told.items():
        loop.add_signal_handler(number, heard)
    try:
        yield
    finally:
        for number in told:
            loop.remove_signal_handler(number)


def _leave_after(seconds: float) -> None:
    """Leaves for certain. Nothing is lost by it: every intent was committed before it was sent."""
    timer = threading.Timer(seconds, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    log.warning("something hangs and is left behind")
    os._exit(0)
