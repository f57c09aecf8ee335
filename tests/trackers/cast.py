"""Who plays in the snapshots of all trackers: one certificate, its successor, and where they stand as time goes by."""

from dataclasses import replace
from datetime import UTC, datetime

from incidentd.model.assessment import Assessment, PlaceFinding, PlaceStatus, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.location import Location
from tests.planning.desk import due, found, settled
from tests.policy.builders import DAY, MINUTE, A, B, C, place, store

BEGAN = datetime(2026, 9, 4, 9, 15, tzinfo=UTC)
ENDS = datetime(2026, 12, 4, 9, 14, tzinfo=UTC)
LABELS = {"env": "prod", "service": "payments-api", "team": "payments-sre"}
OLD = Certificate(
    fingerprint="5f3a91c0" * 8,
    not_before=datetime(2025, 12, 4, 9, 14, tzinfo=UTC),
    not_after=ENDS,
    subject="CN=api.example.com",
    names=("api.example.com", "pay.example.com"),
    issuer="CN=Example Issuing CA 2",
    serial="0a1b2c3d",
)
NEW = replace(OLD, fingerprint="9bd241aa" * 8, not_before=BEGAN, not_after=ENDS + 362 * DAY, serial="0a1b2c3e")


def edge(host: str, region: str) -> Location:
    """One of the names that clients ask for."""
    return place(f"{host}.example.com", region=region, **LABELS)


API, PAY, PEM = edge("api", "eu-west-1"), edge("pay", "us-east-1"), store("/etc/pki/api.pem", **LABELS)


def places_of(pay: PlaceStatus) -> tuple[PlaceFinding, ...]:
    """Three addresses behind two names, and the copy that they were deployed from."""
    both = found(API, first_at=BEGAN)
    api = replace(both, members=(*both.members, replace(both.members[0], address=B)))
    successor = NEW.fingerprint if pay is PlaceStatus.REPLACING else None
    newer = found(PAY, pay, address=C, successor=successor, first_at=BEGAN + 77 * DAY)
    return api, newer, found(PEM, blocks=False, address="")


def renewed() -> Assessment:
    """Two weeks before the end: one of three addresses has the new one."""
    return due(
        OLD,
        *places_of(PlaceStatus.REPLACING),
        step=Step.ERROR,
        stage=Stage.PARTLY_DEPLOYED,
        reasons=(Reason.THRESHOLD_PASSED, Reason.PARTLY_DEPLOYED),
        opens_at=BEGAN - MINUTE,
        successor=NEW.fingerprint,
        deployed=1,
        deployable=3,
        next_change_at=ENDS - 3 * DAY,
        next_step=Step.CRITICAL,
    )


def replaced(at: datetime) -> Assessment:
    """Proven everywhere; the old copy is still stored."""
    proven = {"successor": NEW.fingerprint, "first_at": at - 15 * MINUTE, "last_at": at, "removed": False}
    served = [found(where, PlaceStatus.REPLACED, address=each, **proven) for where, each in ((API, A), (PAY, C))]
    return settled(OLD, *served, found(PEM, blocks=False, address=""), by=NEW)
