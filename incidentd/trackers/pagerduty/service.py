"""What a PagerDuty service's settings would do to incidents that stand for months. Pure: answers in, checks out.

Sources: REST API v2, Service; Events API v2, routing keys; knowledge base, Service settings.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from incidentd.model.preflight import Check, Subject

Json = Mapping[str, Any]

EVENTS_V2 = "events_api_v2_inbound_integration"
ROUTING_KEY_CHARACTERS = 32
ORCHESTRATED = "R"
"""How the routing keys of orchestrations and rulesets begin: they belong to no single service."""

_ASLEEP = {
    "disabled": ("it is disabled: events are accepted, and open nothing", "enable the service"),
    "maintenance": (
        "it is in maintenance: events are accepted, and open nothing",
        "end its maintenance window (Service > Settings), or wait for its end",
    ),
}
_CHANNEL = "Service > Settings > Incident behavior"


def service_checks(subject: Subject, service: Json, routing_key: str) -> Iterator[Check]:
    """Everything about one service, which was read with its integrations. The routing key is in no text."""
    yield _status(subject, service)
    yield _integration(subject, service, routing_key)
    yield _auto_resolve(subject, service)
    yield _acknowledgement(subject, service)
    yield _creation(subject, service)
    yield _grouping(subject, service)
    yield _urgency(subject, service)


def holds_door(service: Json, routing_key: str) -> bool:
    """Whether one of its integrations is opened by this key."""
    return any(door.get("integration_key") == routing_key for door in _doors(service))


def _doors(service: Json) -> list[Json]:
    return [door for door in service.get("integrations") or () if isinstance(door, dict)]


def _status(subject: Subject, service: Json) -> Check:
    id, status = "pagerduty.service_status", str(service.get("status") or "")
    if status in _ASLEEP:
        return subject.problem(id, *_ASLEEP[status])
    return subject.ok(id, f"the service {_name(service)} takes incidents")


def _integration(subject: Subject, service: Json, routing_key: str) -> Check:
    id = "pagerduty.integration"
    doors = _doors(service)
    ours = next((door for door in doors if door.get("integration_key") == routing_key), None)
    if ours is not None and ours.get("type") != EVENTS_V2:
        text = f"the routing key belongs to an integration of another kind ({ours.get('type')})"
        fix = "add an integration `Events API V2` to the service, and set routing_key to its Integration Key"
        return subject.problem(id, text, fix)
    if ours is not None:
        return subject.ok(id, "the routing key opens an Events API v2 integration of the service")
    if routing_key.startswith(ORCHESTRATED):
        text = "the routing key is an orchestration's: it may lead to other services, and what is elsewhere is not read"
        return subject.unknown(id, text, "let the orchestration route incidentd's events to the configured service")
    if any(not door.get("integration_key") for door in doors):
        text = "this token is not shown the integrations' keys: whether ours is among them is not known"
        return subject.unknown(id, text, "compare routing_key with Service > Integrations > Integration Key")
    text = "no integration of the service has this routing key: pages would go elsewhere, or nowhere, unread"
    return subject.problem(id, text, "set routing_key to the Integration Key of the service's `Events API V2`")


def _auto_resolve(subject: Subject, service: Json) -> Check:
    id, seconds = "pagerduty.auto_resolve_timeout", _seconds(service.get("auto_resolve_timeout"))
    if not seconds:
        return subject.ok(id, "incidents stay open until they are resolved")
    text = f"incidents resolve by themselves after {_span(seconds)}: each certificate would page again, for months"
    return subject.problem(id, text, f"turn `Auto-resolution` off ({_CHANNEL})")


def _acknowledgement(subject: Subject, service: Json) -> Check:
    id, seconds = "pagerduty.acknowledgement_timeout", _seconds(service.get("acknowledgement_timeout"))
    if not seconds:
        return subject.ok(id, "an acknowledgement holds")
    a_day = max(1, 86_400 // seconds)
    text = f"an acknowledgement ends after {_span(seconds)}: the same incident pages up to {a_day} times a day"
    return subject.warning(id, text, f"turn `Acknowledgement timeout` off ({_CHANNEL})")


def _creation(subject: Subject, service: Json) -> Check:
    id = "pagerduty.alert_creation"
    if service.get("alert_creation") != "create_incidents":
        return subject.ok(id, "events make alerts and incidents")
    text = "events make incidents without alerts (deprecated): nothing can be told to be ours, and read back"
    return subject.problem(id, text, f"choose `Create alerts and incidents` ({_CHANNEL})")


def _grouping(subject: Subject, service: Json) -> Check:
    id = "pagerduty.alert_grouping"
    parameters = service.get("alert_grouping_parameters")
    kind = parameters.get("type") if isinstance(parameters, dict) else None
    kind = kind or service.get("alert_grouping")
    if not kind:
        return subject.ok(id, "each certificate has an incident of its own")
    text = (
        f"alerts are grouped ({kind}): several certificates may share one incident; each is resolved by its own alert"
    )
    return subject.warning(id, text, "turn `Alert grouping` off, or keep certificates on a service of their own")


def _urgency(subject: Subject, service: Json) -> Check:
    """`severity_based`: critical and error are high, warning and info are low (REST API v2, IncidentUrgencyType)."""
    id, rule = "pagerduty.urgency", service.get("incident_urgency_rule")
    urgencies = set(_urgencies(rule if isinstance(rule, dict) else {}))
    fix = "choose `Dynamic notifications based on alert severity` (Service > Settings > Assign and notify)"
    if not urgencies:
        return subject.unknown(id, "the service does not say which urgency its incidents get", fix)
    if "high" in urgencies:
        text = "every incident is of high urgency: a warning pages at night, three months before the end"
        return subject.warning(id, text, fix)
    if "low" in urgencies:
        text = "incidents are of low urgency at times: an error, two weeks before the end, may page nobody"
        return subject.warning(id, text, fix)
    return subject.ok(id, "urgency follows severity: a warning does not page at night")


def _urgencies(rule: Json) -> Iterator[str]:
    """The one that always holds, or those inside and outside support hours."""
    parts = [rule]
    if rule.get("type") == "use_support_hours":
        parts = [part for part in map(rule.get, ("during_support_hours", "outside_support_hours")) if part]
    return (str(part["urgency"]) for part in parts if part.get("urgency"))


def _seconds(value: Any) -> int:
    """0 and null both mean off (REST API v2, Service)."""
    return value if isinstance(value, int) else 0


def _span(seconds: int) -> str:
    minutes = seconds // 60
    return f"{minutes // 60} h" if minutes >= 60 and minutes % 60 == 0 else f"{minutes} min"


def _name(service: Json) -> str:
    return f"{service.get('name') or service.get('summary') or ''} ({service.get('id')})".strip()
