"""CA certificates: which deserve an incident of their own, and when that is over."""

import pytest

from incidentd.model.assessment import Assessment, PlaceStatus, Reason, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.location import Location, Role
from incidentd.model.observation import AbsenceKind
from incidentd.model.policy import Policy
from tests.policy.builders import DAY, HOUR, A, B, Fleet, absent, authority, certificate, place, seen, store

CA = authority(ends=60 * DAY)
NEXT = authority("CN=Next CA", ends=900 * DAY)
LEAF = certificate(ends=300 * DAY, issuer=CA.subject)
SHORT = certificate("short.example.net", ends=50 * DAY, issuer=CA.subject)
EDGE, DISK = place(), store("/etc/pki/ca.pem")


def judged(where: Location, *chain: Certificate, policy: Policy | None = None) -> Assessment:
    """What is said of the CA where this was seen once."""
    return Fleet(policy).sweep(seen(where, *chain)).assess(CA)


@pytest.mark.parametrize("where", [EDGE, DISK])
def test_a_leaf_that_outlives_its_ca_opens_one_incident_for_the_ca(where: Location) -> None:
    """With the leaves that hang on it, each once; the shorter one is not among them."""
    fleet = Fleet().sweep(seen(where, LEAF, CA), seen(place("b.example.net", source=where.source), SHORT, CA))
    assessment = fleet.assess(CA)
    assert (assessment.stage, assessment.dependents) == (Stage.DUE, (LEAF.fingerprint,))
    assert assessment.reasons == (Reason.THRESHOLD_PASSED, Reason.CA_OUTLIVED_BY_LEAF)


def test_a_ca_that_its_leaves_leave_behind_opens_nothing() -> None:
    """It will be gone from the chains before it ends."""
    assessment = judged(EDGE, SHORT, CA)
    assert (assessment.stage, assessment.reasons) == (Stage.FINE, (Reason.CA_LEFT_BEHIND,))
    assert not assessment.wants_incident


def test_only_production_leaves_count() -> None:
    """A leaf in staging may outlive whom it likes."""
    fleet = Fleet().sweep(seen(EDGE, SHORT, CA), seen(place("s.example.net", env="staging"), LEAF, CA))
    assert fleet.assess(CA).reasons == (Reason.CA_LEFT_BEHIND,)


def test_a_ca_in_a_file_without_a_leaf_is_a_location_of_its_own() -> None:
    """An issuing CA in a store, alone or with its chain; beside a leaf it is not."""
    assert Reason.CA_OWN_LOCATION in judged(DISK, CA).reasons
    assert Reason.CA_OWN_LOCATION in judged(DISK, CA, NEXT).reasons
    assert judged(DISK, SHORT, CA).reasons == (Reason.CA_LEFT_BEHIND,)


def test_a_server_that_presents_a_ca_as_its_own_certificate_shows_it_at_its_own_location() -> None:
    """However many more it sends: a chain is no trust bundle."""
    more = [authority(f"CN=Root {n}", ends=900 * DAY) for n in range(8)]
    assert Reason.CA_OWN_LOCATION in judged(EDGE, CA, *more).reasons


def test_what_stands_at_the_head_of_a_served_chain_is_a_leaf_whatever_its_flag_says() -> None:
    """Many self-made certificates claim to be CAs."""
    flagged = authority("CN=api", ends=300 * DAY, issuer=CA.subject)
    assessment = judged(EDGE, flagged, CA)
    assert assessment.dependents == (flagged.fingerprint,)


@pytest.mark.parametrize(
    ("others", "sources", "reason"),
    [
        (4, (), Reason.CA_OWN_LOCATION),
        (5, (), Reason.TRUST_BUNDLE),
        (5, ("edge",), Reason.TRUST_BUNDLE),
        (5, ("disk",), Reason.CA_OWN_LOCATION),
    ],
)
def test_more_than_five_cas_in_one_file_are_a_trust_bundle(
    others: int, sources: tuple[str, ...], reason: Reason
) -> None:
    """Which opens nothing unless its source says that it is to be trusted."""
    bundle = [CA, *(authority(f"CN=Root {n}", ends=900 * DAY) for n in range(others))]
    assessment = judged(DISK, *bundle, policy=Policy(trusting_sources=sources))
    assert reason in assessment.reasons
    assert assessment.wants_incident is (reason is Reason.CA_OWN_LOCATION)


def test_the_same_ca_twice_in_a_file_counts_once() -> None:
    """Five and a copy are no bundle."""
    bundle = [CA, CA, *(authority(f"CN=Root {n}", ends=900 * DAY) for n in range(4))]
    assert Reason.CA_OWN_LOCATION in judged(DISK, *bundle).reasons


def test_a_bundle_with_a_leaf_in_it_is_none() -> None:
    """A full chain with many cross-signed CAs hangs on its leaf."""
    bundle = [LEAF, CA, *(authority(f"CN=Root {n}", ends=900 * DAY) for n in range(6))]
    assert Reason.CA_OUTLIVED_BY_LEAF in judged(DISK, *bundle).reasons


def behind(leaf: Certificate = LEAF, asked: str | None = "") -> tuple[Fleet, Location]:
    """The CA was seen behind a leaf."""
    where = place(asked=asked)
    return Fleet().sweep(seen(where, leaf, CA)), where


NEW_LEAF = certificate(ends=400 * DAY, issuer=NEXT.subject)


@pytest.mark.parametrize(
    ("chain", "status"),
    [
        pytest.param((NEW_LEAF, NEXT), PlaceStatus.REPLACED, id="a new leaf of the next CA"),
        pytest.param((NEW_LEAF,), PlaceStatus.REPLACED, id="a new leaf of an issuer that is not sent"),
        pytest.param((LEAF, authority(ends=900 * DAY)), PlaceStatus.REPLACED, id="the same leaf, the CA renewed"),
        pytest.param((LEAF,), PlaceStatus.MISMATCH, id="the CA is merely not sent any more"),
        pytest.param(
            (NEW_LEAF, authority("CN=Next CA", ends=50 * DAY)), PlaceStatus.MISMATCH, id="a CA that ends sooner"
        ),
        pytest.param((certificate("x.example.org", ends=400 * DAY), NEXT), PlaceStatus.MISMATCH, id="another name"),
        pytest.param(
            (certificate(ends=400 * DAY, lasts=30 * DAY, issuer=NEXT.subject), NEXT), PlaceStatus.MISMATCH, id="early"
        ),
        pytest.param(
            (certificate(ends=400 * DAY, issuer="CN=api", self_signed=True),),
            PlaceStatus.MISMATCH,
            id="a self-made leaf",
        ),
    ],
)
@pytest.mark.parametrize("asked", ["", None])
def test_what_replaces_a_ca_in_a_served_chain(
    chain: tuple[Certificate, ...], status: PlaceStatus, asked: str | None
) -> None:
    """A chain of a fit leaf that no longer needs it, whether or not a name is asked for."""
    fleet, where = behind(asked=asked)
    assert fleet.proven(seen(where, *chain)).finding(CA, where).status is status


def test_a_chain_that_is_not_there_any_more_replaces_no_ca() -> None:
    """It is retired like any other place; and an address that never showed it has nothing to say."""
    fleet, where = behind()
    fleet.wait(HOUR).sweep(seen(where, LEAF, CA), seen(where, NEW_LEAF, NEXT, member=B))
    assert fleet.assess(CA).dependents == (LEAF.fingerprint,)
    gone = absent(where, A, AbsenceKind.UNCONFIGURED)
    fleet.wait(HOUR).sweep(gone, seen(where, NEW_LEAF, NEXT, member=B))
    assert fleet.finding(CA, where).members[0].status is PlaceStatus.LEAVING
    assert fleet.proven(gone, seen(where, NEW_LEAF, NEXT, member=B)).assess(CA).stage is Stage.SETTLED


def test_an_old_companion_in_the_chain_does_not_keep_a_ca_in_place() -> None:
    """A cross-signed root that ends sooner stood there before; it is judged by itself."""
    cross = authority("CN=Root", ends=20 * DAY)
    fleet = Fleet().sweep(seen(EDGE, LEAF, CA, cross)).proven(seen(EDGE, NEW_LEAF, NEXT, cross))
    assert fleet.finding(CA, EDGE).status is PlaceStatus.REPLACED


def test_a_ca_at_the_head_needs_a_successor_of_its_own() -> None:
    """What a server presents as its own is replaced like any other: later, and for a name of it."""
    flagged = authority("CN=api.example.net", ends=60 * DAY)
    fleet = Fleet().sweep(seen(EDGE, flagged)).proven(seen(EDGE, certificate(ends=30 * DAY)))
    assert fleet.finding(flagged, EDGE).status is PlaceStatus.MISMATCH
    assert fleet.proven(seen(EDGE, LEAF)).finding(flagged, EDGE).status is PlaceStatus.REPLACED


def test_the_incident_of_a_ca_closes_when_every_chain_has_left_it() -> None:
    """One place at a time."""
    other = place("b.example.net")
    fleet = Fleet().sweep(seen(EDGE, LEAF, CA), seen(other, LEAF, CA))
    fleet.proven(seen(EDGE, NEW_LEAF, NEXT), seen(other, LEAF, CA))
    assert fleet.assess(CA).stage is Stage.PARTLY_DEPLOYED
    renewed = certificate("b.example.net", ends=400 * DAY, issuer=NEXT.subject)
    assert fleet.proven(seen(EDGE, NEW_LEAF, NEXT), seen(other, renewed, NEXT)).assess(CA).stage is Stage.SETTLED


def test_the_issuers_next_ca_in_the_same_file_replaces_it() -> None:
    """Under another name; but not one that stood there before, for that is only a bundle that lost one."""
    fleet = Fleet().sweep(seen(DISK, LEAF, CA)).proven(seen(DISK, NEW_LEAF, NEXT))
    assert fleet.finding(CA, DISK).status is PlaceStatus.REPLACED
    fleet = Fleet().sweep(seen(DISK, CA, NEXT)).proven(seen(DISK, NEXT))
    assert (fleet.finding(CA, DISK).status, fleet.assess(CA).deployable) == (PlaceStatus.RETIRED, 0)


def test_a_file_that_says_it_is_served_is_judged_as_a_chain() -> None:
    """Role and kind of place are two things."""
    where = Location("file:///etc/nginx/api.pem", "disk", Role.SERVED)
    assert Fleet().sweep(seen(where, LEAF, CA, member="")).assess(CA).dependents == (LEAF.fingerprint,)


def test_a_renewed_ca_elsewhere_is_its_successor() -> None:
    """The same subject, later: renewed, not deployed."""
    renewed = authority(ends=900 * DAY)
    fleet = Fleet().sweep(seen(EDGE, LEAF, CA)).wait(HOUR).sweep(seen(DISK, renewed))
    assessment = fleet.assess(CA)
    assert (assessment.stage, assessment.successor) == (Stage.RENEWED_NOT_DEPLOYED, renewed.fingerprint)
