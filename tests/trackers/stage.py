"""A stage: a tracker and the world behind it. What people, machines and bad lines do goes through the stage."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from incidentd.model.ticket import Confirmed, Outcome, TicketContent, TicketRef
from incidentd.sandbox import faults
from incidentd.sandbox.frame import Frame
from incidentd.trackers.interface import Tracker
from incidentd.transport import Transport
from tests.trackers.examples import content
from tests.transport.clocks import HeldClock


class Stage(ABC):
    """A tracker, and the world behind it as its vendor would see it."""

    tracker: Tracker
    app: Frame
    clock: HeldClock
    create_path: str
    """Where a create goes."""

    @abstractmethod
    def refs(self) -> list[TicketRef]:
        """Every ticket there is, oldest first."""

    @abstractmethod
    def open_refs(self) -> list[TicketRef]:
        """Those that still ask for somebody."""

    @abstractmethod
    def comments(self, ref: TicketRef) -> list[str]:
        """What stands written on a ticket, oldest first."""

    def said(self, ref: TicketRef) -> list[str]:
        """What was said on a ticket, wherever the vendor has a place for it."""
        return self.comments(ref)

    @abstractmethod
    def person_closes(self, ref: TicketRef) -> None:
        """Somebody closes it."""

    @abstractmethod
    def machine_closes(self, ref: TicketRef) -> None:
        """An automation closes it."""

    @abstractmethod
    def duplicate(self, ref: TicketRef) -> TicketRef:
        """Our own account makes another one for the same certificate."""

    @abstractmethod
    def person_takes(self, ref: TicketRef) -> None:
        """Somebody works on it from now on."""

    def lose_answer_of_create(self) -> None:
        """The next create takes effect, and its answer never arrives."""
        self._strike_create(faults.lost_answer())

    def spoil_answer_of_create(self) -> None:
        """The next create takes effect, and a gateway says that it failed."""
        self._strike_create(faults.answer_after_commit(500))

    def lose_create(self) -> None:
        """The line breaks before the next create takes effect."""
        self._strike_create(faults.lost_request())

    def throttle_create(self, retry_after_seconds: int) -> None:
        """The next create is too much, for now."""
        self._strike_create(faults.too_many(retry_after_seconds))

    def _strike_create(self, fault: faults.Fault) -> None:
        self.app.faults.add(fault, "POST", self.create_path)

    @abstractmethod
    def by_url(self, transport: Transport, url: str) -> Tracker:
        """The same tracker by another way."""

    @abstractmethod
    def with_token(self, token: Callable[[], str]) -> Tracker:
        """The same tracker with another API token."""

    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """What must stand in no text."""

    @abstractmethod
    def hide(self) -> None:
        """The token keeps working, but may not see where the tickets are."""

    def writes(self) -> int:
        """How many calls asked for a change so far."""
        return len(self.app.writes)

    async def opened(self, said: TicketContent | None = None) -> Confirmed:
        """A ticket, opened."""
        return confirmed(await self.tracker.open(said or content()))


def confirmed(outcome: Outcome) -> Confirmed:
    """The outcome, which must be that."""
    assert isinstance(outcome, Confirmed), outcome
    return outcome


def ids(refs: Sequence[TicketRef]) -> list[str]:
    """Their ids."""
    return [ref.id for ref in refs]
