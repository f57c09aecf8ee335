"""Closing: a resolve event may be dropped in silence; only an incident, or our alert in it, that says resolved counts.

The event goes through the routing key that opened the alert. Where that key is gone, or the event had no effect, the
alert is resolved by REST; the incident, which others may share, only when nothing in it is open any more.
"""

from collections.abc import Mapping

from incidentd.errors import TrackerError
from incidentd.model.ticket import Comment, Confirmed, Outcome, Retryable, TicketRef, Uncertain
from incidentd.trackers.exchange import REFUSED, outcome_of
from incidentd.trackers.pagerduty import events
from incidentd.trackers.pagerduty.client import PagerDutyRest
from incidentd.trackers.pagerduty.enqueue import PagerDutyEvents
from incidentd.trackers.pagerduty.keys import LEFT
from incidentd.trackers.pagerduty.notes import Notes
from incidentd.trackers.pagerduty.reading import Json, is_open, open_alerts, ref_of
from incidentd.trackers.pagerduty.roundup import Roundup

NOT_YET_RESOLVED = "PagerDuty accepted the event; the incident is not resolved yet"


class Closing:
    """One attempt: the note, a resolve, and a look whether it took effect."""

    def __init__(self, events: PagerDutyEvents, rest: PagerDutyRest, roundup: Roundup, notes: Notes) -> None:
        self._events = events
        self._rest = rest
        self._roundup = roundup
        self._notes = notes

    async def close(self, ref: TicketRef, key: str, note: Comment, written: Mapping[str, str]) -> Outcome:
        """As Tracker.close says."""
        try:
            incident = await self._roundup.incident(ref)
            if not is_open(incident):
                return Confirmed(ref_of(incident))
            refused, said_before = await self._notes.say_if_let(str(incident["id"]), (note,))
            through = self._key(key, written)
            if through is not None:
                await self._events.send(events.resolve(key), through)
            closed = await self._closed(incident, key, insist=said_before or through is None)
            return Retryable(str(refused)) if refused and isinstance(closed, Confirmed) else closed
        except TrackerError as error:
            return outcome_of(error)

    def _key(self, key: str, written: Mapping[str, str]) -> str | None:
        """The key that opened it; today's where the ledger does not know; None where it is not configured any more."""
        door = written.get("door")
        return self._events.keys.today() if door is None else self._events.keys.by_door(door, key)

    async def _closed(self, before: Json, key: str, *, insist: bool) -> Outcome:
        """Reads back. `insist`: an event had no effect, or there is no key to send one through."""
        incident = await self._rest.incident(str(before["id"]))
        if not is_open(incident):
            return Confirmed(ref_of(incident))
        alerts = await self._rest.alerts(str(incident["id"]), key)
        ours = [str(alert.get("id")) for alert in alerts if alert.get("status") != "resolved"]
        if ours:
            return await self._resolved(incident, ours) if insist else Uncertain(NOT_YET_RESOLVED)
        if await self._open_in(incident) > 0:
            # Shared by alert grouping or a merge: our part is done; the rest is somebody else's.
            return Confirmed(ref_of(incident))
        resolved = await self._rest.resolve(str(incident["id"]))
        return Uncertain(NOT_YET_RESOLVED) if is_open(resolved) else Confirmed(ref_of(resolved))

    async def _open_in(self, incident: Json) -> int:
        """How many alerts are open there, whoever sent them: other people's incidents are not resolved for a null."""
        said = open_alerts(incident)
        if said is not None:
            return said
        alerts = await self._rest.all_alerts(str(incident["id"]))
        return sum(alert.get("status") != "resolved" for alert in alerts)

    async def _resolved(self, incident: Json, ours: list[str]) -> Outcome:
        shared = await self._open_in(incident) > len(ours)
        try:
            await self._rest.resolve_alerts(str(incident["id"]), ours)
        except TrackerError as error:
            if error.kind in REFUSED:
                error.hint = LEFT
            raise
        after = await self._rest.incident(str(incident["id"]))
        return Confirmed(ref_of(after)) if shared or not is_open(after) else Uncertain(NOT_YET_RESOLVED)
