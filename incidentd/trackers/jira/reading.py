"""What Jira's records say, as our values. Done is a matter of the status category; names are translated. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from incidentd.model.ticket import Closer, Ticket, TicketRef, TicketStatus
from incidentd.trackers.exchange import moment

PROPERTY = "incidentd"
"""The issue property of ours: the incident's key, and what we last wrote."""

ISSUE = "issue"
"""In the property, once it was written to an issue that is there: that issue's id."""

ACCEPTED_LABEL = "incidentd-accepted"
ACCEPTED_RESOLUTIONS = frozenset({"won't do", "won't fix", "wont do", "wont fix"})
FIELDS = ("status", "resolution", "resolutiondate", "labels", "creator", "created", "updated")

_NEVER = datetime.min.replace(tzinfo=UTC)
_MARKER = re.compile(r"incidentd-[a-z0-9-]{1,40}-[0-9a-f]{40}")

Json = dict[str, Any]


def record(value: Any) -> Json:
    """A JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def fields_of(issue: Json) -> Json:
    """The fields of an issue."""
    return record(issue.get("fields"))


def property_of(issue: Json) -> Json:
    """Our property of an issue; empty where it has none."""
    return _opened(record(issue.get("properties")).get(PROPERTY))


def written_in(issue: Json) -> dict[str, str]:
    """What our property says that we last wrote, field by field; what is no text there was written by somebody else."""
    written = record(property_of(issue).get("written"))
    return {name: text for name, text in written.items() if isinstance(text, str)}


def is_adopted(issue: Json) -> bool:
    """True where our property was written to this very issue: one that was copied with a clone names another."""
    named = property_of(issue).get(ISSUE)
    return bool(named) and named == str(issue.get("id"))


def _opened(value: Any) -> Json:
    """Data Center is given the value as JSON in a text, and may keep it so."""
    if not isinstance(value, str):
        return record(value)
    try:
        return record(json.loads(value))
    except ValueError:
        return {}


def labels_of(issue: Json) -> tuple[str, ...]:
    """The labels of an issue."""
    labels = fields_of(issue).get("labels")
    return tuple(str(label) for label in labels) if isinstance(labels, list) else ()


def category_of(issue: Json) -> str:
    """The category of its status: new, indeterminate, done; empty where the answer does not say."""
    return str(record(record(fields_of(issue).get("status")).get("statusCategory")).get("key") or "")


def is_done(issue: Json) -> bool:
    """True when the category of its status is `done`."""
    return category_of(issue) == "done"


def creator_of(issue: Json) -> str:
    """The account that made it."""
    return account_of(record(fields_of(issue).get("creator")))


def account_of(user: Json) -> str:
    """What a user is known by: Cloud's account id, else Data Center's key, which outlives a renaming, or name."""
    return str(user.get("accountId") or user.get("key") or user.get("name") or "")


def names_acceptance(issue: Json) -> bool:
    """Labelled so, or resolved as Won't do / Won't fix (case-folded, either apostrophe)."""
    return _accepts_by_label(labels_of(issue)) or _accepts(record(fields_of(issue).get("resolution")).get("name"))


def is_accepted(issue: Json) -> bool:
    """The same; but a resolution that was left over when somebody opened the issue again is nobody's word any more."""
    if _accepts_by_label(labels_of(issue)) or is_done(issue):
        return names_acceptance(issue)
    resolved_at, moved_at = _newest(issue, _resolves), _newest(issue, _changes_status)
    return names_acceptance(issue) and resolved_at > _NEVER and resolved_at >= moved_at


def _accepts(resolution: Any) -> bool:
    return str(resolution or "").casefold().replace("’", "'") in ACCEPTED_RESOLUTIONS


def _accepts_by_label(labels: Iterable[str]) -> bool:
    return any(label.casefold() == ACCEPTED_LABEL for label in labels)


def marker_in(issue: Json) -> str:
    """The label that marks it as an incident's; empty where it has none."""
    return next((label for label in labels_of(issue) if _MARKER.fullmatch(label)), "")


def ticket_of(issue: Json, ref: TicketRef, account: str) -> Ticket:
    """The ticket as Jira holds it. Who closed it stands in the changelog, where that was asked for."""
    done = is_done(issue)
    closing = _closing(issue) if done else {}
    at = closing.get("created") or fields_of(issue).get("resolutiondate") or fields_of(issue).get("updated")
    return Ticket(
        ref=ref,
        marker=marker_in(issue) if property_of(issue).get("key") else "",  # either alone proves nothing
        status=TicketStatus.CLOSED if done else TicketStatus.OPEN,
        created_at=moment(fields_of(issue).get("created")),
        closed_at=moment(at) if done else None,
        closed_by=_closer(closing, account) if done else None,
        closer=str(record(closing.get("author")).get("displayName") or ""),
        accepted=is_accepted(issue),
        accepted_at=_accepted_at(issue),
        ours=creator_of(issue) == account,
    )


def is_untouched(issue: Json, field: str, account: str) -> bool:
    """Nobody else changed the field since we did, by a changelog that is whole or tells of that change.

    Some sites store a text otherwise than it was sent (a field with another renderer): that is nobody's edit.
    """
    changes = [change for change in _changes(issue) if _items(change, field)]
    newest = max(changes, key=lambda change: moment(change.get("created")) or _NEVER, default=None)
    if newest is not None:
        return _closer(newest, account) is Closer.OURSELVES
    told = record(issue.get("changelog"))
    return isinstance(told.get("histories"), list) and len(told["histories"]) >= int(told.get("total") or 0)


def touched_at(issue: Json, comments: Sequence[Json], account: str) -> datetime | None:
    """When a person last changed or said something, by changelog and comments; None where only machines did."""
    acts = (*_changes(issue), *comments)
    by_people = (act.get("created") for act in acts if _closer(act, account) is Closer.PERSON)
    return max((at for at in map(moment, by_people) if at is not None), default=None)


def _accepted_at(issue: Json) -> datetime | None:
    """When the label was put on, or the resolution set, the last time; None where the changelog does not tell."""
    at = _newest(issue, _says_accepted)
    return at if at > _NEVER else None


def _newest(issue: Json, wanted: Callable[[Json], bool]) -> datetime:
    return max(
        (moment(change.get("created")) or _NEVER for change in _changes(issue) if wanted(change)), default=_NEVER
    )


def _closing(issue: Json) -> Json:
    """The newest change of status in the changelog, in whichever order it comes."""
    changes = (change for change in _changes(issue) if _changes_status(change))
    dated = ((moment(change.get("created")) or _NEVER, change) for change in changes)
    return max(dated, key=lambda pair: pair[0], default=(_NEVER, {}))[1]


def _changes(issue: Json) -> list[Json]:
    histories = record(issue.get("changelog")).get("histories")
    return [record(entry) for entry in histories] if isinstance(histories, list) else []


def _changes_status(change: Json) -> bool:
    return bool(_items(change, "status"))


def _resolves(change: Json) -> bool:
    return bool(_items(change, "resolution"))


def _says_accepted(change: Json) -> bool:
    labels = [(str(item.get("fromString") or ""), str(item.get("toString") or "")) for item in _items(change, "labels")]
    put_on = any(_accepts_by_label(after.split()) and not _accepts_by_label(before.split()) for before, after in labels)
    return put_on or any(_accepts(item.get("toString")) for item in _items(change, "resolution"))


def _items(change: Json, field: str) -> list[Json]:
    items = change.get("items")
    known = [record(item) for item in items] if isinstance(items, list) else []
    return [item for item in known if item.get("field") == field]


def _closer(act: Json, account: str) -> Closer:
    """Cloud marks the accounts of machines; Data Center the changes that a system generated (HistoryMetadata)."""
    author = record(act.get("author"))
    if account and account_of(author) == account:
        return Closer.OURSELVES
    by_system = author.get("accountType") == "app" or record(act.get("historyMetadata")).get("generator")
    return Closer.AUTOMATION if by_system else Closer.PERSON
