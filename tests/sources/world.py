"""What the tests of sources share: a clock that stands still, dates, and places as an inventory would remember them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Location
from incidentd.model.observation import Sweep
from incidentd.sandbox.ca import CertificateAuthority, Issued

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
VALID_FROM = NOW - timedelta(days=30)
VALID_UNTIL = NOW + timedelta(days=60)


class StandingClock:
    """Always the same instant."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        return None


def authority() -> CertificateAuthority:
    """A root that lives longer than what it issues."""
    return CertificateAuthority(not_before=VALID_FROM, not_after=VALID_UNTIL + timedelta(days=3650))


def issued(*names: str, by: CertificateAuthority | None = None) -> Issued:
    """A certificate for some names."""
    return (by or authority()).issue(names or ("a.test",), not_before=VALID_FROM, not_after=VALID_UNTIL)


def remembered(location: Location, *addresses: str) -> Place:
    """A place where a certificate was seen, at each of these members."""
    run = Run(("ab" * 32,), VALID_FROM, VALID_FROM, 1)
    return Place(location, tuple(Member(address, (run,)) for address in addresses), VALID_FROM)


def accounted(sweep: Sweep) -> set[str]:
    """The addresses of every location that a sweep says something of."""
    said = [one.location for one in sweep.observations]
    said += [one.location for one in sweep.gaps]
    said += [one.location for one in sweep.absences]
    return {location.uri for location in said}


Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def speaking(conversation: Conversation) -> AsyncIterator[int]:
    """A TCP server on loopback that holds this conversation with everybody; its port."""

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(attend, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
