"""The fleet: who serves what, when, and what the daemon was shown of it. The truth that closings are held against."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from incidentd.model.observation import GapReason
from incidentd.ports import ProbeAnswer, ProbeRequest
from incidentd.sandbox.ca import Issued
from tests.simulation.invariants import Invariant
from tests.simulation.issuing import Issuer
from tests.simulation.schedule import Event

ADDRESSES = ("192.0.2.1", "192.0.2.2", "192.0.2.3")
SWEEP_SECONDS = 900.0
"""`schedule.sweep_every`."""
APART_SECONDS = 600.0
"""`close_after.apart`."""
_END = "-----END CERTIFICATE-----\n"


SUCCESSOR_ENDS = 360 * 24 * 60
STRANGER_ENDS = 350 * 24 * 60


@lru_cache(maxsize=256)
def _chain(issued: Issued) -> tuple[bytes, ...]:
    return tuple(_split(issued.chain_pem.decode()))


def _split(pem: str) -> Iterator[bytes]:
    for block in pem.split(_END):
        if block.strip():
            yield ssl.PEM_cert_to_DER_cert(block + _END)


RECORDING_SECONDS = 1.0
"""What a sweep is just being shown is not known to a reconcile that runs beside it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one handshake showed: a fingerprint, or None for nothing."""

    at: float
    address: str
    fingerprint: str | None
    behind: bool
    """Had by a process that began with a clock that was behind."""


Span = tuple[float, float]
"""From one second of the life to another."""


@dataclass(frozen=True, slots=True)
class Memory:
    """When the state that there is now may have been told of looks: since some second, and in spans before that.

    What a lost state was told of, nobody can be asked to prove: a place is one of a certificate's by what is remembered
    (product.md, "Sighting"; faults.md, 3: every location *known*).
    """

    since: float = -1.0
    spans: tuple[Span, ...] = ()

    def knows(self, at: float, margin: float) -> bool:
        """Whether of what was seen then; `margin`: what was just being recorded as a copy was made is not in it."""
        return at > self.since or any(first <= at <= last - margin for first, last in self.spans)

    def until(self, at: float) -> tuple[Span, ...]:
        """What stands in a copy that is made then."""
        return (*self.spans, (self.since, at))


@dataclass
class Fleet:
    """One name at a few addresses."""

    issuer: Issuer
    old: Issued
    addresses: tuple[str, ...]
    seconds: Callable[[], float]
    served: dict[str, Issued] = field(default_factory=dict)
    dark_until: dict[str, float] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.served = dict.fromkeys(self.addresses, self.old)

    @property
    def new(self) -> Issued:
        """What replaces it."""
        return self.issuer.certificate(SUCCESSOR_ENDS)

    @property
    def stranger(self) -> Issued:
        """A certificate for another name."""
        return self.issuer.certificate(STRANGER_ENDS, "other.example.test")

    def deploy(self, event: Event, address: str) -> None:
        """Another certificate at one address."""
        self.served[address] = {Event.RENEW: self.new, Event.ROLL_BACK: self.old}.get(event, self.stranger)

    def look(self, request: ProbeRequest, misfortune: bool = False, behind: bool = False) -> ProbeAnswer:
        """One handshake, as the daemon is told of it."""
        dark = misfortune or self.seconds() < self.dark_until.get(request.address, -1.0)
        shown = None if dark else self.served[request.address]
        self.looks.append(Look(self.seconds(), request.address, shown.fingerprint if shown else None, behind))
        if shown is None:
            return ProbeAnswer((), GapReason.TIMED_OUT, "no answer in time")
        return ProbeAnswer(_chain(shown))

    def missing_proof(self, address: str, memory: Memory, faults: int) -> tuple[Invariant, str] | None:
        """What is broken by a closing now, as far as one address goes, and in words; None: nothing is.

        `memory`: what the state may know. `faults`: each may have kept it from knowing more.
        """
        looks = [look for look in self.looks if look.address == address]
        margins = (0.0, RECORDING_SECONDS)
        known = [
            [look for look in looks if look.at <= self.seconds() - late and memory.knows(look.at, copied)]
            for late in margins
            for copied in margins
        ]
        missing = [self._missing(each, faults) for each in known]
        return missing[0] if all(missing) else None

    def _missing(self, looks: list[Look], faults: int) -> tuple[Invariant, str] | None:
        answered = [look for look in looks if look.fingerprint]
        if all(look.fingerprint != self.old.fingerprint for look in answered):
            return None
        if looks[-1].fingerprint is None and answered[-1].fingerprint == self.old.fingerprint:
            return Invariant.BLINDNESS, "was not seen since it served the old one"
        if any(look.fingerprint != self.new.fingerprint for look in answered[-2:]):
            return Invariant.NO_FALSE_CLOSE, "does not serve a successor"
        shown = [look.at for look in answered if look.fingerprint == self.new.fingerprint]
        short = answered[-1].at - answered[-2].at < APART_SECONDS and shown[-1] - shown[0] < APART_SECONDS
        if short and not self._leapt_untold(answered):
            return Invariant.NO_FALSE_CLOSE, "was seen so for too short a time"
        if self._came_back(answered, 2 * faults):
            return Invariant.NO_FALSE_CLOSE, "showed the old one again after a successor, and less than a day ago"
        return None

    def _leapt_untold(self, answered: list[Look]) -> bool:
        """Whether the leap to the right time is time like any other to whoever knows no more than these looks.

        None was had by a right clock before the successor was seen by one that was behind: then no two dates contradict
        each other. Within a day no tracker's clock is held against ours, and nothing else is compared across restarts
        (product.md, "Clock distrust").
        """
        first = next(n for n, look in enumerate(answered) if look.fingerprint == self.new.fingerprint)
        return all(look.behind for look in answered[: first + 1])

    def _came_back(self, looks: list[Look], unrecorded: int) -> bool:
        """Whether the old one was seen after a successor, and each of them often enough to be known of."""
        stretches = groupby(look.fingerprint for look in looks)
        seen = [fingerprint for fingerprint, stretch in stretches if len(list(stretch)) > unrecorded]
        return self.new.fingerprint in seen and self.old.fingerprint in seen[seen.index(self.new.fingerprint) :]

    @property
    def in_place(self) -> bool:
        """Whether the old certificate is served anywhere."""
        return any(issued.fingerprint == self.old.fingerprint for issued in self.served.values())

    @property
    def settled(self) -> bool:
        """Whether every address serves the successor."""
        return all(issued.fingerprint == self.new.fingerprint for issued in self.served.values())
