"""Two types of keys at one address: neither hides what the other one shows, and neither is the other's stranger."""

from dataclasses import replace

import pytest

from incidentd.model.assessment import MemberFinding, PlaceStatus, Reason, Stage
from incidentd.model.certificate import Certificate, KeyType
from incidentd.model.observation import Observation
from incidentd.policy.holding import finding_holds_until
from tests.policy.builders import DAY, HOUR, START, A, Fleet, authority, certificate, place, seen

EDGE = place()
EC_CA, RSA_CA = authority("CN=EC CA", ends=900 * DAY), authority("CN=RSA CA", ends=900 * DAY)


def ec(*names: str, ends: int = 400) -> Certificate:
    return certificate(*names, ends=ends * DAY, key_type=KeyType.EC, issuer="CN=EC CA")


def rsa(*names: str, ends: int = 400) -> Certificate:
    return certificate(*names, ends=ends * DAY, key_type=KeyType.RSA, issuer="CN=RSA CA")


def both(first: Certificate, other: Certificate, *behind: Certificate) -> Observation:
    """One look at a server with two types of keys; the first is what it prefers."""
    chain = (first, EC_CA if first.key_type is KeyType.EC else RSA_CA)
    beside = (other, *(behind or (RSA_CA if other.key_type is KeyType.RSA else EC_CA,)))
    return replace(seen(EDGE, *chain, *beside), others=(len(chain),))


def at(fleet: Fleet, judged: Certificate) -> MemberFinding:
    (member,) = fleet.finding(judged, EDGE).members
    return member


OLD_EC, OLD_RSA = ec(ends=20), rsa(ends=30)


@pytest.mark.parametrize("turned", [False, True], ids=["ec first", "rsa first"])
def test_what_only_some_clients_get_is_in_place(turned: bool) -> None:
    """A renewed EC certificate settles no RSA one, however often it is seen; each is over with its own successor."""

    def look(one: Certificate, other: Certificate) -> Observation:
        return both(other, one) if turned else both(one, other)

    new_ec, new_rsa = ec(), rsa()
    fleet = Fleet().sweep(look(OLD_EC, OLD_RSA)).proven(look(new_ec, OLD_RSA))
    assert (at(fleet, OLD_EC).status, at(fleet, OLD_EC).successor) == (PlaceStatus.REPLACED, new_ec.fingerprint)
    assert at(fleet, OLD_RSA).status is PlaceStatus.PRESENT
    assert fleet.assess(OLD_RSA).wants_incident
    fleet.proven(look(new_ec, new_rsa))
    assert (at(fleet, OLD_RSA).status, at(fleet, OLD_RSA).successor) == (PlaceStatus.REPLACED, new_rsa.fingerprint)
    assert fleet.assess(OLD_RSA).stage is Stage.SETTLED


def test_the_other_type_is_no_stranger_and_no_mixed_backend() -> None:
    """It stands beside, sooner to end, and is judged by itself."""
    beside, new_rsa = ec(ends=25), rsa()
    fleet = Fleet().sweep(both(beside, OLD_RSA)).proven(both(beside, OLD_RSA)).proven(both(beside, new_rsa))
    assert (fleet.assess(OLD_RSA).stage, fleet.assess(beside).stage) == (Stage.SETTLED, Stage.DUE)
    assert Reason.MIXED_BACKEND not in fleet.assess(beside).reasons


def test_a_type_that_is_found_later_is_no_return_and_no_stranger() -> None:
    """A state from before the other type was asked for: what was proven then stays proven."""
    former = certificate(ends=60 * DAY)
    fleet = Fleet().sweep(seen(EDGE, former)).proven(seen(EDGE, replace(OLD_EC, not_after=former.not_after + DAY)))
    assert at(fleet, former).status is PlaceStatus.REPLACED
    later = replace(OLD_EC, not_after=former.not_after + DAY)
    fleet.wait(HOUR).sweep(both(later, OLD_RSA))
    assert at(fleet, former).status is PlaceStatus.REPLACED


def test_a_stranger_for_some_clients_is_a_mismatch() -> None:
    """A fit EC certificate does not make up for what those get who want RSA."""
    wrong = rsa("parked.example.org")
    fleet = Fleet().sweep(both(ec(), OLD_RSA)).proven(both(ec(), wrong))
    assert (at(fleet, OLD_RSA).status, at(fleet, OLD_RSA).successor) == (PlaceStatus.MISMATCH, wrong.fingerprint)


@pytest.mark.parametrize(
    ("left", "status"),
    [(ec(), PlaceStatus.REPLACED), (ec(ends=25), PlaceStatus.RETIRED), (rsa(ends=25), PlaceStatus.MISMATCH)],
    ids=["the other one takes over", "the other one was there before", "another of its type"],
)
@pytest.mark.parametrize("turned", [False, True], ids=["first", "second"])
def test_a_type_that_is_given_up(left: Certificate, status: PlaceStatus, turned: bool) -> None:
    """It is replaced by what all clients get now, if that is fit; else it was taken out of what stays as it was."""
    beside = left if left.key_type is KeyType.EC else ec()
    before = both(OLD_RSA, beside) if turned else both(beside, OLD_RSA)
    chain = (left, EC_CA if left.key_type is KeyType.EC else RSA_CA)
    fleet = Fleet().sweep(before).wait(HOUR).sweep(seen(EDGE, *chain))
    assert not at(fleet, OLD_RSA).status.settled
    assert at(fleet.proven(seen(EDGE, *chain)), OLD_RSA).status is status


def test_where_the_type_is_gone_all_that_is_left_has_to_be_fit() -> None:
    """Nobody knows which of two a client gets that used to get a third."""
    third = certificate(ends=30 * DAY, key_type=None)
    fit, unfit = ec(), rsa("parked.example.org")
    old = replace(third, fingerprint="cd" * 32, key_type=KeyType.RSA)
    fleet = Fleet().sweep(seen(EDGE, old)).proven(both(fit, replace(unfit, key_type=None)))
    assert at(fleet, old).status is PlaceStatus.MISMATCH
    assert at(Fleet().sweep(seen(EDGE, third)).proven(both(fit, unfit)), third).status is PlaceStatus.REPLACED


def test_a_leaf_hangs_on_the_ca_of_its_own_chain() -> None:
    """And on none that merely signed the certificate of the other type."""
    short = authority("CN=EC CA", ends=40 * DAY)
    look = both(ec(ends=35), rsa(ends=400))
    look = replace(look, chain=(look.chain[0], short, *look.chain[2:]))
    assert Fleet().sweep(look).assess(short).reasons == (Reason.CA_LEFT_BEHIND,)
    long = replace(look, chain=(ec(ends=300), *look.chain[1:]))
    assert Fleet().sweep(long).assess(short).dependents == (long.chain[0].fingerprint,)


def test_a_ca_behind_one_type_is_replaced_in_that_chain() -> None:
    """What stands behind the other type has nothing to say of it."""
    old_ca, leaf = authority("CN=RSA CA", ends=60 * DAY), rsa(ends=300)
    new_ca = authority("CN=Next RSA CA", ends=900 * DAY)
    new_leaf = replace(rsa(), issuer="CN=Next RSA CA")
    first = ec(ends=50)
    fleet = Fleet().sweep(both(first, leaf, old_ca)).proven(both(first, new_leaf, new_ca))
    assert (at(fleet, old_ca).status, at(fleet, old_ca).successor) == (PlaceStatus.REPLACED, new_ca.fingerprint)
    unchanged = Fleet().sweep(both(first, leaf, old_ca)).proven(both(ec(), leaf, EC_CA))
    assert at(unchanged, old_ca).status is PlaceStatus.MISMATCH


def test_a_ca_that_a_server_presents_as_its_own_for_one_type_stands_alone() -> None:
    """At the head of either chain."""
    own = authority("CN=RSA CA", ends=40 * DAY, key_type=KeyType.RSA)
    assert Reason.CA_OWN_LOCATION in Fleet().sweep(both(ec(), own)).assess(own).reasons


def test_a_finding_holds_until_the_first_of_both_ends() -> None:
    """A successor that ends is none any more, whichever clients get it."""
    new_rsa = rsa(ends=100)
    fleet = Fleet().sweep(both(ec(), OLD_RSA)).proven(both(ec(), new_rsa))
    (where,) = fleet.inventory.places.values()
    finding = fleet.finding(OLD_RSA, EDGE)
    until = finding_holds_until(finding, OLD_RSA, where, fleet.inventory.certificates, 365 * DAY, fleet.now + 40 * DAY)
    assert until == new_rsa.not_after


def test_chains_are_told_apart_by_where_they_begin() -> None:
    """And nothing has none."""
    fleet = Fleet().sweep(both(ec(), OLD_RSA))
    (where,) = fleet.inventory.places.values()
    run = where.members[0].current
    assert [len(chain) for chain in run.chains] == [2, 2]
    assert run.heads == (run.chain[0], OLD_RSA.fingerprint)
    assert (replace(run, others=()).heads, replace(run, chain=(), others=()).heads) == (run.chain[:1], ())
    assert (where.members[0].address, where.known_since) == (A, START)
