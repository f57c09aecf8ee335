"""Small values to remember: a certificate, a ticket's content, a row of the ledger, an intent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from incidentd.model.assessment import Severity, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentRecord, IncidentState, incident_key, incident_marker
from incidentd.model.inventory import Member, Place, Recorded, Run, SweepRecord
from incidentd.model.location import Location, Role, labels_of
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.ticket import PlaceLine, TicketContent
from incidentd.store.interface import Decided, Lease, Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FINGERPRINT = "ab" * 32
KEY = incident_key("default", FINGERPRINT)
MARKER = incident_marker("default", FINGERPRINT)
LASTS = timedelta(seconds=30)


def certificate(fingerprint: str = FINGERPRINT, **changed: Any) -> Certificate:
    """One for www.example.net that ends in a month."""
    ends = NOW + timedelta(days=30)
    return replace(
        Certificate(fingerprint, ends - timedelta(days=90), ends, "CN=www", names=("www.example.net",)), **changed
    )


def content(title: str = "[SIE] www.example.net", marker: str = MARKER) -> TicketContent:
    """What a ticket should say."""
    return TicketContent(
        key=KEY,
        marker=marker,
        title=title,
        severity=Severity.ERROR,
        step=Step.ERROR,
        due_on=date(2026, 12, 15),
        labels=("env-prod",),
        headline="Expires 22 Dec 2026",
        what="a certificate",
        impact="clients fail",
        action="renew",
        owner="",
        why_now="14 days left",
        places=(PlaceLine("tls://www.example.net:443", "served", "yes", "22 Nov"),),
        places_left_out=2,
        tasks=("renew",),
        commands=(),
        details=(("serial", "0a"),),
        rule=("less than three months",),
        source="www.example.net:443",
        component="www",
        group="prod",
    )


def record(**changed: Any) -> IncidentRecord:
    """A new, open row."""
    row = IncidentRecord(0, KEY, FINGERPRINT, "local", IncidentState.OPEN, Step.WARNING, Stage.DUE, NOW)
    return replace(row, **changed)


def intent(kind: ActionKind = ActionKind.OPEN, **changed: Any) -> Intent:
    """A new, pending one that is due at once."""
    return replace(
        Intent(0, 0, KEY, MARKER, kind, "local", IntentState.PENDING, content(), (), created_at=NOW, due_at=NOW),
        **changed,
    )


def leased(store: Store, name: str = "reconcile", owner: str = "one") -> Lease:
    """A lease that nobody else holds."""
    lease = store.acquire(name, owner, LASTS, NOW)
    assert lease is not None
    return lease


def opened(store: Store, lease: Lease) -> tuple[IncidentRecord, Intent]:
    """A store with one open incident and one pending intent to open its ticket; both as stored."""
    store.commit([Decided(record(), intent())], lease, NOW)
    return store.records(NOW)[0], store.unfinished()[0]


def swept(sequence: int, *places: Place, certificates: tuple[Certificate, ...] = (), source: str = "edge") -> Recorded:
    """The sweep with that number, one a minute, and what it changed."""
    at = NOW + sequence * MINUTE
    return Recorded(SweepRecord(source, sequence, at, at, True, last_complete_at=at), places, certificates)


def place(uri: str = "tls://www.example.net:443", *addresses: str) -> Place:
    """A served place with its members, seen for the first time at the first sweep."""
    location = Location(uri, "edge", Role.SERVED, labels_of({"env": "prod", "région": "ñ"}), "www.example.net")
    at = NOW + MINUTE
    members = tuple(Member(address, (Run((FINGERPRINT,), at, at, 1),)) for address in addresses)
    return Place(location, members, known_since=at)
