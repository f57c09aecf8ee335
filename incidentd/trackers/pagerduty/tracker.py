"""PagerDuty as a tracker: events open, update and resolve; REST reads back what became of them, and takes notes.

The dedup key is the incident's own key, so sending a trigger twice opens nothing twice. What must never happen is a
trigger after a resolve: that would open a new incident. Hence the status is read before anything is sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from incidentd.errors import TrackerError
from incidentd.model.assessment import Severity
from incidentd.model.ticket import (
    Comment,
    Confirmed,
    Outcome,
    Owned,
    Retryable,
    Standing,
    Ticket,
    TicketContent,
    TicketRef,
    Uncertain,
)
from incidentd.ports import Clock
from incidentd.trackers.exchange import REFUSED, asked_twice, once_begun, outcome_of, unsaid
from incidentd.trackers.interface import NOTHING_WRITTEN, ChangeContent
from incidentd.trackers.pagerduty import adopting, census, events, releases
from incidentd.trackers.pagerduty.budget import EventBudget
from incidentd.trackers.pagerduty.changes import change_event
from incidentd.trackers.pagerduty.client import API_URL, PagerDutyRest
from incidentd.trackers.pagerduty.closing import Closing
from incidentd.trackers.pagerduty.deafness import Deafness
from incidentd.trackers.pagerduty.doors import Doors
from incidentd.trackers.pagerduty.duplicates import Duplicates
from incidentd.trackers.pagerduty.enqueue import EVENTS_URL, PagerDutyEvents
from incidentd.trackers.pagerduty.fields import Change, Fields
from incidentd.trackers.pagerduty.keys import RoutingKeys, door_of
from incidentd.trackers.pagerduty.notes import Notes, snooze_seconds
from incidentd.trackers.pagerduty.priorities import Priorities
from incidentd.trackers.pagerduty.reading import Json, is_open, ref_of
from incidentd.trackers.pagerduty.roundup import Roundup
from incidentd.trackers.pagerduty.unseen import Unseen
from incidentd.transport import Transport

SETTLE_WINDOW = timedelta(seconds=20)
"""Sending a lost event again is harmless, and one that was accepted is not sent again: so this is short."""

NOT_YET_SEEN = "PagerDuty accepted the event; no incident is seen yet"
NO_PRIORITIES: Mapping[Severity, str] = MappingProxyType({})
CLOSED_MEANWHILE = "the incident was resolved meanwhile: a trigger would open another one"


class PagerDutyTracker:
    """One integration of one service, with a REST token for reading back."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        clock: Clock,
        *,
        keys: RoutingKeys,
        budget: EventBudget,
        api_token: Callable[[], str],
        from_email: str,
        service: str | None = None,
        priorities: Mapping[Severity, str] = NO_PRIORITIES,
        events_url: str = EVENTS_URL,
        api_url: str = API_URL,
        board_url: str | None = None,
    ) -> None:
        self._name = name
        self._board_url = board_url
        self._clock = clock
        self._events = PagerDutyEvents(transport, clock, keys, budget, events_url)
        self._rest = PagerDutyRest(transport, clock, api_token, from_email, api_url)
        self._roundup = Roundup(self._rest, service)
        self._notes = Notes(self._rest)
        self._doors = Doors(self._rest, keys)
        self._fields = Fields(Priorities(self._rest, priorities, clock))
        self._deafness = Deafness(self._rest, keys, service, clock)
        self._closing = Closing(self._events, self._rest, self._roundup, self._notes)
        self._duplicates = Duplicates(self._rest, self._roundup, self._notes, clock)
        self._unseen = Unseen(clock)

    @property
    def name(self) -> str:
        """The configuration's name for it."""
        return self._name

    @property
    def settle_window(self) -> timedelta:
        """How long a read-back that finds nothing proves nothing."""
        return SETTLE_WINDOW

    async def read(self, wanted: Sequence[TicketRef]) -> tuple[Ticket, ...]:
        """The incidents as they are, each under the ref asked for; a merged one stands as the one it went into."""
        return await self._roundup.read(wanted)

    async def find(self, key: str, marker: str) -> tuple[Ticket, ...]:
        """Every incident, of any time and status, that an alert with our dedup key stands in, oldest first."""
        return await self._roundup.find(key, marker)

    async def duplicates(self, standing: Iterable[Standing]) -> Mapping[str, tuple[Ticket, ...]]:
        """Free where the last read listed all open incidents of the service; else once in five minutes."""
        return await self._duplicates.among(tuple(standing))

    @property
    def marks_tickets(self) -> bool:
        """False: alerts keep their key, whatever people do."""
        return False

    async def ours(self, instance: str) -> tuple[Owned, ...]:
        """All that is open in the services of our incidents, and has a key of ours; one call an incident."""
        return await census.ours(self._rest, self._roundup, instance)

    async def adoptable(self, named: str, key: str) -> Ticket:
        """What a person names; refused where it cannot stand for this incident."""
        return await adopting.adoptable(self._rest, named, key)

    async def open(self, content: TicketContent) -> Outcome:
        """One trigger event, then a look whether it became an incident: only that confirms it."""
        try:
            written = self._written(content)
            await self._trigger(content)
            return await self._seen(content, written)
        except TrackerError as error:
            return outcome_of(error)

    async def update(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """A trigger where the event would say something new, what only REST can set, and the notes not yet there."""
        try:
            incident = await self._roundup.incident(ref)
            if not is_open(incident):
                return Retryable(CLOSED_MEANWHILE)
            change = await self._fields.at_update(incident, content, written)
            told = await self._tell(incident, content, written, comments, with_it=change.is_one)
            now_set = await self._set(incident, change)
            if not change.is_one or not told:
                await self._notes.say(str(incident["id"]), await self._untold(incident, content, comments))
            return replace(now_set, written={**written, **now_set.written, **told})
        except TrackerError as error:
            return outcome_of(error)

    async def comment(self, ref: TicketRef, comments: Sequence[Comment]) -> Outcome:
        """Notes that do not stand there yet, whatever the incident's status."""
        try:
            incident = await self._roundup.incident(ref)
            seconds = snooze_seconds(comments, self._clock.now())
            if seconds and is_open(incident):
                await self._rest.snooze(str(incident["id"]), seconds)
            await self._notes.say(str(incident["id"]), comments)
            return Confirmed(ref_of(incident))
        except TrackerError as error:
            return outcome_of(error)

    async def reopen(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """A new incident under the same key that names the earlier one; an open one that is found is taken instead.

        It may say less than it should by now: then the next pass tells it.
        """
        try:
            written = self._written(content)
            there = await self._roundup.open_incident(content.key)
            if there is None:
                await self._trigger(content, earlier=ref)
            says_it = there is None or await self._says(there, content)
            seen = await self._seen(content, written if says_it else NOTHING_WRITTEN)
            if isinstance(seen, Uncertain):
                return seen
            return await self._noted(seen if says_it else replace(seen, unfinished=True), comments)
        except TrackerError as error:
            return outcome_of(error)

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        """The note on each, then a merge, which moves its alerts and resolves it."""
        return await self._duplicates.merge(ref, duplicates, key, note)

    async def close(
        self, ref: TicketRef, key: str, note: Comment, written: Mapping[str, str] = NOTHING_WRITTEN
    ) -> Outcome:
        """The note, a resolve through the key that opened it, and a look whether it took effect."""
        return await self._closing.close(ref, key, note, written)

    async def clock(self) -> datetime | None:
        """PagerDuty's own time. Raises TrackerError."""
        return await self._rest.date()

    def holds(self, named: str) -> bool:
        """True for an incident's number or id."""
        return releases.holds(named)

    async def tell_release(self, ref: TicketRef, content: TicketContent, comments: Sequence[Comment]) -> Outcome:
        """A note."""
        return await releases.tell(self._roundup, self._rest, self._notes, ref, comments)

    async def tell_change(self, change: ChangeContent) -> None:
        """A change event on the timeline of the service; it cannot be read back."""
        await self._events.send_change(change_event(change))

    async def _trigger(self, content: TicketContent, earlier: TicketRef | None = None) -> None:
        if not self._unseen.may_still_come(content.key):
            await self._events.send(events.trigger(content, earlier, board=self._board_url))
            self._unseen.accepted(content.key)

    async def _seen(self, content: TicketContent, written: Mapping[str, str]) -> Confirmed | Uncertain:
        """The incident that the event became, with what only REST can set; nothing of that is worth the opening."""
        try:
            incident = await self._roundup.open_incident(content.key, content.follows)
        except TrackerError as error:
            # The event is out: whatever reading back fails of, it may well have been done.
            return Uncertain(f"{NOT_YET_SEEN}: {error}")
        if incident is None:
            deaf = await self._deafness.told()
            return Uncertain(f"{NOT_YET_SEEN}: {deaf}" if deaf else NOT_YET_SEEN)
        self._unseen.seen(content.key)
        change = await self._fields.at_opening(incident, content)
        now_set = await self._set(incident, change, opening=True)
        return replace(now_set, written={**written, **now_set.written})

    async def _set(self, incident: Json, change: Change, *, opening: bool = False) -> Confirmed:
        """What is set now. A title or a priority is never worth the rest: what is refused is tried at the next change,
        and what failed in passing at the next pass.

        Raises TrackerError where a set-back failed, since somebody has to be called; an opening is a page by itself.
        """
        ref = ref_of(incident)
        try:
            if change.put:
                await asked_twice(partial(self._rest.change, ref.id, change.put), REFUSED)
        except TrackerError as error:
            if change.sets_back and not opening:
                raise
            return Confirmed(ref, change.written_if_refused, unfinished=error.kind not in REFUSED)
        return Confirmed(ref, change.written, unfinished=change.unread)

    async def _noted(self, seen: Confirmed, comments: Sequence[Comment]) -> Outcome:
        try:
            await self._notes.say_if_let(seen.ref.id, comments)
        except TrackerError as error:
            return once_begun(error)
        return seen

    async def _tell(
        self,
        incident: Json,
        content: TicketContent,
        written: Mapping[str, str],
        comments: Sequence[Comment],
        *,
        with_it: bool,
    ) -> Mapping[str, str]:
        """What is written by an event; empty where none was sent.

        An alert that is resolved, or that a key sent which is not ours any more, takes no event: it would open a second
        incident. `with_it`: the comments are said by the event, and stay where an earlier one said them whose answer
        was lost. An event that has nothing to say keeps what the last one said.
        """
        digest = events.digest(content)
        if written.get("event") == digest:
            return {}
        alerts = await self._rest.alerts(str(incident["id"]), content.key)
        opened = [alert for alert in alerts if alert.get("status") == "triggered"]
        routing_key = await self._doors.key(content.key, written, opened) if opened else None
        if routing_key is None:
            return {}
        new = () if with_it else _unsaid(comments, alerts)
        said = [comment.text for comment in comments if comment not in new] or events.said_with(opened[-1], content)
        await self._events.send(events.trigger(content, said=said, board=self._board_url), routing_key)
        return {"event": digest, "door": door_of(routing_key, content.key)}

    async def _says(self, incident: Json, content: TicketContent) -> bool:
        return any(events.says(alert, content) for alert in await self._rest.alerts(str(incident["id"]), content.key))

    async def _untold(self, incident: Json, content: TicketContent, said: Sequence[Comment]) -> Sequence[Comment]:
        """Without what an earlier event said, whose answer was lost."""
        return _unsaid(said, await self._rest.alerts(str(incident["id"]), content.key)) if said else said

    def _written(self, content: TicketContent) -> dict[str, str]:
        """Raises TrackerError where the routing key cannot be read."""
        return {"event": events.digest(content), "door": self._doors.today(content.key)}


def _unsaid(comments: Sequence[Comment], alerts: Sequence[Json]) -> Sequence[Comment]:
    """Without what the alerts' latest events said."""
    new = unsaid(comments, [events.reason_of(alert) for alert in alerts])
    return [comment for comment in comments if comment.text.strip() in new]
