"""Reload: one configuration after another at work. A bad one is refused, and the one before it goes on."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog
from watchfiles import awatch

from incidentd.daemon.installation import Installation
from incidentd.daemon.loop import Loop
from incidentd.daemon.status import Status
from incidentd.errors import IncidentdError

log = structlog.get_logger()

GRACE_SECONDS = 18.0
"""How long the work in hand may take to end; then it is cut off. What was committed is safe in the outbox."""
CUT_OFF_SECONDS = 4.0
"""How long it may take to end once it is cut off."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One configuration, built and ready for work."""

    installation: Installation
    status: Status
    take_over: Callable[[], None]
    """Shows it to the world in place of the one before. Never fails."""


Rebuild = Callable[[Status | None], AbstractAsyncContextManager[Shift]]
"""Builds what the configuration says now. Raises what says why it cannot be used."""


class Shifts:
    """Runs the configuration that holds, until told to stop; a new one takes over between rounds."""

    def __init__(self, rebuild: Rebuild) -> None:
        self._rebuild = rebuild
        self._told = asyncio.Event()
        self._hurry = asyncio.Event()
        self._stopping = False
        self._reload_wanted = False

    def stop(self) -> None:
        """Ends after the work in hand. Said twice: at once."""
        if self._stopping:
            self._hurry.set()
        self._stopping = True
        self._told.set()

    def reload(self) -> None:
        """Reads the configuration again, and lets it take over if it can be used."""
        self._reload_wanted = True
        self._told.set()

    async def run(self) -> None:
        """Until `stop`. Raises what the first configuration cannot be used for."""
        stack, shift = await self._entered(None)
        shift.take_over()
        while True:
            async with stack:
                following = await self._work(shift)
            if following is None:
                return
            stack, shift = following

    async def _entered(self, before: Status | None) -> tuple[AsyncExitStack, Shift]:
        stack = AsyncExitStack()
        return stack, await stack.enter_async_context(self._rebuild(before))

    async def _work(self, shift: Shift) -> tuple[AsyncExitStack, Shift] | None:
        """One shift; the one that follows it, or None at the end."""
        loop = Loop(shift.installation, shift.status)
        task = asyncio.create_task(loop.run())
        try:
            following = await self._until_relieved(task, shift)
            shift.status.draining = self._stopping
            loop.stop()
            await self._ended(task)
        finally:
            task.cancel()
        if following is not None:
            following[1].take_over()
        return following

    async def _until_relieved(self, task: asyncio.Task[None], shift: Shift) -> tuple[AsyncExitStack, Shift] | None:
        while not self._stopping and not task.done():
            await _first_of(task, self._told)
            self._told.clear()
            if self._reload_wanted and not self._stopping:
                self._reload_wanted = False
                following = await self._next(shift)
                if following is not None:
                    return following
        return None

    async def _next(self, shift: Shift) -> tuple[AsyncExitStack, Shift] | None:
        """The new configuration, ready; None when it is refused. Whatever it does, the old one goes on."""
        try:
            following = await self._entered(shift.status)
        except IncidentdError as error:
            _refuse(shift.status, str(error))
        except Exception as error:
            log.exception("internal error", what="reload")
            _refuse(shift.status, f"internal error: {type(error).__name__}")
        else:
            log.info("the configuration was read again and takes over")
            return following
        return None

    async def _ended(self, task: asyncio.Task[None]) -> None:
        """Waits for the work in hand, not for ever. Raises what went wrong in the loop itself."""
        await _first_of(task, self._hurry, GRACE_SECONDS)
        if not task.done():
            log.warning("work in hand is cut off", after_seconds=GRACE_SECONDS)
            task.cancel()
            await asyncio.wait({task}, timeout=CUT_OFF_SECONDS)
        if task.done() and not task.cancelled():
            task.result()


async def _first_of(task: asyncio.Task[None], event: asyncio.Event, timeout_seconds: float | None = None) -> None:
    """Until the task is done, the event set, or the time over."""
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({task, waiting}, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def _refuse(status: Status, why: str) -> None:
    status.reload_refused = why
    log.error("the configuration is refused, the one before it holds", reason=why)


async def watch(path: Path, changed: Callable[[], None]) -> None:
    """Calls `changed` whenever the file, or a file of the folder, holds something else, until cancelled.

    The directory is watched: a Kubernetes ConfigMap or Secret changes by a symbolic link beside the files being
    swapped, which a watch on a file would never see.
    """
    before = _digest(path)
    try:
        async for _ in awatch(path if path.is_dir() else path.parent, recursive=False):
            after = _digest(path)
            if after is not None and after != before:
                before = after
                changed()
    except (OSError, RuntimeError) as error:
        log.warning("what is watched cannot be, SIGHUP reloads it", path=path.name, reason=str(error))


def _digest(path: Path) -> bytes | None:
    """None while something is not there: it may be about to be replaced."""
    try:
        files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
        parts = [hashlib.sha256(part).digest() for one in files for part in (one.name.encode(), one.read_bytes())]
    except OSError:
        return None
    return hashlib.sha256(b"".join(parts)).digest()
