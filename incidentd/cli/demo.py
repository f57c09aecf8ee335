"""`demo`: February 2013, replayed on a clock of its own; then the boards of its two ends, until told to stop."""

import asyncio
import logging
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from incidentd.cli.options import CliOptions
from incidentd.daemon.loop import Loop
from incidentd.daemon.status import Status, status_of
from incidentd.errors import IncidentdError
from incidentd.ports import Clock, SystemClock
from incidentd.sandbox.replay.fleet import Fleet
from incidentd.sandbox.replay.playing import replayed
from incidentd.sandbox.replay.telling import Telling
from incidentd.sandbox.serving import serving
from incidentd.web.app import board
from incidentd.web.door import door_of

A_MOMENT_SECONDS = 0.05
READY_SECONDS = 20.0
TERMINATED = 143
"""128 + SIGTERM, as a shell has it."""


def demo(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Without pauses for reading.")] = False,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Exit at the end instead of leaving the boards.")
    ] = False,
) -> None:
    """Replay February 2013 here: TLS servers, a secret store, a PagerDuty and a Jira, all on this computer.

    Needs no configuration, leaves nothing behind, and talks to nobody else.
    """
    from rich.console import Console

    options: CliOptions = context.obj
    if not options.verbose:
        logging.getLogger("incidentd").setLevel(logging.WARNING)
    console = Console(highlight=False, markup=False, emoji=False)
    clock = SystemClock()
    telling = Telling(console, None if fast else clock)
    with tempfile.TemporaryDirectory(prefix="incidentd-demo-") as folder:
        try:
            asyncio.run(_demo(Path(folder), telling, clock, serve=not no_serve))
        except asyncio.CancelledError:
            raise typer.Exit(TERMINATED) from None


async def _demo(folder: Path, telling: Telling, clock: Clock, *, serve: bool) -> None:
    _end_cleanly_on_sigterm()
    async with replayed(folder, telling) as (happened, prevented):
        if not serve:
            return
        told_to_stop = _told_to_stop()
        async with AsyncExitStack() as stack:
            telling.title("The boards of both ends")
            ends = ((happened, "Nothing shipped", ""), (prevented, "Shipped in time", "certs"))
            for fleet, end, page in ends:
                url = await stack.enter_async_context(_shown(fleet, clock))
                telling.paragraph(f"{url}/{page}", f"  {end}:  ")
            telling.paragraph("Ctrl-C ends the demo and removes everything it made.")
            await told_to_stop.wait()


@asynccontextmanager
async def _shown(fleet: Fleet, clock: Clock) -> AsyncIterator[str]:
    """The board of a fleet, with the daemon's own loop behind it: its URL."""
    status = status_of(fleet.installation, own_tracker=True)
    loop = Loop(fleet.installation, status)
    running = asyncio.create_task(loop.run())
    try:
        await _ready(status, fleet, clock)
        app = board(fleet.installation, status, door_of(fleet.loaded.settings.web, fleet.scene.folder))
        async with serving(app) as url:
            yield url
    finally:
        loop.stop()
        await running


def _end_cleanly_on_sigterm() -> None:
    """In the middle of the story too, nothing is left behind; SIGINT is asyncio's own business until then."""
    story = asyncio.current_task()
    if story is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, story.cancel)


async def _ready(status: Status, fleet: Fleet, clock: Clock) -> None:
    """Until everything was looked at once more. Raises IncidentdError with what does not come."""
    until = clock.monotonic() + READY_SECONDS
    while causes := status.not_ready(fleet.scene.clock.now(), fleet.scene.clock.monotonic()):
        if clock.monotonic() > until:
            raise IncidentdError(f"the board does not get ready: {'; '.join(causes)}")
        await clock.sleep(A_MOMENT_SECONDS)


def _told_to_stop() -> asyncio.Event:
    """Set by SIGINT or SIGTERM, from now on."""
    told, running = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, told.set)
    return told
