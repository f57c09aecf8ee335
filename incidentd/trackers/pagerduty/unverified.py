"""PagerDuty without a REST token: triggers go out to open and at severity steps, and nothing is ever read back.

Its refs are unverified: their id is the incident's dedup key, and they have no URL. What people do there stays unseen.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from incidentd.errors import TrackerError
from incidentd.model.ticket import (
    Comment,
    Confirmed,
    Outcome,
    Rejected,
    Retryable,
    Standing,
    Ticket,
    TicketContent,
    TicketRef,
    TicketStatus,
)
from incidentd.ports import Clock
from incidentd.trackers.exchange import outcome_of
from incidentd.trackers.interface import NOTHING_WRITTEN, ChangeContent
from incidentd.trackers.pagerduty import events
from incidentd.trackers.pagerduty.budget import EventBudget
from incidentd.trackers.pagerduty.changes import change_event
from incidentd.trackers.pagerduty.enqueue import EVENTS_URL, PagerDutyEvents
from incidentd.trackers.pagerduty.keys import LEFT, RoutingKeys, door_of
from incidentd.trackers.pagerduty.reading import UNVERIFIED
from incidentd.transport import Transport


class UnverifiedPagerDutyTracker:
    """`write_only: true`. Confirmed means accepted here: there is nobody to ask."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        clock: Clock,
        *,
        keys: RoutingKeys,
        budget: EventBudget,
        events_url: str = EVENTS_URL,
        board_url: str | None = None,
    ) -> None:
        self._name = name
        self._board_url = board_url
        self._events = PagerDutyEvents(transport, clock, keys, budget, events_url)

    @property
    def name(self) -> str:
        """The configuration's name for it."""
        return self._name

    @property
    def settle_window(self) -> timedelta:
        """None: a trigger may be sent again at any time, and a search would find nothing ever."""
        return timedelta(0)

    async def read(self, wanted: Sequence[TicketRef]) -> tuple[Ticket, ...]:
        """All of them open, as far as can be told."""
        return tuple(Ticket(ref=ref, marker="", status=TicketStatus.OPEN, readable=False) for ref in wanted)

    async def find(self, key: str, marker: str) -> tuple[Ticket, ...]:
        """None: nothing can be read back."""
        return ()

    async def duplicates(self, standing: Iterable[Standing]) -> Mapping[str, tuple[Ticket, ...]]:
        """None: nothing can be read back."""
        return {}

    async def open(self, content: TicketContent) -> Outcome:
        """One trigger event."""
        return await self._trigger(content, None)

    async def update(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """A trigger when the step is another than the one last sent; there is no place for comments."""
        if written.get("step") == _step(content):
            return Confirmed(ref, written)
        return await self._trigger(content, None, written)

    async def comment(self, ref: TicketRef, comments: Sequence[Comment]) -> Outcome:
        """There is no place for comments: nothing is sent."""
        return Confirmed(ref)

    async def reopen(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """A trigger under the same key."""
        return await self._trigger(content, ref)

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        """Events know no incidents, only keys."""
        return Rejected("without api_token duplicates can be neither found nor merged")

    async def close(
        self, ref: TicketRef, key: str, note: Comment, written: Mapping[str, str] = NOTHING_WRITTEN
    ) -> Outcome:
        """One resolve event, through the key that opened it. Where that is gone, no event would have an effect."""
        try:
            door = written.get("door")
            through = None if door is None else self._events.keys.by_door(door, key)
            if door is not None and through is None:
                return Retryable(f"{key} cannot be resolved: {LEFT}")
            await self._events.send(events.resolve(key), through)
        except TrackerError as error:
            return outcome_of(error)
        return Confirmed(ref)

    async def clock(self) -> datetime | None:
        """None: there is nothing harmless to read."""
        return None

    async def tell_change(self, change: ChangeContent) -> None:
        """A change event on the timeline of the service."""
        await self._events.send_change(change_event(change))

    async def _trigger(
        self, content: TicketContent, earlier: TicketRef | None, written: Mapping[str, str] = NOTHING_WRITTEN
    ) -> Outcome:
        """Through the key that opened it, as long as that is configured; else today's, since a step must be heard."""
        ref = TicketRef(id=content.key, key=UNVERIFIED)
        try:
            known = self._events.keys.by_door(written["door"], content.key) if "door" in written else None
            through = known or self._events.keys.today()
            await self._events.send(events.trigger(content, earlier, board=self._board_url), through)
        except TrackerError as error:
            return outcome_of(error)
        return Confirmed(ref, {"step": _step(content), "door": door_of(through, content.key)})


def _step(content: TicketContent) -> str:
    return content.step.label
