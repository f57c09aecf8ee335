"""What the commands that need a configuration share: loading it, building the installation, running it to the end."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from incidentd.cli.ending import to_its_end
from incidentd.cli.options import CliOptions
from incidentd.daemon.installation import Installation
from incidentd.model.release import ANNOUNCES_WITHIN
from incidentd.planning.sanitize import sanitize
from incidentd.policy.releases import Releases
from incidentd.settings import Loaded, load_settings
from incidentd.wiring import installed

T = TypeVar("T")
MOST_SAID = 2000
"""Characters of one line on stderr."""
BEGINS_ANEW = "a new and empty state begins here"


def loaded_settings(context: typer.Context) -> Loaded:
    """The configuration, with its warnings said on stderr. Raises ConfigError."""
    options: CliOptions = context.obj
    loaded = load_settings(options.config_path)
    for warning in loaded.warnings:
        say(warning)
    return loaded


def say(text: str) -> None:
    """A line to stderr. Whoever wrote it, it does nothing to a terminal."""
    typer.echo(f"incidentd: {sanitize(text, cut_at=MOST_SAID)}", err=True)


def done_by(context: typer.Context, work: Callable[[Installation], Awaitable[T]]) -> T:
    """Runs `work` on what the configuration of a command describes. Raises IncidentdError."""
    return with_installation(loaded_settings(context), work)


def with_installation(loaded: Loaded, work: Callable[[Installation], Awaitable[T]], *, read_only: bool = False) -> T:
    """Runs `work` on what the configuration describes. `read_only` leaves no trace in the state."""

    async def whole() -> T:
        async with installed(loaded, read_only=read_only) as installation:
            return await work(installation)

    return to_its_end(whole())


async def announced(installation: Installation) -> Releases:
    """The releases that a judgement of this moment takes into account."""
    since = installation.clock.now() - ANNOUNCES_WITHIN
    return Releases(await installation.worker.run(lambda: installation.store.releases(since)))
