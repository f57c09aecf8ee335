"""Everything the world can do to us, as protocols, and the real clock, chance and worker behind three of them.

Every await that touches the world goes through a port, so that the same code runs under a virtual clock.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, Protocol, TypeVar

from incidentd.model.certificate import KeyType
from incidentd.model.observation import GapReason

T = TypeVar("T")
_BOOT_TIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class Clock(Protocol):
    """Wall time, monotonic time, and waiting."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back within a process, and go on while the machine sleeps where it can tell."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Randomness(Protocol):
    """Chance: for jitter and for names of owners."""

    def fraction(self) -> float:
        """Uniform in [0, 1)."""
        ...

    def token(self) -> str:
        """16 hex digits that nobody else has."""
        ...


class Worker(Protocol):
    """Runs what blocks (the database, the disk): in a thread in life, in line in a simulation."""

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`."""
        ...


Starttls = Literal["smtp", "imap", "pop3", "ftp", "ldap", "postgres", "mysql", "xmpp"]
"""Protocols that begin in plain text, by the name that they have in addresses."""


class Refusal(StrEnum):
    """How a server would not shake hands, where it answered at all."""

    NOTHING_FITS = "nothing_fits"
    """It said that it has nothing that fits the offer (RFC 8446 6.2, RFC 5246 7.2.2)."""
    VERSION = "version"
    """It said that it does not speak these versions of TLS."""
    HUNG_UP = "hung_up"
    """It ended the connection without a word."""


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """One handshake to make: connect to `address`, ask for `server_name`."""

    address: str
    port: int
    server_name: str | None
    starttls: Starttls | None = None
    """None for TLS from the first byte."""
    key_type: KeyType | None = None
    """The only type of key that will do; None: whatever the server prefers."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What one handshake showed. The chain counts even when the handshake failed after it was sent."""

    chain: tuple[bytes, ...]
    """DER, as presented, leaf first; empty when no certificate was seen."""
    gap: GapReason | None = None
    """Set exactly when the chain is empty."""
    text: str = ""
    refusal: Refusal | None = None
    """How the handshake ended without a certificate, where it was the server that ended it."""


class Network(Protocol):
    """Names to addresses, and addresses to certificate chains. Handshake only: nothing is read after it."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        """All addresses of a name, sorted; a literal address is its own answer. Raises OSError when there is none."""
        ...

    async def probe(self, request: ProbeRequest) -> ProbeAnswer:
        """One handshake within its time-outs and caps; never raises for what the peer does."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        # CLOCK_BOOTTIME (Linux, clock_gettime(2)) counts a suspended machine's time too: waking up is no jump.
        return time.monotonic() if _BOOT_TIME is None else time.clock_gettime(_BOOT_TIME)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemRandomness:
    """The machine's own chance."""

    def fraction(self) -> float:
        return random.random()  # noqa: S311 - jitter, not a secret

    def token(self) -> str:
        return secrets.token_hex(8)


class ThreadWorker:
    """Blocking work in a thread of the loop's executor."""

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)
