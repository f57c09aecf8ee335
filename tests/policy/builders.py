"""Small things to judge: certificates, places, and a fleet whose sweeps are remembered one after the other."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

from incidentd.model.assessment import Assessment, PlaceFinding
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory, Recorded, Word
from incidentd.model.location import Location, Role, labels_of
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation, Sweep
from incidentd.model.places import after_amendment, kept_as
from incidentd.model.policy import Policy
from incidentd.model.release import Carried, Release
from incidentd.planning.retiring import Meant, addresses_of, retired
from incidentd.policy.assess import assess
from incidentd.policy.releases import Releases
from incidentd.policy.remember import remember
from incidentd.policy.sightings import Sightings
from incidentd.policy.suspicion import suspect_groups

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"
WORD = Word("alice", "the host was scrapped")
_serials = count(1)

Item = Observation | Gap | Absence


def certificate(*names: str, ends: timedelta = 30 * DAY, lasts: timedelta | None = None, **more: object) -> Certificate:
    """One that ends so long after START, with a fingerprint of its own; for api.example.net unless names are given.

    Without a lifetime it began eleven months before START.
    """
    serial = next(_serials)
    not_after = START + ends
    begun = START - 335 * DAY if lasts is None else not_after - lasts
    built = Certificate(
        fingerprint=sha256(str(serial).encode()).hexdigest(),
        not_before=begun,
        not_after=not_after,
        subject="CN=api",
        names=names or ("api.example.net",),
        issuer="CN=Issuing CA",
        serial=f"{serial:x}",
    )
    return replace(built, **more)  # type: ignore[arg-type]  # the fields are given by name, as each test needs them


def authority(subject: str = "CN=Issuing CA", *, ends: timedelta = 30 * DAY, **more: object) -> Certificate:
    """A CA certificate that ends so long after START."""
    fields = {"subject": subject, "issuer": "CN=Root", "common_name": subject[3:], "names": (), "is_ca": True}
    return certificate(ends=ends, lasts=3650 * DAY, **{**fields, **more})


def place(host: str = "api.example.net", *, source: str = "edge", asked: str | None = "", **labels: str) -> Location:
    """A served location that is asked for its host's name, unless told for which."""
    name = host if asked == "" else asked
    return Location(f"tls://{host}:443", source, Role.SERVED, labels_of(labels), name)


def store(path: str = "/etc/pki/api.pem", *, source: str = "disk", **labels: str) -> Location:
    """A stored location: a file."""
    return Location(f"file://{path}", source, Role.STORED, labels_of(labels))


def seen(where: Location, *chain: Certificate, member: str | None = None, at: datetime = START) -> Observation:
    """A look that showed a chain; at the first address of a served location unless another is given."""
    return Observation(where, _member(where, member), chain, at)


def gap(where: Location, member: str | None = None, reason: GapReason = GapReason.TIMED_OUT) -> Gap:
    """A look that could not be had: at one member, or at all."""
    return Gap(where, member, reason, "no answer", START)


def absent(
    where: Location, member: str | None = None, kind: AbsenceKind = AbsenceKind.REMOVED, group: str = ""
) -> Absence:
    """Looked, completely, and nothing is there. The group is the folder, unless another is given."""
    return Absence(where, member, kind, group or where.uri.rpartition("/")[0], START)


def _member(where: Location, member: str | None) -> str:
    return member if member is not None else (A if where.role is Role.SERVED else "")


def release(
    *brings: Certificate,
    id: str = "R",
    service: str = "",
    planned: timedelta | None = None,
    announced: timedelta = timedelta(),
    shipped: timedelta | None = None,
    abandoned: bool = False,
) -> Release:
    """One that brings these certificates; its times are so long after START."""
    at = START + announced
    return Release(
        id=id,
        first_announced_at=at,
        announced_at=at,
        service=service,
        planned_at=None if planned is None else START + planned,
        shipped_at=None if shipped is None else START + shipped,
        abandoned_at=at if abandoned else None,
        carried=Carried(added=brings),
    )


def at_instant(item: Item, at: datetime) -> Item:
    """The same at another time."""
    return replace(item, at=at)


def sweep_of(source: str, items: Iterable[Item], at: datetime, failure: str | None = None) -> Sweep:
    """One sweep that brought these things home at one instant."""
    home = [at_instant(item, at) for item in items]
    return Sweep(
        source,
        at,
        at,
        tuple(item for item in home if isinstance(item, Observation)),
        tuple(item for item in home if isinstance(item, Gap)),
        tuple(item for item in home if isinstance(item, Absence)),
        failure,
    )


class Fleet:
    """An inventory, and a clock that moves only when it is told to."""

    def __init__(self, policy: Policy | None = None, at: datetime = START) -> None:
        self.policy = policy or Policy()
        self.now = at
        self.inventory = Inventory()
        self.last: Recorded | None = None
        self.releases: tuple[Release, ...] = ()

    def wait(self, span: timedelta) -> "Fleet":
        """Time goes by without a look."""
        self.now += span
        return self

    def sweep(self, *items: Item, source: str = "", failure: str | None = None, clock_was_set: bool = False) -> "Fleet":
        """One sweep of one source, now: of the first item's unless it is named."""
        swept = sweep_of(source or items[0].location.source, items, self.now, failure)
        swept = replace(swept, clock_was_set=clock_was_set)
        suspects = suspect_groups(self.inventory, swept, self.policy.close_after)
        self.inventory, self.last = remember(self.inventory, swept, suspects)
        return self

    def sweeps(self, times: int, apart: timedelta, *items: Item) -> "Fleet":
        """The same sweep over and over; the clock moves before each but the first."""
        for turn in range(times):
            self.wait(apart if turn else timedelta()).sweep(*items)
        return self

    def retire(self, where: Location, *addresses: str) -> "Fleet":
        """A person says that a place is gone, or these of its addresses, whatever was seen there."""
        place = self.inventory.places[(where.source, where.uri)]
        meant = Meant(place, frozenset(addresses) or addresses_of(place))
        changed = kept_as(retired(meant, WORD, self.now), self.inventory.sweeps[where.source].sequence)
        self.inventory = after_amendment(self.inventory, [changed])
        return self

    def announce(self, *releases: Release) -> "Fleet":
        """These are what is announced from now on."""
        self.releases = releases
        return self

    def proven(self, *items: Item) -> "Fleet":
        """The same seen three times in an hour: proof, where nothing stands against it."""
        return self.wait(30 * MINUTE).sweeps(3, 30 * MINUTE, *items)

    def assess(self, judged: Certificate, *, believed: bool = False) -> Assessment:
        """What the policy says of one certificate now."""
        word = {judged.fingerprint} if believed else set()
        return assess(
            judged.fingerprint, Sightings(self.inventory), self.policy, self.now, word, Releases(self.releases)
        )

    def finding(self, judged: Certificate, where: Location) -> PlaceFinding:
        """How one place stands towards one certificate now."""
        return next(found for found in self.assess(judged).findings if found.location.uri == where.uri)
