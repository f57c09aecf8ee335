"""Paging: what must hold of the page beside a ticket, at every step and at rest (faults.md, 1: at most one page)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.actual import Seen
from tests.simulation.invariants import Invariant
from tests.simulation.schedule import Beside

if TYPE_CHECKING:
    from tests.simulation.life import Life

FROM_STEP = 1
"""Error, as the ladder counts."""
SETTLING_SECONDS = 1800.0
"""A step that came so lately may not be told yet."""


@dataclass
class Paging:
    """The referee of one life's page."""

    life: Life

    def open_pages(self) -> list[Seen]:
        """What is open; nothing where nothing pages."""
        if self.life.schedule.beside is not Beside.PAGES:
            return []
        view = self.life.actual.page_of(self.life.fleet.old.fingerprint)
        return [ticket for ticket in view.tickets() if ticket.open]

    def of_tickets(self) -> None:
        """What may be in passing."""
        pages = self.open_pages()
        view = self.life.actual.page_of(self.life.fleet.old.fingerprint)
        if len(pages) > view.at_most_open:
            self.life.checks.violated(Invariant.ONE, f"{len(pages)} pages are open at once")
        if pages and self.life.checks.step < FROM_STEP:
            self.life.checks.violated(Invariant.CLIMBS, "it pages before its time")

    def at_rest(self, forgot: bool) -> None:
        """One page beside an open ticket that is bad enough, and none beside none."""
        pages, tickets, checks = self.open_pages(), self.life.checks.open_tickets(), self.life.checks
        if self.life.schedule.beside is not Beside.PAGES:
            return
        if len(pages) > 1:
            checks.violated(Invariant.ONE, f"{len(pages)} pages are open at rest")
        bad = self.life.ladder.step(self.life.seconds() - SETTLING_SECONDS) >= FROM_STEP
        if tickets and bad and self.life.fleet.in_place and not pages:
            checks.violated(Invariant.NO_LOSS, "it is bad enough, its ticket is open, and nobody is paged")
        if pages and not tickets and not forgot:
            checks.violated(Invariant.EQUIVALENCE, "its ticket is closed, and its page is open")
