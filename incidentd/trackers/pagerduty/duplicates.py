"""More than one open incident under one dedup key: found for next to nothing, and merged into the one that stays.

A second one comes about where the routing key was changed, where a trigger was worked off after a person's resolve, or
where a person opened an old one again. Whose it is only its alerts tell, and an incident without alerts is not ours.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import replace

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Comment, Confirmed, Outcome, Standing, Ticket, TicketRef, Uncertain
from incidentd.ports import Clock
from incidentd.trackers.exchange import outcome_of
from incidentd.trackers.pagerduty.client import PagerDutyRest
from incidentd.trackers.pagerduty.notes import Notes
from incidentd.trackers.pagerduty.reading import Json, alerts_in, is_open, key_of_all, ticket_of, touched_at
from incidentd.trackers.pagerduty.roundup import Roundup

LOOKS_EVERY_SECONDS = 300.0
"""How often the whole list is read where that is not done anyway."""
MOST_LOOKED_AT = 20
"""Of incidents that nobody knows, so many are looked at in one pass, the newest first; the others in later ones."""

NOT_YET_CLOSED = "PagerDuty accepted the merge; the duplicate is not resolved yet"


class Duplicates:
    """What it found stands for a while in memory, so that a merge that takes several passes is not lost sight of."""

    def __init__(self, rest: PagerDutyRest, roundup: Roundup, notes: Notes, clock: Clock) -> None:
        self._rest = rest
        self._roundup = roundup
        self._notes = notes
        self._clock = clock
        self._looked_at: float | None = None
        self._at_work = False
        self._keys: dict[tuple[str, int], str | None] = {}

    async def among(self, standing: Sequence[Standing]) -> dict[str, tuple[Ticket, ...]]:
        """Of each key with an open incident that the ledger does not know: all open ones. Raises TrackerError."""
        if not standing or not (self._roundup.listed_all or self._is_due()):
            return {}
        await self._learn_service(standing)
        opened = await self._roundup.everything_open()
        known = {self._roundup.stands_for(one.ref) for one in standing if one.ref is not None}
        others = await self._others({id: incident for id, incident in opened.items() if id not in known})
        by_key = {one.key: one for one in standing}
        found = {key: incidents for key, incidents in others.items() if key in by_key}
        self._looked_at, self._at_work = self._clock.monotonic(), bool(found)
        return {key: await self._tickets(by_key[key], incidents, opened) for key, incidents in found.items()}

    async def _learn_service(self, standing: Sequence[Standing]) -> None:
        """By one that may have been opened late, where none of ours was ever seen."""
        late = next((one.key for one in standing if one.ref is None), None)
        if late is not None and not self._roundup.knows_its_services:
            await self._roundup.open_incident(late)

    def _is_due(self) -> bool:
        never = self._looked_at is None
        return never or self._at_work or self._clock.monotonic() - (self._looked_at or 0.0) >= LOOKS_EVERY_SECONDS

    async def _others(self, unknown: Mapping[str, Json]) -> dict[str, list[Json]]:
        """Incidents that the ledger does not know, by the one key that all their alerts have."""
        newest_first = sorted(unknown.items(), key=lambda pair: str(pair[1].get("created_at") or ""), reverse=True)
        seen = {(id, alerts_in(incident)): incident for id, incident in newest_first}
        self._keys = {which: key for which, key in self._keys.items() if which in seen}
        new = [which for which in seen if which not in self._keys and which[1]]
        for which in new[:MOST_LOOKED_AT]:
            self._keys[which] = key_of_all(await self._rest.all_alerts(which[0]))
        found: dict[str, list[Json]] = {}
        for which, incident in seen.items():
            key = self._keys.get(which)
            if key is not None:
                found.setdefault(key, []).append(incident)
        return found

    async def _tickets(
        self, standing: Standing, others: Iterable[Json], opened: Mapping[str, Json]
    ) -> tuple[Ticket, ...]:
        tickets = [await self._ticket(standing, incident) for incident in others]
        own = opened.get(self._roundup.stands_for(standing.ref)) if standing.ref is not None else None
        if own is not None and standing.ref is not None:
            tickets.append(replace(await self._ticket(standing, own), ref=standing.ref))
        return tuple(tickets)

    async def _ticket(self, standing: Standing, incident: Json) -> Ticket:
        entries = await self._rest.log_entries(str(incident["id"]))
        return replace(ticket_of(incident, standing.marker), touched_at=touched_at(entries, await self._rest.user_id()))

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        """One after the other; each is read before it is touched.

        Its alerts come over as they are: one may say less than the incident should by now, so the next pass tells it.
        Also where it was merged before, and only the answer was lost: nobody can tell that from one that people closed.
        """
        try:
            for duplicate in duplicates:
                if not await self._merged(ref, duplicate, key, note):
                    return Uncertain(NOT_YET_CLOSED)
        except TrackerError as error:
            return outcome_of(error)
        return Confirmed(ref, unfinished=True)

    async def _merged(self, ref: TicketRef, duplicate: TicketRef, key: str, note: Comment) -> bool:
        incident = await _or_none(self._rest.incident(duplicate.id))
        if incident is None or not is_open(incident):
            return True
        target = await _or_none(self._roundup.incident(ref))
        ours = key_of_all(await self._rest.all_alerts(duplicate.id)) == key
        if not ours or (target is not None and str(target["id"]) == duplicate.id):
            return True
        await self._notes.say_if_let(duplicate.id, (note,))
        await self._join(target, duplicate.id)
        return not is_open(await self._rest.incident(duplicate.id))

    async def _join(self, target: Json | None, duplicate_id: str) -> None:
        """Nothing can be merged into an incident that is resolved: the duplicate is resolved, too."""
        if target is not None and is_open(target):
            try:
                return await self._rest.merge(str(target["id"]), duplicate_id)
            except TrackerError as error:
                if error.kind is not TrackerFailure.REJECTED:
                    raise
        await self._rest.resolve(duplicate_id)


async def _or_none(call: Awaitable[Json]) -> Json | None:
    """None for an incident that is gone."""
    try:
        return await call
    except TrackerError as error:
        if error.kind is not TrackerFailure.NOT_FOUND:
            raise
        return None
