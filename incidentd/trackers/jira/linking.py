"""Links between issues: a convenience for people. Where links are off, or have other names, the comment still tells."""

from collections.abc import Sequence

from incidentd.trackers.jira.client import JiraClient, Json
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.reading import fields_of, record

_DUPLICATE = ("duplicate",)
_SIDES = ("inwardIssue", "outwardIssue")


async def link_as_duplicate(client: JiraClient, dialect: Dialect, duplicate_id: str, kept_id: str) -> None:
    """The one duplicates the other, where the site has such a type of link. Raises TrackerError."""
    await link(client, dialect, duplicate_id, kept_id, _DUPLICATE, or_any=False)


async def link(
    client: JiraClient, dialect: Dialect, inward_id: str, outward_id: str, names: Sequence[str], *, or_any: bool
) -> None:
    """Joins two issues by the first type that has one of the names (case-folded), else by any type, or not at all.

    Raises TrackerError.
    """
    wanted = await dialect.link_types(client, names, or_any=or_any)
    if wanted:
        ends = {"inwardIssue": {"id": inward_id}, "outwardIssue": {"id": outward_id}}
        await client.write("POST", "/issueLink", {"type": {"name": wanted[0]}, **ends})


def is_linked_as_duplicate(issue: Json, other_id: str) -> bool:
    """True where such a link, either way round, joins it to the other one already."""
    links = fields_of(issue).get("issuelinks")
    known = [record(one) for one in links] if isinstance(links, list) else []
    of_the_type = (one for one in known if str(record(one.get("type")).get("name")).casefold() in _DUPLICATE)
    return any(record(one.get(side)).get("id") == other_id for one in of_the_type for side in _SIDES)
