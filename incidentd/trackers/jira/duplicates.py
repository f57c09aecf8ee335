"""More than one open issue of ours under one marker: found by search, believed by id, linked and closed.

The index only proposes, and lags: what it names is read by id before anything is made of it, and what it does not name
proves nothing. It is asked once in a while, for a hundred markers in a call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Comment, Confirmed, Outcome, Standing, Ticket, TicketRef
from incidentd.ports import Clock
from incidentd.trackers.exchange import outcome_of
from incidentd.trackers.jira.client import JiraClient, Json
from incidentd.trackers.jira.dialect import FETCH_SIZE, Dialect
from incidentd.trackers.jira.linking import is_linked_as_duplicate, link_as_duplicate
from incidentd.trackers.jira.lookup import MARKER, Lookup, is_ours
from incidentd.trackers.jira.moving import Moving
from incidentd.trackers.jira.reading import creator_of, is_done, labels_of, property_of, ticket_of, touched_at
from incidentd.trackers.jira.talk import Talk

_DONE_CATEGORY = 3
"""The id of the status category `done`, which is the same in every language (Jira Cloud, JQL fields)."""
_READ_TO_MERGE = ("status", "resolution", "creator", "issuelinks")


class Duplicates:
    """What it found stands for a while in memory, so that a merge that takes several passes is not lost sight of."""

    def __init__(
        self,
        client: JiraClient,
        dialect: Dialect,
        lookup: Lookup,
        talk: Talk,
        moving: Moving,
        clock: Clock,
        index_lag: timedelta,
    ) -> None:
        self._client = client
        self._dialect = dialect
        self._lookup = lookup
        self._talk = talk
        self._moving = moving
        self._clock = clock
        self._index_lag = index_lag
        self._searched_at: float | None = None
        self._suspects: tuple[str, ...] = ()

    async def among(self, standing: Sequence[Standing]) -> dict[str, tuple[Ticket, ...]]:
        """Of each key with an open issue of ours that the ledger does not know: all open ones. Raises TrackerError."""
        by_marker = {one.marker: one for one in standing if MARKER.fullmatch(one.marker)}
        if not by_marker:
            return {}
        known = {one.ref.id for one in standing if one.ref is not None}
        if self._is_due():
            self._suspects = tuple(id for id in await self._proposed(by_marker) if id not in known)
            self._searched_at = self._clock.monotonic()
        if not self._suspects:
            return {}
        found = await self._grouped(by_marker)
        self._suspects = tuple(ticket.ref.id for tickets in found.values() for ticket in tickets)
        return found

    def _is_due(self) -> bool:
        now = self._clock.monotonic()
        return self._searched_at is None or now - self._searched_at >= self._index_lag.total_seconds()

    async def _proposed(self, by_marker: dict[str, Standing]) -> tuple[str, ...]:
        """The ids that the index has for the markers."""
        markers = sorted(by_marker)
        ids: list[str] = []
        for start in range(0, len(markers), FETCH_SIZE):
            names = ", ".join(f'"{marker}"' for marker in markers[start : start + FETCH_SIZE])
            jql = f"statusCategory != {_DONE_CATEGORY} AND creator = currentUser() AND labels in ({names})"
            ids += await self._lookup.search(jql)
        return tuple(dict.fromkeys(ids))

    async def _grouped(self, by_marker: dict[str, Standing]) -> dict[str, tuple[Ticket, ...]]:
        """By key, those that are open and ours in truth, where there are several."""
        account = await self._client.account()
        groups: dict[str, list[Json]] = {}
        for issue in (await self._lookup.fetch(self._suspects, ("changelog",))).values():
            one = _stands_beside(issue, by_marker, account)
            if one is not None:
                groups.setdefault(one.marker, []).append(issue)
        refs = {marker: ref for marker in groups if (ref := by_marker[marker].ref) is not None}
        own = await self._lookup.fetch([ref.id for ref in refs.values()], ("changelog",))
        for marker, ref in refs.items():
            groups[marker] += [issue for id, issue in own.items() if id == ref.id and not is_done(issue)]
        return {by_marker[marker].key: await self._tickets(group, account) for marker, group in groups.items()}

    async def _tickets(self, issues: Sequence[Json], account: str) -> tuple[Ticket, ...]:
        tickets = []
        for issue in issues:
            comments = await self._talk.newest(str(issue["id"]))
            ticket = ticket_of(issue, await self._lookup.ref_of(issue), account)
            tickets.append(replace(ticket, touched_at=touched_at(issue, comments, account)))
        return tuple(tickets)

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        """One after the other; each is read before it is touched."""
        try:
            for duplicate in duplicates:
                await self._merged(ref, duplicate, key, note)
        except TrackerError as error:
            return outcome_of(error)
        return Confirmed(ref)

    async def _merged(self, ref: TicketRef, duplicate: TicketRef, key: str, note: Comment) -> None:
        issue = await self._if_there(duplicate)
        if issue is None or is_done(issue) or not await self._is_still_ours(issue, key):
            return
        await self._talk.last_words(duplicate.id, note)
        if not is_linked_as_duplicate(issue, ref.id):
            await self._link(duplicate, ref)
        await self._moving.to_done(issue)

    async def _link(self, duplicate: TicketRef, ref: TicketRef) -> None:
        """Tried again with the rest where it may come to pass; what the site or its rights rule out is left out."""
        try:
            await link_as_duplicate(self._client, self._dialect, duplicate.id, ref.id)
        except TrackerError as error:
            for_good = error.kind in (TrackerFailure.REJECTED, TrackerFailure.NOT_FOUND)
            if not for_good and (error.kind is not TrackerFailure.FORBIDDEN or await self._lookup.may("LINK_ISSUES")):
                raise

    async def _is_still_ours(self, issue: Json, key: str) -> bool:
        return creator_of(issue) == await self._client.account() and property_of(issue).get("key") == key

    async def _if_there(self, duplicate: TicketRef) -> Json | None:
        try:
            return await self._lookup.issue(duplicate.id, _READ_TO_MERGE)
        except TrackerError as error:
            if error.kind is not TrackerFailure.NOT_FOUND:
                raise
            await self._lookup.confirm_sight()
            return None


def _stands_beside(issue: Json, by_marker: Mapping[str, Standing], account: str) -> Standing | None:
    """The ticket that it is a duplicate of; None for what is closed, not ours, or that ticket itself."""
    marked = (by_marker[label] for label in labels_of(issue) if label in by_marker)
    ours = (one for one in marked if is_ours(issue, one.key, one.marker, account))
    one = next(ours, None)
    return None if one is None or is_done(issue) or (one.ref and str(issue["id"]) == one.ref.id) else one
