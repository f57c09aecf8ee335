"""GET /incidents: filters, the default window of one month, order and pages (developer.pagerduty.com, pagination)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from starlette.datastructures import QueryParams

from incidentd.sandbox.pagerduty.answers import invalid
from incidentd.sandbox.pagerduty.records import Incident
from incidentd.sandbox.pagerduty.world import World

DEFAULT_WINDOW, MAX_WINDOW = timedelta(days=30), timedelta(days=186)
MAX_REACH, MAX_LIMIT, DEFAULT_LIMIT = 10_000, 100, 25
STATUSES = ("triggered", "acknowledged", "resolved")
T = TypeVar("T")


def matching(world: World, query: QueryParams) -> list[Incident]:
    """The incidents that the query asks for, in its order."""
    found = [incident for incident in world.incidents.values() if _wanted(world, query, incident)]
    field, _, direction = query.get("sort_by", "incident_number:asc").partition(",")[0].partition(":")
    sort_keys: dict[str, Callable[[Incident], Any]] = {
        "incident_number": lambda incident: incident.number,
        "created_at": lambda incident: (incident.created_at, incident.number),
        "resolved_at": lambda incident: (incident.resolved_at or datetime.max.replace(tzinfo=UTC), incident.number),
        "urgency": lambda incident: (incident.urgency, incident.number),
    }
    if field not in sort_keys:
        raise invalid(f"sort_by {field!r} is not supported")
    return sorted(found, key=sort_keys[field], reverse=direction == "desc")


def _wanted(world: World, query: QueryParams, incident: Incident) -> bool:
    key, statuses = query.get("incident_key"), query.getlist("statuses[]")
    services, urgencies = query.getlist("service_ids[]"), query.getlist("urgencies[]")
    unknown = set(statuses) - set(STATUSES)
    if unknown:
        raise invalid(f"statuses {sorted(unknown)} are not valid")
    return (
        (key is None or incident.has_key(key))
        and (not statuses or incident.status in statuses)
        and (not services or incident.service_id in services)
        and (not urgencies or incident.urgency in urgencies)
        and _in_window(world, query, incident.created_at)
    )


def _in_window(world: World, query: QueryParams, at: datetime) -> bool:
    if query.get("date_range") == "all":
        return True
    until = _moment(query.get("until")) or world.now()
    since = _moment(query.get("since")) or until - DEFAULT_WINDOW
    if until - since > MAX_WINDOW:
        raise invalid("The date range between since and until must not be longer than 6 months")
    return since <= at <= until


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"{text!r} is not an ISO 8601 time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def page(items: Sequence[T], query: QueryParams) -> tuple[Sequence[T], dict[str, Any]]:
    """One page of a list, and what the answer says about it."""
    limit, offset = _number(query, "limit", DEFAULT_LIMIT), _number(query, "offset", 0)
    if limit + offset > MAX_REACH:
        raise invalid("Offset and limit must not exceed 10000 together")
    limit = min(limit, MAX_LIMIT)
    total = len(items) if query.get("total") == "true" else None
    shown = items[offset : offset + limit]
    return shown, {"limit": limit, "offset": offset, "more": offset + limit < len(items), "total": total}


def _number(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise invalid(f"{name} must be a number that is not negative")
    return int(text)
