"""PagerDuty as a tracker: events open, update and resolve; REST reads back what became of them, and takes notes.

The dedup key is the incident's own key, so sending a trigger twice opens nothing twice. What must never happen is a
trigger after a resolve: that would open a new incident. Hence the status is read before anything is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from incidentd.errors import TrackerError
from incidentd.model.ticket import (
    Comment,
    Confirmed,
    Outcome,
    Retryable,
    Ticket,
    TicketContent,
    TicketRef,
    Uncertain,
)
from incidentd.ports import Clock
from incidentd.trackers.exchange import outcome_of
from incidentd.trackers.pagerduty import events
from incidentd.trackers.pagerduty.client import API_URL, EVENTS_URL, PagerDutyEvents, PagerDutyRest
from incidentd.trackers.pagerduty.reading import Json, is_open, open_alerts, ref_of
from incidentd.trackers.pagerduty.roundup import Roundup
from incidentd.transport import Transport

SETTLE_WINDOW = timedelta(minutes=1)
"""A late event is harmless, since sending it again is; so the window only has to cover the usual processing."""

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
    ) -> None:
        self._name = name
        self._events = PagerDutyEvents(transport, clock, routing_key, events_url)
        self._rest = PagerDutyRest(transport, clock, api_token, from_email, api_url)
        self._roundup = Roundup(self._rest, service)

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

    async def open(self, content: TicketContent) -> Outcome:
        """One trigger event, then a look whether it became an incident: only that confirms it."""
        try:
            await self._events.send(events.trigger(content))
            return await self._seen(content)
        except TrackerError as error:
            return outcome_of(error)

    async def update(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """A trigger where the event would say something new, and the notes that do not stand there yet."""
        try:
            incident = await self._roundup.incident(ref)
            if not is_open(incident):
                return Retryable(CLOSED_MEANWHILE)
            now_written = await self._say(incident, content, written)
            await self._note(incident, comments)
            return Confirmed(ref_of(incident), now_written)
        except TrackerError as error:
            return outcome_of(error)

    async def comment(self, ref: TicketRef, comments: Sequence[Comment]) -> Outcome:
        """Notes that do not stand there yet, whatever the incident's status."""
        try:
            incident = await self._roundup.incident(ref)
            await self._note(incident, comments)
            return Confirmed(ref_of(incident))
        except TrackerError as error:
            return outcome_of(error)

    async def reopen(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """A new incident under the same key that names the earlier one; an open one that is found is taken instead."""
        try:
            if await self._roundup.open_incident(content.key) is None:
                await self._events.send(events.trigger(content, earlier=ref))
            seen = await self._seen(content)
            return seen if isinstance(seen, Uncertain) else await self._noted(seen, comments)
        except TrackerError as error:
            return outcome_of(error)

    async def close(self, ref: TicketRef, key: str, note: Comment) -> Outcome:
        """The note, the resolve event, and a look whether it took effect."""
        try:
            incident = await self._roundup.incident(ref)
            if not is_open(incident):
                return Confirmed(ref_of(incident))
            said_before = not await self._note(incident, (note,))
            await self._events.send(events.resolve(key))
            return await self._closed(incident, key, insist=said_before)
        except TrackerError as error:
            return outcome_of(error)

    async def clock(self) -> datetime | None:
        """PagerDuty's own time. Raises TrackerError."""
        return await self._rest.date()

    async def _seen(self, content: TicketContent) -> Confirmed | Uncertain:
        try:
            incident = await self._roundup.open_incident(content.key)
        except TrackerError as error:
            # The event is out: whatever reading back fails of, it may well have been done.
            return Uncertain(f"{NOT_YET_SEEN}: {error}")
        return Confirmed(ref_of(incident), _written(content)) if incident else Uncertain(NOT_YET_SEEN)

    async def _noted(self, seen: Confirmed, comments: Sequence[Comment]) -> Outcome:
        await self._note({"id": seen.ref.id}, comments)
        return seen

    async def _say(self, incident: Json, content: TicketContent, written: Mapping[str, str]) -> Mapping[str, str]:
        """What is written after it. An open incident whose alert is resolved takes no event: it would open another."""
        if _written(content) == dict(written):
            return written
        alerts = await self._rest.alerts(str(incident["id"]), content.key)
        if not any(alert.get("status") == "triggered" for alert in alerts):
            return written
        await self._events.send(events.trigger(content))
        return _written(content)

    async def _note(self, incident: Json, comments: Sequence[Comment]) -> bool:
        """Adds what does not stand there; True when something was added."""
        if not comments:
            return False
        standing = {text.strip() for text in await self._rest.notes(str(incident["id"]))}
        new = [comment.text for comment in comments if comment.text.strip() not in standing]
        for text in new:
            await self._rest.add_note(str(incident["id"]), text)
        return bool(new)

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


def _written(content: TicketContent) -> dict[str, str]:
    return {"event": events.digest(content)}
