"""Fleets to look for concentrations in: certificates at endpoints of services in regions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from incidentd.model.assessment import Assessment, Reason, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.concentration import Finding, Review
from incidentd.model.inventory import Inventory, Member, Place, PlaceKey, Run
from incidentd.model.location import Location, Role, labels_of
from incidentd.model.observation import AbsenceKind
from incidentd.model.policy import Policy
from incidentd.policy.concentration import review
from tests.policy.builders import DAY, START

YEAR = 365 * DAY
NO_ASSESSMENTS: Mapping[str, Assessment] = {}
BEFORE_2013 = datetime(2012, 11, 1, tzinfo=UTC)
ENDS_2013 = {
    "blob": datetime(2013, 2, 22, 20, 29, 53, tzinfo=UTC),
    "queue": datetime(2013, 2, 22, 20, 31, 22, tzinfo=UTC),
    "table": datetime(2013, 2, 22, 20, 32, 52, tzinfo=UTC),
}
REGIONS = ("asia", "eu", "us")


@dataclass(frozen=True, slots=True)
class Placed:
    """One location and the chains that its addresses show."""

    location: Location
    chains: tuple[tuple[Certificate, ...], ...]


def leaf(name: str, ends: timedelta | datetime = 200 * DAY, lives: timedelta = YEAR, **more: str | bool) -> Certificate:
    """A certificate for a name that ends so long after START, or then; key and issuer are its own unless given."""
    end = ends if isinstance(ends, datetime) else START + ends
    fields = {"subject": f"CN={name}", "names": (name,), "issuer": f"CN=Issuer of {name}", "key_id": _hex(f"k {name}")}
    return Certificate(_hex(f"{name} {end} {more}"), end - lives, end, **{**fields, **more})  # type: ignore[arg-type]  # the fields are given by name, as each test needs them


def authority(name: str, issuer: str = "CN=Root", ends: timedelta = 1000 * DAY) -> Certificate:
    """A CA certificate."""
    return leaf(name, ends, 10 * YEAR, names=(), is_ca=True, issuer=issuer)  # type: ignore[arg-type]  # as above


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def at(host: str, *chain: Certificate, source: str = "edge", **labels: str) -> Placed:
    """A served place that shows one chain; of a service in a region, by its labels."""
    return _placed(f"tls://{host}:443", source, Role.SERVED, chain, labels)


def stored(file: str, *chain: Certificate, source: str = "vault", **labels: str) -> Placed:
    """A stored copy."""
    return _placed(f"file:///{file}.pem", source, Role.STORED, chain, labels)


def _placed(uri: str, source: str, role: Role, chain: tuple[Certificate, ...], labels: Mapping[str, str]) -> Placed:
    """An empty label is none."""
    said = {name: value for name, value in labels.items() if value}
    return Placed(Location(uri, source, role, labels_of(said)), (chain,))


def inventory_of(placed: Iterable[Placed], when: datetime = START) -> Inventory:
    """What one look saw. An empty chain: nothing is there any more."""
    places: dict[PlaceKey, Place] = {}
    certificates: dict[str, Certificate] = {}
    for one in placed:
        certificates |= {each.fingerprint: each for chain in one.chains for each in chain}
        runs = [_run(tuple(each.fingerprint for each in chain), when) for chain in one.chains]
        members = tuple(Member(f"192.0.2.{number}", (run,)) for number, run in enumerate(runs))
        places[(one.location.source, one.location.uri)] = Place(one.location, members, when)
    return Inventory(certificates, places)


def _run(chain: tuple[str, ...], when: datetime) -> Run:
    return Run(chain, when, when, 1, absence=None if chain else AbsenceKind.UNRESOLVED_ADDRESS)


def reviewed(
    *placed: Placed,
    policy: Policy | None = None,
    now: datetime = START,
    assessments: Mapping[str, Assessment] = NO_ASSESSMENTS,
) -> Review:
    """The concentrations of those places."""
    return review(inventory_of(placed, now), assessments, policy or Policy(), now)


def renewed(*certificates: Certificate) -> dict[str, Assessment]:
    """What the policy says of certificates of which a successor was seen."""
    return {
        one.fingerprint: Assessment(one.fingerprint, Stage.RENEWED_NOT_DEPLOYED, (), successor="ab" * 32)
        for one in certificates
    }


def judged(certificate: Certificate, stage: Stage, *reasons: Reason) -> dict[str, Assessment]:
    """What the policy says of one certificate."""
    return {certificate.fingerprint: Assessment(certificate.fingerprint, stage, reasons)}


def kinds(found: Review) -> list[str]:
    """The kinds of all findings, those that others speak for included, sorted."""
    return sorted(one.concentration.kind.value for one in everything(found))


def everything(found: Review) -> list[Finding]:
    """All findings, those that others speak for included."""
    return [each for one in found.findings for each in (one, *one.includes)]


def fleet_of_2013(issuer: str = "CN=Storage CA") -> list[Placed]:
    """Three services in three regions, one certificate each, as it was."""
    certificates = {name: leaf(f"*.{name}.example", end, 2 * YEAR, issuer=issuer) for name, end in ENDS_2013.items()}
    return [
        at(f"{region}.{name}.example", one, service=name, region=region)
        for name, one in certificates.items()
        for region in REGIONS
    ]


def even_fleet(size: int, lives: timedelta, services: int = 1, regions: int = 3, issuers: int = 7) -> list[Placed]:
    """Certificates whose ends are equally far apart, dealt out to services, regions and issuers in turn."""
    return [
        at(
            f"h{number}.example",
            leaf(f"h{number}.example", lives * (number + 1) / size, lives, issuer=f"CN=CA {number % issuers}"),
            service=f"s{number % services}",
            region=f"r{number // services % regions}",
        )
        for number in range(size)
    ]
