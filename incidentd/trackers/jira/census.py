"""Every open issue of ours, known or not: the index proposes, each is read by id, and only label and property count."""

from incidentd.model.incident import incident_key
from incidentd.model.ticket import Owned
from incidentd.trackers.jira.client import JiraClient, Json
from incidentd.trackers.jira.editing import LABEL
from incidentd.trackers.jira.lookup import MARKER, Lookup, is_ours
from incidentd.trackers.jira.reading import is_done, marker_in, property_of, ticket_of

_DONE_CATEGORY = 3
"""The id of the status category `done`, which is the same in every language (Jira Cloud, JQL fields)."""


async def ours(client: JiraClient, lookup: Lookup, instance: str) -> tuple[Owned, ...]:
    """Those of one installation, in any project, as far as the index knows. Raises TrackerError."""
    if not MARKER.fullmatch(instance):
        raise ValueError("an instance is made of a-z, 0-9 and - only")
    ids = await lookup.search(f'statusCategory != {_DONE_CATEGORY} AND creator = currentUser() AND labels = "{LABEL}"')
    if not ids:
        await lookup.confirm_sight()
        return ()
    account, begins = await client.account(), incident_key(instance, "")
    issues = sorted((await lookup.fetch(ids)).values(), key=lambda issue: (len(str(issue["id"])), str(issue["id"])))
    return tuple([await _owned(lookup, issue, account) for issue in issues if _counts(issue, account, begins)])


async def _owned(lookup: Lookup, issue: Json, account: str) -> Owned:
    return Owned(_key(issue), ticket_of(issue, await lookup.ref_of(issue), account))


def _counts(issue: Json, account: str, begins: str) -> bool:
    marker = marker_in(issue)
    return not is_done(issue) and _key(issue).startswith(begins) and is_ours(issue, _key(issue), marker, account)


def _key(issue: Json) -> str:
    return str(property_of(issue).get("key") or "")
