"""Documents: plans, incidents and the inventory as the JSON that scripts rely on. Times are RFC 3339 with Z."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from incidentd.model.assessment import Assessment, PlaceFinding, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Beside, Event, Incident, IncidentRecord, beside_in, cause_in, page_key
from incidentd.model.inventory import Inventory, OpenGap
from incidentd.model.owner import Owner
from incidentd.model.plan import Action, ActionKind, Plan
from incidentd.planning.acceptance import holds_to
from incidentd.planning.evidence import in_order
from incidentd.planning.guard import plan_hash
from incidentd.planning.phrases import rfc3339
from incidentd.planning.sanitize import sanitize

SCHEMA_VERSION = 1
HEADING = {
    ActionKind.OPEN: "open",
    ActionKind.REOPEN: "open",
    ActionKind.UPDATE: "update",
    ActionKind.COMMENT: "update",
    ActionKind.TELL: "update",
    ActionKind.CHANGE: "update",
    ActionKind.MERGE: "close",
    ActionKind.CLOSE: "close",
}
"""Under which heading of `plan --json` an action stands."""

BESIDE = {Beside.PAGE: "pages", Beside.LEFT: "moves", Beside.RELEASE: "releases"}
"""And what is done about a page, or about a ticket that an incident was moved away from: of no incident of its own."""

HEADINGS = ("open", "update", "close")
Document = dict[str, Any]
NOBODY_KNOWN: Mapping[str, Owner] = MappingProxyType({})


def plan_document(plan: Plan, own: Plan | None = None) -> Document:
    """`plan --json`. `own` is what would be said of incidentd itself: it stands beside, and no hash covers it."""
    by_kind: dict[str, list[Document]] = {name: [] for name in (*HEADINGS, *BESIDE.values())}
    for action in plan.actions:
        beside = beside_in(action.key)
        by_kind[BESIDE[beside] if beside else HEADING[action.kind]].append(item(action))
    held = [
        {**item(one.action), "reasons": [one.hold.value, *map(str, one.action.reasons)], "held": one.text}
        for one in plan.held
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "hash": plan_hash(plan),
        **by_kind,
        "hold": held,
        "leave": plan.left,
        "self": _of_itself(own) if own else [],
    }


def incidents_document(
    history: Sequence[tuple[IncidentRecord, tuple[Event, ...]]],
    assessments: Mapping[str, Assessment],
    owners: Mapping[str, Owner] = NOBODY_KNOWN,
) -> Document:
    """`incidents --json`. `owners` by fingerprint: whose each of them is now."""
    pages = {record.key: record for record, _ in reversed(history) if beside_in(record.key) is Beside.PAGE}
    rows = [
        {
            **_incident(record, events, assessments.get(record.fingerprint)),
            **_whose(owners.get(record.fingerprint)),
            "page": _page(pages.get(page_key(record.key))),
        }
        for record, events in history
        if record.of_certificate
    ]
    own = [_self_incident(record, events) for record, events in history if record.of_itself]
    return {"schema_version": SCHEMA_VERSION, "incidents": rows, "self_incidents": own}


def list_document(inventory: Inventory, assessments: Mapping[str, Assessment]) -> Document:
    """`list --json`, soonest end first."""
    rows = [
        _certificate(inventory.certificates[fp], assessment)
        for fp, assessment in sorted(
            assessments.items(), key=lambda pair: (inventory.certificates[pair[0]].not_after, pair[0])
        )
    ]
    return {"schema_version": SCHEMA_VERSION, "certificates": rows}


def gaps_document(inventory: Inventory) -> Document:
    """`list --gaps --json`: what could not be seen, since when, and why."""
    rows: list[Document] = []
    for place in inventory.places.values():
        uri = sanitize(place.location.uri)
        rows.extend(_gap(uri, gap) for gap in place.open_gaps)
    return {"schema_version": SCHEMA_VERSION, "gaps": rows}


def _gap(location: str, gap: OpenGap) -> Document:
    return {
        "location": location,
        "member": gap.address,
        "unseen_since": rfc3339(gap.since),
        "reason": gap.reason or "",
        "text": sanitize(gap.text),
    }


def item(action: Action) -> Document:
    """One action as `plan --json` and `simulate --json` show it."""
    ticket = action.ticket
    return {
        "key": action.key,
        "fingerprint": action.fingerprint,
        "name": action.name,
        "not_after": rfc3339(action.ends_at),
        "severity": action.step.severity.value,
        "step": action.step.label,
        "stage": action.stage.value,
        "tracker": action.tracker,
        "ticket": ticket.key if ticket else None,
        "duplicates": [one.key for one in action.duplicates],
        **_for_whom(action.incident),
        "action": action.kind.value,
        "reasons": [str(reason) for reason in action.reasons],
        "text": action.text,
    }


def _for_whom(incident: Incident | None) -> Document:
    """Whose it is, by which rule, and from which severity on it pages where."""
    if incident is None:
        return {**_whose(None), "page": None}
    page = incident.page
    return {
        **_whose(incident.owner),
        "page": {"tracker": page.tracker, "from": page.from_step.severity.value} if page else None,
    }


def _whose(owner: Owner | None) -> Document:
    return {"owner": (owner.name or None) if owner else None, "owner_rule": owner.rule if owner else None}


def _of_itself(plan: Plan) -> list[Document]:
    planned = [(action, None) for action in plan.actions] + [(one.action, one.text) for one in plan.held]
    return [
        {
            "key": action.key,
            "cause": str(cause_in(action.key)),
            "name": action.name,
            "severity": action.step.severity.value,
            "tracker": action.tracker,
            "ticket": action.ticket.key if action.ticket else None,
            "action": action.kind.value,
            "text": action.text,
            "held": held,
        }
        for action, held in planned
    ]


def _self_incident(record: IncidentRecord, events: Iterable[Event]) -> Document:
    """One self-incident: of no certificate, so without fingerprint, end, stage and places."""
    return {
        "key": record.key,
        "cause": str(cause_in(record.key)),
        "name": record.name,
        "severity": record.step.severity.value,
        **_life(record, events),
    }


def _page(page: IncidentRecord | None) -> Document | None:
    """The page that stands, or stood last, beside the incident."""
    if page is None:
        return None
    ticket = page.ticket
    return {
        "tracker": page.tracker,
        "ticket": ticket.key if ticket else None,
        "url": ticket.url if ticket else None,
        "state": page.state.value,
        "held_by": page.held_by.value if page.held_by else None,
    }


def _incident(record: IncidentRecord, events: Iterable[Event], assessment: Assessment | None) -> Document:
    findings = assessment.findings if assessment else ()
    return {
        "key": record.key,
        "fingerprint": record.fingerprint,
        "name": record.name,
        "not_after": rfc3339(record.not_after) if record.not_after else None,
        "severity": record.step.severity.value,
        "step": record.step.label,
        "stage": record.stage.value,
        "locations": locations(findings),
        "unseen": _unseen(assessment) if assessment else [],
        "release": _release(assessment),
        **_life(record, events),
    }


def _release(assessment: Assessment | None) -> Document | None:
    """The release that carries its renewal."""
    carrier = assessment.carrier if assessment else None
    if carrier is None:
        return None
    return {
        "id": sanitize(carrier.id),
        "planned_at": rfc3339(carrier.planned_at) if carrier.planned_at else None,
        "shipped_at": rfc3339(carrier.shipped_at) if carrier.shipped_at else None,
        "late": assessment is not None and assessment.stage is Stage.RELEASE_LATE,
    }


def _life(record: IncidentRecord, events: Iterable[Event]) -> Document:
    """Where it stands, and what became of it."""
    held_until = holds_to(record)
    return {
        "state": record.state.value,
        "tracker": record.tracker,
        "ticket": record.ticket.key if record.ticket else None,
        "url": record.ticket.url if record.ticket else None,
        "opened_at": rfc3339(record.opened_at),
        "closed_at": rfc3339(record.closed_at) if record.closed_at else None,
        "reopenings": record.reopenings,
        "held_by": record.held_by.value if record.held_by else None,
        "held_until": rfc3339(held_until) if held_until else None,
        "snoozed_until": rfc3339(record.snoozed_until) if record.snoozed_until else None,
        "history": [{"at": rfc3339(event.at), "what": event.what, "text": event.text} for event in events],
    }


def _certificate(certificate: Certificate, assessment: Assessment) -> Document:
    return {
        "fingerprint": certificate.fingerprint,
        "name": sanitize(certificate.display_name),
        "not_after": rfc3339(certificate.not_after),
        "locations": locations(assessment.findings),
        "stage": assessment.stage.value,
        "reasons": [str(reason) for reason in assessment.reasons],
        "unseen": _unseen(assessment),
        "successor": assessment.successor,
        "successor_by": assessment.successor_by.value if assessment.successor_by else None,
    }


def _unseen(assessment: Assessment) -> list[str]:
    return sorted(map(sanitize, assessment.unseen))


def locations(findings: Iterable[PlaceFinding]) -> list[Document]:
    """Each place with its role and how it stands, and its members where it has several."""
    return [
        {
            "location": sanitize(finding.location.uri),
            "role": finding.location.role.value,
            "status": finding.status.value,
            "production": finding.production,
            "members": [
                {"address": member.address, "status": member.status.value, "unseen": member.unseen_since is not None}
                for member in finding.members
                if member.address
            ],
        }
        for finding in in_order(findings)
    ]
