"""PagerDuty as a tracker: events open, update and resolve; REST reads back what became of them, and takes notes.

The dedup key is the incident's own key, so sending a trigger twice opens nothing twice. What must never happen is a
trigger after a resolve: that would open a new incident. Hence the status is read before anything is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from incidentd.errors import TrackerError
from incidentd.model.assessment import Step
from incidentd.model.ticket import (
    Comment,
    Confirmed,
    Outcome,
    Retryable,
    Standing,
    Ticket,
    TicketContent,
    TicketRef,
    Uncertain,
)
from incidentd.ports import Clock
from incidentd.trackers.exchange import once_begun, outcome_of, unsaid
from incidentd.trackers.pagerduty import events
from incidentd.trackers.pagerduty.client import API_URL, EVENTS_URL, PagerDutyEvents, PagerDutyRest
from incidentd.trackers.pagerduty.duplicates import Duplicates
from incidentd.trackers.pagerduty.notes import Notes
from incidentd.trackers.pagerduty.reading import Json, is_open, open_alerts, ref_of
from incidentd.trackers.pagerduty.roundup import Roundup
from incidentd.trackers.pagerduty.unseen import Unseen
from incidentd.transport import Transport

SETTLE_WINDOW = timedelta(seconds=20)
"""Sending a lost event again is harmless, and one that was accepted is not sent again: so this is short."""

NOT_YET_SEEN = "PagerDuty accepted the event; no incident is seen yet"
NOT_YET_RESOLVED = "PagerDuty accepted the event; the incident is not resolved yet"
CLOSED_MEANWHILE = "the incident was resolved meanwhile: a trigger would open another one"


class PagerDutyTracker:
    """One integration of one service, with a REST token for reading back."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        clock: Clock,
        *,
        routing_key: Callable[[], str],
        api_token: Callable[[], str],
        from_email: str,
        service: str | None = None,
        events_url: str = EVENTS_URL,
        api_url: str = API_URL,
        board_url: str | None = None,
    ) -> None:
        self._name = name
        self._board_url = board_url
        self._events = PagerDutyEvents(transport, clock, routing_key, events_url)
        self._rest = PagerDutyRest(transport, clock, api_token, from_email, api_url)
        self._roundup = Roundup(self._rest, service)
        self._notes = Notes(self._rest)
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

    async def duplicates(self, standing: Sequence[Standing]) -> Mapping[str, tuple[Ticket, ...]]:
        """Free where the last read listed all open incidents of the service; else once in five minutes."""
        return await self._duplicates.among(standing)

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
        """A trigger where the event would say something new, a set-back at critical, and the notes not yet there."""
        try:
            incident = await self._roundup.incident(ref)
            if not is_open(incident):
                return Retryable(CLOSED_MEANWHILE)
            presses = _presses(incident, content, written)
            told = await self._tell(incident, content, written, comments, presses=presses)
            if presses:
                await self._rest.set_back(str(incident["id"]))
            if not presses or not told:
                await self._notes.say(str(incident["id"]), await self._untold(incident, content, comments))
            return Confirmed(ref_of(incident), {**written, **_pressed(content), **told})
        except TrackerError as error:
            return outcome_of(error)

    async def comment(self, ref: TicketRef, comments: Sequence[Comment]) -> Outcome:
        """Notes that do not stand there yet, whatever the incident's status."""
        try:
            incident = await self._roundup.incident(ref)
            await self._notes.say(str(incident["id"]), comments)
            return Confirmed(ref_of(incident))
        except TrackerError as error:
            return outcome_of(error)

    async def reopen(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """A new incident under the same key that names the earlier one; an open one that is found is taken instead."""
        try:
            written = self._written(content)
            if await self._roundup.open_incident(content.key) is None:
                await self._trigger(content, earlier=ref)
            seen = await self._seen(content, written)
            return seen if isinstance(seen, Uncertain) else await self._noted(seen, comments)
        except TrackerError as error:
            return outcome_of(error)

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        """The note on each, then a merge, which moves its alerts and resolves it."""
        return await self._duplicates.merge(ref, duplicates, key, note)

    async def close(self, ref: TicketRef, key: str, note: Comment) -> Outcome:
        """The note, the resolve event, and a look whether it took effect."""
        try:
            incident = await self._roundup.incident(ref)
            if not is_open(incident):
                return Confirmed(ref_of(incident))
            refused, said_before = await self._notes.say_if_let(str(incident["id"]), (note,))
            await self._events.send(events.resolve(key))
            closed = await self._closed(incident, key, insist=said_before)
            return Retryable(str(refused)) if refused and isinstance(closed, Confirmed) else closed
        except TrackerError as error:
            return outcome_of(error)

    async def clock(self) -> datetime | None:
        """PagerDuty's own time. Raises TrackerError."""
        return await self._rest.date()

    async def _trigger(self, content: TicketContent, earlier: TicketRef | None = None) -> None:
        if not self._unseen.may_still_come(content.key):
            await self._events.send(events.trigger(content, earlier, board=self._board_url))
            self._unseen.accepted(content.key)

    async def _seen(self, content: TicketContent, written: Mapping[str, str]) -> Confirmed | Uncertain:
        try:
            incident = await self._roundup.open_incident(content.key, content.follows)
        except TrackerError as error:
            # The event is out: whatever reading back fails of, it may well have been done.
            return Uncertain(f"{NOT_YET_SEEN}: {error}")
        if incident is None:
            return Uncertain(NOT_YET_SEEN)
        self._unseen.seen(content.key)
        return Confirmed(ref_of(incident), written)

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
        presses: bool,
    ) -> Mapping[str, str]:
        """What is written by an event; empty where none was sent.

        An alert that is resolved, or that another routing key sent, takes no event: it would open a second incident.
        What goes with a set-back is said by its event, and what an earlier one said, whose answer was lost, stays.
        """
        now_written = self._written(content)
        if written.get("event") == now_written["event"] or written.get("door") not in (None, now_written["door"]):
            return {}
        alerts = await self._rest.alerts(str(incident["id"]), content.key)
        if not any(alert.get("status") == "triggered" for alert in alerts):
            return {}
        new = () if presses else _unsaid(comments, alerts)
        said = [comment for comment in comments if comment not in new]
        await self._events.send(events.trigger(content, said=said, board=self._board_url))
        return now_written

    async def _untold(self, incident: Json, content: TicketContent, said: Sequence[Comment]) -> Sequence[Comment]:
        """Without what an earlier set-back said by its event."""
        if not said or not _pressed(content):
            return said
        return _unsaid(said, await self._rest.alerts(str(incident["id"]), content.key))

    async def _closed(self, before: Json, key: str, *, insist: bool) -> Outcome:
        """Reads back. `insist`: an earlier resolve event had no effect, as happens when the routing key was changed."""
        incident = await self._rest.incident(str(before["id"]))
        if not is_open(incident):
            return Confirmed(ref_of(incident))
        ours = [
            alert for alert in await self._rest.alerts(str(incident["id"]), key) if alert.get("status") != "resolved"
        ]
        others = open_alerts(incident) - len(ours)
        if others > 0:
            # Shared by alert grouping or a merge: our part is done when our alert is; the rest is somebody else's.
            return Uncertain(NOT_YET_RESOLVED) if ours else Confirmed(ref_of(incident))
        if ours and not insist:
            return Uncertain(NOT_YET_RESOLVED)
        resolved = await self._rest.resolve(str(incident["id"]))
        return Uncertain(NOT_YET_RESOLVED) if is_open(resolved) else Confirmed(ref_of(resolved))

    def _written(self, content: TicketContent) -> dict[str, str]:
        """Raises TrackerError where the routing key cannot be read."""
        return {"event": events.digest(content), "door": self._events.door(content.key), **_pressed(content)}


def _presses(incident: Json, content: TicketContent, written: Mapping[str, str]) -> bool:
    """Whether this step sets the incident back: an acknowledgement quiets the step it was given at, not the ladder."""
    told = _pressed(content).items() <= written.items()
    return not told and (incident.get("status") == "acknowledged" or incident.get("urgency") == "low")


def _unsaid(comments: Sequence[Comment], alerts: Sequence[Json]) -> Sequence[Comment]:
    """Without what the alerts' latest events said."""
    new = unsaid(comments, [events.reason_of(alert) for alert in alerts])
    return [comment for comment in comments if comment.text.strip() in new]


def _pressed(content: TicketContent) -> dict[str, str]:
    """At critical and at its two later steps, once each."""
    return {"pressed": content.step.label} if content.step >= Step.CRITICAL else {}
