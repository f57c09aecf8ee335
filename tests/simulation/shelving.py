"""Shelving: what must hold of the certificates in the folder, and of the rate at which tickets are opened for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.actual import Actual, Seen
from tests.simulation.fleet import SWEEP_SECONDS
from tests.simulation.invariants import Invariant
from tests.simulation.schedule import Event, Misfortune
from tests.simulation.shelf import SHELF

if TYPE_CHECKING:
    from tests.simulation.life import Life

HOUR_SECONDS = 3600.0
CLOCKS = (Misfortune.CLOCK_AHEAD, Misfortune.CLOCK_BACK)


@dataclass
class Shelving:
    """The referee of the folder."""

    life: Life
    _views: dict[int, Actual] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shelf, actual = self.life.shelf, self.life.actual
        self._views = {number: actual.of(shelf.old(number).fingerprint) for number in range(shelf.files)}

    def of_tickets(self) -> None:
        """What may be in passing."""
        if not self._views:
            return
        seen = dict(self._all())
        for number, tickets in seen.items():
            still_open = sum(ticket.open for ticket in tickets)
            if still_open > self.life.actual.at_most_open:
                self._violated(Invariant.ONE, f"{still_open} tickets are open for file {number} at once")
            # One of two tickets of ours may be closed for the other: a certificate in place keeps one that is open.
            if self.life.shelf.stands(number) and not still_open and any(ticket.closed_by_us for ticket in tickets):
                blind = self.life.shelf.is_unseen(number)
                text = f"the ticket of file {number} was closed, and it is {'only unseen' if blind else 'in place'}"
                self._violated(Invariant.BLINDNESS if blind else Invariant.NO_FALSE_CLOSE, text)
        # For so many certificates there is or was a ticket.
        opened = sum(bool(tickets) for tickets in seen.values()) + bool(self.life.actual.tickets())
        if opened > self._allowed():
            self._violated(Invariant.RATES, f"{opened} tickets were opened, and {self._allowed()} may be")

    def at_rest(self) -> None:
        """What must hold in the end."""
        for number, tickets in self._all():
            still_open = sum(ticket.open for ticket in tickets)
            if still_open > 1:
                self._violated(Invariant.ONE, f"{still_open} tickets are open for file {number} at rest")
            if not still_open and self._must_be_open(number, tickets):
                self._violated(Invariant.NO_LOSS, f"no ticket is open for file {number}, which is in place")
        self._all_is_accounted_for()

    def _all(self) -> Iterator[tuple[int, list[Seen]]]:
        for number, view in self._views.items():
            yield number, view.tickets()

    def _must_be_open(self, number: int, tickets: list[Seen]) -> bool:
        """What nobody could see yet may be unknown."""
        known = bool(tickets) or not self.life.shelf.is_unseen(number)
        return known and self.life.shelf.stands(number)

    @property
    def brake_seconds(self) -> float:
        """How long the guard may keep back what is new, after the last opening."""
        return HOUR_SECONDS + SWEEP_SECONDS if self.life.schedule.quota <= self.life.shelf.files else 0.0

    def _allowed(self) -> int:
        """By now: the quota in each hour that has begun, or was begun anew, and one that may be urgent."""
        hours = int(self.life.seconds() // HOUR_SECONDS) + 1
        # What is opened while the clock is wrong is dated wrong, and no longer in the way once it is right.
        wrong = sum(fault.misfortune in CLOCKS for fault in self.life.schedule.faults)
        wrong += sum(one.event is Event.RESTART_BEHIND for one in self.life.schedule.happenings)
        return self.life.schedule.quota * (hours + self.life.backups.losses + wrong) + 1

    def _all_is_accounted_for(self) -> None:
        """Each file that lies in the folder stands in the state: read, or with the reason why not."""
        shelf = self.life.shelf
        known = {uri.rpartition("/")[2]: place for uri, place in self.life.database.places_of(SHELF).items()}
        lying = sorted(path.name for path in shelf.folder.iterdir()) if shelf.folder.is_dir() else []
        for name in lying:
            shows, unseen = known.get(name, ("", False))
            readable = name in shelf.held and name not in shelf.unseen
            if not unseen and (not readable or shelf.held[name].fingerprint not in shows):
                self._violated(Invariant.READ, f"nothing is said of {name}")

    def _violated(self, invariant: Invariant, text: str) -> None:
        self.life.checks.violated(invariant, text)
