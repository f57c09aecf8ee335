"""Data Center's dialect: REST v2, wiki markup, search by counted pages, users by name (Jira 10 platform REST API)."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import TicketContent
from incidentd.trackers.exchange import identified, listed, moment
from incidentd.trackers.jira import render, wiki
from incidentd.trackers.jira.client import JiraClient, Json, Params
from incidentd.trackers.jira.cloud import INTERNAL
from incidentd.trackers.jira.dialect import FETCH_SIZE, MOST_PAGES, Catalogue
from incidentd.trackers.jira.reading import FIELDS, PROPERTY, fields_of, is_done, record

_NO_CUSTOMERS = frozenset({"software", "business"})
"""Types of project that no customer looks into."""


class DataCenterCatalogue:
    """There is no reading of many by id: one by one, or by search, which a node's index may answer a little late.

    So a search is believed of an issue only if it is no older than what was read of it by
    id, and we wrote nothing since.
    """

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._known: dict[str, tuple[datetime, int]] = {}

    async def search(self, jql: str) -> list[str]:
        """By /search, page by page."""
        return list(await self._found(jql, ("status",)))

    async def first(self, jql: str, most: int) -> list[str]:
        """By /search."""
        answer = await self._client.look("/search", {"jql": jql, "fields": ["status"], "maxResults": most})
        return [str(issue["id"]) for issue in listed(answer, "issues") if issue.get("id")]

    async def fetch(self, ids: Sequence[str], expand: Collection[str] = ()) -> dict[str, Json]:
        """One by one; what is not found is left out."""
        found = [await self._one(id, expand) for id in ids]
        return {str(issue["id"]): issue for issue in found if issue is not None}

    async def standing(self, ids: Sequence[str]) -> dict[str, Json]:
        """By search where that can be believed; the rest by id."""
        familiar = [id for id in ids if self._is_familiar(id)]
        found: dict[str, Json] = {}
        for start in range(0, len(familiar), FETCH_SIZE):
            jql = f"id in ({', '.join(familiar[start : start + FETCH_SIZE])})"
            found |= await self._found(jql, FIELDS)
        believed = {id: issue for id, issue in found.items() if not is_done(issue) and self._is_fresh(id, issue)}
        return believed | await self.fetch([id for id in ids if id not in believed])

    def _is_familiar(self, id: str) -> bool:
        """Made by us or read by id before, and not written to since."""
        writes = self._client.writes_to(id)
        if id in self._known:
            return self._known[id][1] == writes
        return self._client.has_made(id) and not writes

    def _is_fresh(self, id: str, issue: Json) -> bool:
        """The index keeps whole seconds."""
        at = moment(fields_of(issue).get("updated"))
        return id not in self._known or (at is not None and at >= self._known[id][0].replace(microsecond=0))

    async def _one(self, id: str, expand: Collection[str]) -> Json | None:
        writes = self._client.writes_to(id)
        params = [("fields", ",".join(FIELDS)), ("properties", PROPERTY)]
        params += [("expand", ",".join(expand))] if expand else []
        try:
            issue = identified(await self._client.get(f"/issue/{id}", params), "issue")
        except TrackerError as error:
            if error.kind is TrackerFailure.NOT_FOUND:
                return None
            raise
        at = moment(fields_of(issue).get("updated"))
        if at is not None:
            self._known[id] = (at, writes)
        return issue

    async def _found(self, jql: str, fields: Sequence[str]) -> dict[str, Json]:
        """What is unknown in a query is a warning, not an error: an issue may be gone."""
        found: dict[str, Json] = {}
        start = 0
        for _ in range(MOST_PAGES):
            paged = {"startAt": start, "maxResults": FETCH_SIZE, "validateQuery": False}
            answer = await self._client.look("/search", {"jql": jql, "fields": list(fields), **paged})
            page = listed(answer, "issues")
            found |= {str(issue["id"]): issue for issue in page if issue.get("id")}
            start += len(page)
            if not page or start >= int(answer.get("total") or 0):
                break
        return found


class DataCenter:
    """A site of one's own, with a personal access token or with a name and a password."""

    api = "/rest/api/2"
    deployment = "Server"

    def catalogue(self, client: JiraClient) -> Catalogue:
        """Search by counted pages, reads one by one."""
        return DataCenterCatalogue(client)

    def description(self, content: TicketContent) -> str:
        """As wiki markup."""
        return wiki.written(render.description(content, wiki.size))

    def standing_in(self, content: TicketContent) -> str:
        """As wiki markup."""
        return wiki.written(render.standing_in(content, wiki.size))

    def comment(self, text: str) -> str:
        """As wiki markup."""
        return wiki.written(render.comment(text))

    def plain(self, body: object) -> str:
        """The text behind the markup."""
        return wiki.plain(body)

    def digest(self, body: object) -> str:
        """Over the markup, however its lines end."""
        return wiki.digest(body)

    def property(self, value: Json) -> str:
        """As JSON in a text, which is how it is documented (EntityPropertyBean)."""
        return json.dumps(value)

    def permission(self, project: str, permission: str) -> Params:
        """All permissions are told."""
        return (("projectKey", project),)

    async def link_types(self, client: JiraClient, names: Sequence[str], *, or_any: bool) -> list[str]:
        """By the names that Jira gives them; one that is not there is refused, and then there is no link."""
        return [name.capitalize() for name in names]

    async def internal(self, client: JiraClient, issue_id: str) -> list[Json]:
        """Said wherever the project is not known to have no customers: the issue may have been moved."""
        issue = await client.get(f"/issue/{issue_id}", (("fields", "project"),))
        kind = str(record(fields_of(issue).get("project")).get("projectTypeKey") or "")
        return [] if kind in _NO_CUSTOMERS else [INTERNAL]
