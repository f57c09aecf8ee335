"""An issue that people made, as an incident's own: found by what a person calls it, refused where it is another's."""

import re

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Ticket
from incidentd.trackers.jira.client import JiraClient
from incidentd.trackers.jira.lookup import Lookup
from incidentd.trackers.jira.reading import property_of, ticket_of

_NAMED = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,80}-[0-9]{1,18}|[0-9]{1,18}", re.ASCII)


async def adoptable(client: JiraClient, lookup: Lookup, named: str, key: str) -> Ticket:
    """The issue with this key or id. Raises TrackerError."""
    if not _NAMED.fullmatch(named):
        raise TrackerError(TrackerFailure.REJECTED, "that is no issue's key", "Jira", "as in OPS-7")
    try:
        issue = await lookup.issue(named, ("status", "labels", "creator", "created"))
    except TrackerError as error:
        if error.kind is not TrackerFailure.NOT_FOUND:
            raise
        what = f"there is no issue {named}, or the account may not see it"
        raise TrackerError(error.kind, what, "Jira", "check its key, and what the account may browse") from error
    stands_for = str(property_of(issue).get("key") or key)
    if stands_for != key:
        raise TrackerError(TrackerFailure.REJECTED, "it stands for another incident", "Jira", "name another issue")
    return ticket_of(issue, await lookup.ref_of(issue), await client.account())
