"""Releases' own issues: people's, in any project of the site. Told once, linked; edited only with leave.

A label is added, the priority only raised, the due date only brought forward: nothing of people's is taken away. What
bears the mark of an incident is that incident's own, whoever calls it a release's: it is told nothing by this way.
"""

import re
from collections.abc import Sequence

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Comment, Confirmed, Outcome, TicketContent, TicketRef
from incidentd.trackers.exchange import AN_INCIDENTS_OWN, REFUSED, outcome_of
from incidentd.trackers.jira.client import FieldsRefused, JiraClient, Json
from incidentd.trackers.jira.lookup import Lookup
from incidentd.trackers.jira.reading import fields_of, labels_of, marker_in, property_of, record
from incidentd.trackers.jira.screen import CreateScreen, Screen
from incidentd.trackers.jira.talk import Talk

FIELDS = ("status", "labels", "priority", "duedate")
_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,80}-[0-9]{1,18}", re.ASCII)
_NOT_OURS_TO_REACH = REFUSED | {TrackerFailure.NOT_FOUND}


def holds(named: str) -> bool:
    """True for what is shaped as an issue's key."""
    return _KEY.fullmatch(named) is not None


class Releases:
    """Reads an issue before anything is written to it."""

    def __init__(self, client: JiraClient, lookup: Lookup, talk: Talk, screen: CreateScreen) -> None:
        self._client = client
        self._lookup = lookup
        self._talk = talk
        self._screen = screen

    async def tell(self, ref: TicketRef, content: TicketContent, comments: Sequence[Comment]) -> Outcome:
        """The comment, the links, and with labels the edit. What Jira will not have is left out, and said."""
        try:
            issue = await self._lookup.issue(ref.id, FIELDS)
            if marker_in(issue) or property_of(issue).get("key"):
                return Confirmed(ref, left_out=(f"what is told on {ref.key}: {AN_INCIDENTS_OWN}",))
            unsaid = await self._talk.say(str(issue["id"]), comments)
            missing = [*await self._linked(issue, content), *await self._edited(issue, content)]
            return Confirmed(await self._lookup.ref_of(issue), left_out=(*unsaid, *missing))
        except TrackerError as error:
            if error.kind not in _NOT_OURS_TO_REACH:
                return outcome_of(error)
            return Confirmed(ref, left_out=(f"what is told on {ref.key}: {error}",))

    async def _linked(self, issue: Json, content: TicketContent) -> list[str]:
        """By their globalIds there is never a second one of any."""
        missing: list[str] = []
        for number, link in enumerate(one for one in content.links if one.url):
            body = {
                "globalId": f"{content.key}:{number}",
                "application": {"type": "incidentd", "name": "incidentd"},
                "relationship": "incident",
                "object": {"url": link.url, "title": link.text},
            }
            try:
                await self._client.write("POST", f"/issue/{issue['id']}/remotelink", body)
            except TrackerError as error:
                if error.kind not in _NOT_OURS_TO_REACH:
                    raise
                missing.append(f"the link to {link.text}")
        return missing

    async def _edited(self, issue: Json, content: TicketContent) -> list[str]:
        """In one edit; without what Jira refuses, since another project may have other screens."""
        if not content.labels:
            return []
        fields = _sooner(issue, content, await self._screen.screen())
        added = [{"add": label} for label in content.labels if label not in labels_of(issue)]
        try:
            await self._write(issue, fields, added)
        except FieldsRefused as refusal:
            rest = {name: value for name, value in fields.items() if name not in refusal.fields}
            await self._write(issue, rest, [] if "labels" in refusal.fields else added)
            return sorted(refusal.fields)
        return []

    async def _write(self, issue: Json, fields: Json, labels: list[Json]) -> None:
        update = {"update": {"labels": labels}} if labels else {}
        if fields or update:
            await self._client.write("PUT", f"/issue/{issue['id']}", {"fields": fields, **update})


def _sooner(issue: Json, content: TicketContent, screen: Screen) -> Json:
    """A higher priority and an earlier due date than there are, if any."""
    fields: Json = {}
    now, allowed = fields_of(issue), screen.priorities
    current, wanted = str(record(now.get("priority")).get("name") or ""), screen.priority(content.severity)
    if wanted is not None and current in allowed and allowed.index(wanted) < allowed.index(current):
        fields["priority"] = {"name": wanted}
    due = content.due_on.isoformat()
    if not now.get("duedate") or due < str(now["duedate"]):
        fields["duedate"] = due
    return fields
