"""Jira Cloud's dialect: REST v3, the Atlassian Document Format, search by page tokens, users by account id."""

from collections.abc import Collection, Sequence

from incidentd.model.ticket import TicketContent
from incidentd.trackers.exchange import listed
from incidentd.trackers.jira import adf, render
from incidentd.trackers.jira.client import JiraClient, Json, Params
from incidentd.trackers.jira.dialect import FETCH_SIZE, MOST_PAGES, Catalogue
from incidentd.trackers.jira.reading import FIELDS, PROPERTY, record

INTERNAL: Json = {"key": "sd.public.comment", "value": {"internal": True}}
"""Keeps a comment from customers in a service project; elsewhere it means nothing (REST v3, Comment)."""


class CloudCatalogue:
    """Reading by ids is consistent, and takes a hundred at a time."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    async def search(self, jql: str) -> list[str]:
        """By /search/jql, page token by page token."""
        ids: list[str] = []
        asked: Json = {"jql": jql, "fields": ["id"], "maxResults": FETCH_SIZE}
        for _ in range(MOST_PAGES):
            answer = await self._client.look("/search/jql", asked)
            ids += [str(issue["id"]) for issue in listed(answer, "issues") if issue.get("id")]
            token = answer.get("nextPageToken")
            if answer.get("isLast") or not token:
                break
            asked = {**asked, "nextPageToken": token}
        return list(dict.fromkeys(ids))

    async def first(self, jql: str, most: int) -> list[str]:
        """By /search/jql."""
        answer = await self._client.look("/search/jql", {"jql": jql, "fields": ["id"], "maxResults": most})
        return [str(issue["id"]) for issue in listed(answer, "issues") if issue.get("id")]

    async def fetch(self, ids: Sequence[str], expand: Collection[str] = ()) -> dict[str, Json]:
        """By /issue/bulkfetch."""
        found: dict[str, Json] = {}
        for start in range(0, len(ids), FETCH_SIZE):
            wanted = list(ids[start : start + FETCH_SIZE])
            body = {"issueIdsOrKeys": wanted, "fields": list(FIELDS), "properties": [PROPERTY], "expand": list(expand)}
            answer = await self._client.look("/issue/bulkfetch", body)
            found.update({str(issue.get("id")): issue for issue in listed(answer, "issues")})
        return found

    async def standing(self, ids: Sequence[str]) -> dict[str, Json]:
        """The same: it costs no more."""
        return await self.fetch(ids)


class Cloud:
    """https://SITE.atlassian.net, or the base URL of scoped tokens."""

    api = "/rest/api/3"
    deployment = "Cloud"

    def catalogue(self, client: JiraClient) -> Catalogue:
        """Search by page tokens, reads by bulkfetch."""
        return CloudCatalogue(client)

    def description(self, content: TicketContent) -> Json:
        """As an Atlassian document."""
        return render.description(content)

    def standing_in(self, content: TicketContent) -> Json:
        """As an Atlassian document."""
        return render.standing_in(content)

    def comment(self, text: str) -> Json:
        """As an Atlassian document."""
        return render.comment(text)

    def plain(self, body: object) -> str:
        """The text of the document."""
        return adf.plain(body)

    def digest(self, body: object) -> str:
        """Over what is said and its structure, not over what Jira adds by itself."""
        return adf.digest(body)

    def property(self, value: Json) -> Json:
        """As it is."""
        return value

    def permission(self, project: str, permission: str) -> Params:
        """The permission must be named (REST v3, my permissions)."""
        return (("projectKey", project), ("permissions", permission))

    async def link_types(self, client: JiraClient, names: Sequence[str], *, or_any: bool) -> list[str]:
        """Of those that the site has."""
        types = (await client.get("/issueLinkType")).get("issueLinkTypes") or ()
        known = [str(record(kind).get("name")) for kind in types]
        return [name for name in known if name.casefold() in names] or (known if or_any else [])

    async def internal(self, client: JiraClient, issue_id: str) -> list[Json]:
        """Always said: it costs nothing, and an issue may have been moved into a service project."""
        return [INTERNAL]
