"""Looking at everything that the command line names, endpoints and files at the same time; answers in its order."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from incidentd.cli.checking.arguments import Argument, FromEndpoint, FromPath, FromStdin
from incidentd.cli.checking.disk import ReadPath, Written, read_path
from incidentd.cli.checking.found import SOURCE, Found, found_one
from incidentd.model.location import Location, Role
from incidentd.model.observation import Gap, GapReason, Observation
from incidentd.ports import Clock, Network, Worker
from incidentd.sources.interface import Progress, no_progress
from incidentd.sources.tls.look import look_at
from incidentd.x509.bundles import read_blob

# More than there are slots for probes, so that waiting for one busy endpoint leaves enough to keep the others going.
_LOOKS_AT_ONCE = 1024
_STDIN_PLACE = Location("stdin:", SOURCE, Role.STORED)


@dataclass(frozen=True, slots=True)
class World:
    """What a check needs of the world."""

    network: Network
    clock: Clock
    worker: Worker
    stdin: bytes = b""
    """What came in on standard input."""


@dataclass(slots=True)
class _Tally:
    """How far a check has come, and what it brought home, by the position of the argument."""

    on_progress: Progress
    total: int
    done: int = 0
    found: dict[int, ReadPath] = field(default_factory=dict)

    def add(self, position: int, read: ReadPath) -> None:
        self.found[position] = read
        self.done += 1
        self.on_progress(self.done, self.total)


async def look_at_all(
    arguments: Sequence[Argument], world: World, on_progress: Progress = no_progress
) -> tuple[list[Found], int]:
    """One Found a target, in the order of the arguments, and how many files in folders hold no certificate."""
    tally = _Tally(on_progress, len(arguments))
    endpoints = [(n, one) for n, one in enumerate(arguments) if isinstance(one, FromEndpoint)]
    pending = iter(endpoints)
    on_disk = ((n, one) for n, one in enumerate(arguments) if not isinstance(one, FromEndpoint))

    async def looker() -> None:
        for position, argument in pending:
            tally.add(position, ReadPath((await _shake_hands(argument, world),)))

    async def reader() -> None:
        for position, argument in on_disk:
            tally.add(position, await _read(argument, world))

    async with asyncio.TaskGroup() as group:
        group.create_task(reader())
        for _ in range(min(_LOOKS_AT_ONCE, len(endpoints))):
            group.create_task(looker())
    reads = [tally.found[position] for position in range(len(arguments))]
    return [one for read in reads for one in read.found], sum(read.passed_over for read in reads)


async def _shake_hands(argument: FromEndpoint, world: World) -> Found:
    look = await look_at(argument.target, world.network, world.clock, source=SOURCE)
    gaps = tuple(_said_of(argument.text, gap) for gap in look.gaps)
    return Found(argument.text, argument.target.location(SOURCE), look.observations, gaps)


def _said_of(text: str, gap: Gap) -> Gap:
    """A bare name may have been meant as a file; it was looked for there before it was taken for a host."""
    if gap.reason is not GapReason.UNRESOLVED or ":" in text:
        return gap
    return replace(gap, text=f"{gap.text}, and there is no file of this name here")


async def _read(argument: FromStdin | FromPath, world: World) -> ReadPath:
    at = world.clock.now()
    match argument:
        case FromStdin(text):
            return ReadPath((_from_stdin(text, world.stdin, at),))
        case FromPath(text, path):
            return await world.worker.run(lambda: read_path(Written(text, path), at))
    assert_never(argument)


def _from_stdin(text: str, content: bytes, at: datetime) -> Found:
    blob = read_blob(content)
    unread = tuple(one.text for one in blob.unread)
    if blob.certificates:
        return found_one(text, Observation(_STDIN_PLACE, "", blob.certificates, at, unread))
    why = "; ".join(unread) or "no certificate came in on standard input"
    return found_one(text, Gap(_STDIN_PLACE, None, GapReason.UNREADABLE, why, at))
