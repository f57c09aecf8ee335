"""Jira as a tracker: one issue a certificate, made by one call, found by its marker, followed by its id.

Jira has no idempotent create: it is sent once, with its marker, and a lost answer is said to be uncertain. Everything
else reads first and corrects what differs, so that a second run changes nothing.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure
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
    TicketStatus,
)
from incidentd.ports import Clock
from incidentd.trackers.exchange import once_begun, outcome_of, ref_to
from incidentd.trackers.interface import NOTHING_WRITTEN
from incidentd.trackers.jira import adopting, census, releases
from incidentd.trackers.jira.beside import WATCHERS, Beside
from incidentd.trackers.jira.client import FieldsRefused, JiraClient, Json
from incidentd.trackers.jira.cloud import Cloud
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.duplicates import Duplicates
from incidentd.trackers.jira.editing import EDITED_FIELDS, Draft, Edit, creation
from incidentd.trackers.jira.lookup import Lookup
from incidentd.trackers.jira.moving import Moving
from incidentd.trackers.jira.reading import PROPERTY, is_done, is_untouched
from incidentd.trackers.jira.screen import CreateScreen, Screen
from incidentd.trackers.jira.successor import CLAIM, Succession
from incidentd.trackers.jira.talk import Talk
from incidentd.transport import Transport

CLOSED_MEANWHILE = "the issue was closed meanwhile"
THERE_AFTER_ALL = "the issue was not found by its id, and is found by its marker: reading it again first"


class JiraTracker:
    """One project of one site, as one account."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        clock: Clock,
        *,
        base_url: str,
        api_token: Callable[[], str],
        email: str | None,
        project: str,
        issue_type: str = "Task",
        fields: Mapping[str, Any] | None = None,
        index_lag: timedelta = timedelta(minutes=5),
        dialect: Dialect | None = None,
        board_url: str | None = None,
    ) -> None:
        self._name = name
        self._dialect = dialect or Cloud()
        self._project = project
        self._issue_type = issue_type
        self._extra = dict(fields or {})
        self._index_lag = index_lag
        self._client = JiraClient(transport, clock, base_url, self._dialect.api, email, api_token)
        self._lookup = Lookup(self._client, self._dialect, project)
        self._screen = CreateScreen(self._client, clock, project, issue_type)
        self._beside = Beside(self._client, self._extra.get(WATCHERS), board_url)
        self._talk = Talk(self._client, self._dialect)
        self._releases = releases.Releases(self._client, self._lookup, self._talk, self._screen)
        self._moving = Moving(self._client, self._lookup, self._extra)
        self._succession = Succession(self._client, self._dialect, self._lookup, clock, index_lag)
        self._duplicates = Duplicates(
            self._client, self._dialect, self._lookup, self._talk, self._moving, clock, index_lag
        )

    @property
    def name(self) -> str:
        """The configuration's name for it."""
        return self._name

    @property
    def settle_window(self) -> timedelta:
        """How far the search may lag behind a create."""
        return self._index_lag

    async def read(self, wanted: Sequence[TicketRef]) -> tuple[Ticket, ...]:
        """The issues as they are, by id, wherever they were moved to; refs come back with their present keys."""
        return await self._lookup.read(wanted)

    async def find(self, key: str, marker: str) -> tuple[Ticket, ...]:
        """The issues of ours with this marker, as far as the index knows; clones by other people are left out."""
        return await self._lookup.find(key, marker)

    async def duplicates(self, standing: Iterable[Standing]) -> Mapping[str, tuple[Ticket, ...]]:
        """One search for a hundred, once in the index's lag: it would not know more any sooner."""
        return await self._duplicates.among(tuple(standing))

    @property
    def marks_tickets(self) -> bool:
        """True: the marker is a label."""
        return True

    async def ours(self, instance: str) -> tuple[Owned, ...]:
        """One search, and each hit by id."""
        return await census.ours(self._client, self._lookup, instance)

    async def adoptable(self, named: str, key: str) -> Ticket:
        """What a person names; refused where it cannot stand for this incident."""
        return await adopting.adoptable(self._client, self._lookup, named, key)

    holds = staticmethod(releases.holds)

    async def tell_release(self, ref: TicketRef, content: TicketContent, comments: Sequence[Comment]) -> Outcome:
        """A comment and remote links; with labels one edit of what they ask for."""
        return await self._releases.tell(ref, content, comments)

    async def open(self, content: TicketContent) -> Outcome:
        """One create call that carries label and property with it."""
        try:
            screen = await self._screen.screen()
            call = creation(content, self._dialect, self._project, self._issue_type, self._extra, screen)
            id, key = await self._created(call.body, screen)
        except TrackerError as error:
            return outcome_of(error)
        given, not_given = await self._beside.given(id, content)
        ref = ref_to(id, key, await self._url(key))
        return Confirmed(ref, {**call.written, **given}, left_out=(*call.left_out, *not_given))

    async def update(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """What differs and is still ours, in one edit; then the comments that do not stand there yet."""
        try:
            issue = await self._lookup.issue(ref.id, EDITED_FIELDS)
            if is_done(issue):
                return Retryable(CLOSED_MEANWHILE)
            return await self._make_true(issue, content, written, comments)
        except TrackerError as error:
            return outcome_of(error)

    async def comment(self, ref: TicketRef, comments: Sequence[Comment]) -> Outcome:
        """Comments that do not stand there yet, whatever the status."""
        try:
            issue = await self._lookup.issue(ref.id, ("status",))
            unsaid = await self._talk.say(ref.id, comments)
            return Confirmed(await self._lookup.ref_of(issue), left_out=unsaid)
        except TrackerError as error:
            return outcome_of(error)

    async def reopen(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """The same issue moved back; where no transition leads back, or it is gone, a new one, linked to it."""
        try:
            issue = await self._if_there(ref)
            if issue is None:
                return await self._open_again(ref, content, comments)
            seen = await self._moving.back(issue) if is_done(issue) else issue
            if seen is None:
                return await self._succeed(issue, content, comments)
        except TrackerError as error:
            return outcome_of(error)
        return await self._made_whole(issue, seen, content, written, comments)

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        """On each the note, a link of the type Duplicate where there is one, and a transition into `done`."""
        return await self._duplicates.merge(ref, duplicates, key, note)

    async def close(
        self, ref: TicketRef, key: str, note: Comment, written: Mapping[str, str] = NOTHING_WRITTEN
    ) -> Outcome:
        """The note, a transition into `done`, and a look whether it is done."""
        try:
            issue = await self._lookup.issue(ref.id, ("status", "resolution"))
            if is_done(issue):
                return Confirmed(await self._lookup.ref_of(issue))
            refused = await self._talk.last_words(ref.id, note)
            await self._moving.to_done(issue)
            return Retryable(str(refused)) if refused else Confirmed(await self._lookup.ref_of(issue))
        except TrackerError as error:
            return outcome_of(error)

    async def clock(self) -> datetime | None:
        """The site's own time. Raises TrackerError."""
        return await self._client.date()

    async def _made_whole(
        self, issue: Json, seen: Json, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """The rest of a reopening, from wherever an earlier attempt broke off; `seen` is the issue since it is open."""
        try:
            await self._moving.clear_resolution(seen)
            return await self._make_true(issue, content, written, comments)
        except TrackerError as error:
            return once_begun(error)

    async def _if_there(self, ref: TicketRef) -> Json | None:
        """None for an issue that is not found; whatever else is not found later is another matter."""
        try:
            return await self._lookup.issue(ref.id, EDITED_FIELDS, (PROPERTY, CLAIM))
        except TrackerError as error:
            if error.kind is TrackerFailure.NOT_FOUND:
                return None
            raise

    async def _created(self, body: Json, screen: Screen) -> tuple[str, str]:
        try:
            return await self._client.create(body)
        except TrackerError as error:
            if error.kind in (TrackerFailure.REJECTED, TrackerFailure.FORBIDDEN, TrackerFailure.NOT_FOUND):
                self._screen.forget()
                await self._client.account(afresh=True)  # raises when we are nobody: then that is what is wrong
            refused = error.fields if isinstance(error, FieldsRefused) else frozenset()
            if self._screen.leave_out(refused, self._extra, screen):
                error.kind = TrackerFailure.UNAVAILABLE  # the next attempt does without
            raise

    async def _url(self, key: str) -> str:
        try:
            return await self._client.browse_url(key)
        except TrackerError:
            return ""  # the issue stands; its address can be found out later

    async def _make_true(
        self, issue: Json, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        edit = await self._drafted(issue, content, written)
        body = edit.body(content, self._dialect)
        id, left_out = str(issue["id"]), frozenset[str]()
        if body is not None:
            edit, left_out = await self._edited(id, content, edit, body)
        unsaid = await self._talk.say(id, comments, content if edit.stand_in else None)
        linked = await self._beside.linked(id, content, written)
        ref = await self._lookup.ref_of(issue)
        return Confirmed(ref, {**edit.written, **linked}, left_out=(*sorted(left_out), *unsaid))

    async def _drafted(self, issue: Json, content: TicketContent, written: Mapping[str, str]) -> Edit:
        """A description that reads otherwise is a person's only where one changed it: the changelog knows."""
        screen = await self._screen.screen()
        edit = Draft(issue, content, self._dialect, written, screen).edit()
        if not edit.disputed:
            return edit
        id = str(issue["id"])
        told = (await self._lookup.fetch([id], ("changelog",))).get(id, {})
        untouched = is_untouched(told, "description", await self._client.account())
        return Draft(issue, content, self._dialect, written, screen, untouched=untouched).edit()

    async def _edited(self, id: str, content: TicketContent, edit: Edit, body: Json) -> tuple[Edit, frozenset[str]]:
        """What was written, and without what: a field that is on no screen any more does not keep back the others."""
        try:
            await self._client.write("PUT", f"/issue/{id}", body)
        except FieldsRefused as refusal:
            rest = edit.without(refusal.fields)
            smaller = rest.body(content, self._dialect)
            if smaller == body:
                raise
            if smaller is not None:
                await self._client.write("PUT", f"/issue/{id}", smaller)
            return rest, refusal.fields
        return edit, frozenset()

    async def _succeed(self, old: Json, content: TicketContent, comments: Sequence[Comment]) -> Outcome:
        id = await self._succession.existing(old, content)
        if id is not None:
            return await self.update(TicketRef(id, ""), content, {}, comments)
        wait_seconds = self._succession.wait_seconds(old)
        if wait_seconds:
            return self._succession.waiting(wait_seconds)
        await self._succession.claim(str(old["id"]))
        made = await self._succession.settle(str(old["id"]), await self.open(content))
        return await self._said(made, comments)

    async def _open_again(self, gone: TicketRef, content: TicketContent, comments: Sequence[Comment]) -> Outcome:
        await self._lookup.confirm_sight()
        found = await self._lookup.find(content.key, content.marker)
        if any(ticket.ref.id == gone.id for ticket in found):
            return Retryable(THERE_AFTER_ALL)  # one answer was not true: a second issue would be one too many
        opened = [ticket.ref for ticket in found if ticket.status is TicketStatus.OPEN]
        if opened:
            return await self.update(opened[0], content, {}, comments)
        wait_seconds = self._succession.remembered_seconds(content.key)
        if wait_seconds:
            return self._succession.waiting(wait_seconds)
        return await self._said(self._succession.remember(content.key, await self.open(content)), comments)

    async def _said(self, made: Outcome, comments: Sequence[Comment]) -> Outcome:
        """The issue stands, whatever becomes of the comment: its id must not be lost for that."""
        if isinstance(made, Confirmed):
            with contextlib.suppress(TrackerError):
                await self._talk.say(made.ref.id, comments)
        return made
