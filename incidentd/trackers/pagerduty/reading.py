"""What PagerDuty's records say, as our values. Lenient: any field may be null. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidentd.model.ticket import Closer, Ticket, TicketRef, TicketStatus
from incidentd.trackers.exchange import moment, ref_to

UNVERIFIED = "unverified"
"""The key of a ref that no read-back has confirmed; its id is the incident's own key."""

_NEVER_OURS = ("acknowledge_log_entry", "snooze_log_entry", "priority_change_log_entry")
"""What incidentd does not do, even where its user is also a person's login."""

Json = dict[str, Any]


def ref_of(incident: Json) -> TicketRef:
    """By id; the number is for people."""
    number = incident.get("incident_number")
    key = f"#{number}" if number is not None else str(incident.get("id") or "")
    return ref_to(incident.get("id"), key, incident.get("html_url"))


def is_open(incident: Json) -> bool:
    """True for triggered and acknowledged."""
    return incident.get("status") in ("triggered", "acknowledged")


def merged_into(incident: Json) -> str | None:
    """The id of the incident that a person merged this one into, where the API tells."""
    reason = incident.get("resolve_reason")
    if is_open(incident) or not isinstance(reason, dict) or reason.get("type") != "merge_resolve_reason":
        return None
    target = reason.get("incident")
    return str(target["id"]) if isinstance(target, dict) and target.get("id") else None


def open_alerts(incident: Json) -> int | None:
    """How many alerts of the incident are still triggered, whoever sent them; None where that is not said."""
    counts = incident.get("alert_counts")
    return int(counts.get("triggered") or 0) if isinstance(counts, dict) else None


def alerts_in(incident: Json) -> int:
    """How many alerts it has, which tells whether others came in; 1 where that is not said."""
    counts = incident.get("alert_counts")
    return int(counts.get("all") or 0) if isinstance(counts, dict) else 1


def key_of_all(alerts: Sequence[Json]) -> str | None:
    """The dedup key that all its alerts have; None where they are several certificates', or there is none."""
    keys = {alert.get("alert_key") for alert in alerts}
    only = keys.pop() if len(keys) == 1 else None
    return str(only) if only else None


def touched_at(log_entries: Sequence[Json], our_user: str) -> datetime | None:
    """When a person last did something: any user but ours; and ours, where it is what we never do."""
    at = [moment(entry.get("created_at")) for entry in log_entries if _by_a_person(entry, our_user)]
    return max((one for one in at if one is not None), default=None)


def _by_a_person(entry: Json, our_user: str) -> bool:
    agent = entry.get("agent")
    if not isinstance(agent, dict) or not str(agent.get("type") or "").startswith("user"):
        return False
    kind = str(entry.get("type") or "").removesuffix("_reference")
    return not our_user or agent.get("id") != our_user or kind in _NEVER_OURS


def ticket_of(incident: Json, marker: str = "", agent: Any = None, our_user: str = "") -> Ticket:
    """The ticket as PagerDuty holds it. `agent` is who resolved it, where the incident itself does not tell.

    `our_user`: the id of the user that our writes are put down to.
    """
    opened = is_open(incident)
    closed_by = incident.get("last_status_change_by") or agent
    return Ticket(
        ref=ref_of(incident),
        marker=marker,
        status=TicketStatus.OPEN if opened else TicketStatus.CLOSED,
        created_at=moment(incident.get("created_at")),
        closed_at=None if opened else moment(incident.get("resolved_at") or incident.get("last_status_change_at")),
        closed_by=None if opened else closer_of(closed_by, our_user),
        closer="" if opened or not isinstance(closed_by, dict) else str(closed_by.get("summary") or ""),
        acknowledged=incident.get("status") == "acknowledged",
    )


def missing(ref: TicketRef) -> Ticket:
    """Gone, while what it stood in can be seen."""
    return Ticket(ref=ref, marker="", status=TicketStatus.MISSING)


def closer_of(agent: Any, our_user: str = "") -> Closer:
    """A user is a person, a service or an integration a machine; when it cannot be told, it was a person.

    A resolve that we send through REST bears the From user, and one that we send as an event our integration: that it
    was ourselves, only the ledger knows.
    """
    kind = agent.get("type") if isinstance(agent, dict) else None
    if not isinstance(kind, str) or kind.startswith("user"):
        return Closer.OUR_LOGIN if our_user and agent.get("id") == our_user else Closer.PERSON
    return Closer.AUTOMATION


def resolver_in(log_entries: Sequence[Json]) -> Any:
    """The agent of the newest resolve entry of a history, newest first; None without one."""
    kinds = ("resolve_log_entry", "resolve_log_entry_reference")
    return next((entry.get("agent") for entry in log_entries if entry.get("type") in kinds), None)
