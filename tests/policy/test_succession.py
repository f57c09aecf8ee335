"""Which certificate replaces another: each condition, and what fails it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.certificate import Certificate
from incidentd.policy.sightings import Sightings
from incidentd.policy.stage import may_replace
from incidentd.policy.succession import succeeds_across, succeeds_in_store, succeeds_served, valid_at
from tests.policy.builders import DAY, HOUR, START, Fleet, authority, certificate, place, seen, store

TICK = timedelta(microseconds=1)
OLD = certificate(ends=10 * DAY)
ASKED = "api.example.net"


def test_a_later_valid_certificate_for_the_asked_name_succeeds() -> None:
    """Another key, issuer and further names do not stop it."""
    new = certificate(ASKED, "more.example.net", ends=90 * DAY, issuer="CN=Other CA", key_id="ff")
    assert succeeds_served(new, OLD, ASKED, START)


def test_lost_names_do_not_stop_a_successor() -> None:
    """They are listed, no more."""
    old = replace(OLD, names=(ASKED, "gone.example.net"))
    assert succeeds_served(certificate(ASKED, ends=90 * DAY), old, ASKED, START)


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(certificate("other.example.net", ends=90 * DAY), id="another name"),
        pytest.param(certificate("*.api.example.net", ends=90 * DAY), id="a wildcard one label too deep"),
        pytest.param(certificate(ends=10 * DAY), id="the same end"),
        pytest.param(certificate(ends=9 * DAY), id="an earlier end"),
        pytest.param(certificate(ends=90 * DAY, self_signed=True), id="self-signed"),
        pytest.param(certificate(ends=90 * DAY, lasts=89 * DAY), id="not valid yet"),
        pytest.param(certificate("ingress.local", ends=365 * DAY, self_signed=True), id="an ingress's fake"),
    ],
)
def test_each_condition_stops_a_successor(new: Certificate) -> None:
    """One failed condition is enough."""
    assert not succeeds_served(new, OLD, ASKED, START)


def test_what_has_expired_succeeds_nothing() -> None:
    """A later end is not enough once it has passed."""
    new = certificate(ends=20 * DAY)
    assert succeeds_served(new, OLD, ASKED, new.not_after)
    assert not succeeds_served(new, OLD, ASKED, new.not_after + TICK)


def test_a_self_signed_one_may_follow_a_self_signed_one() -> None:
    """Who served a self-made certificate may go on to do so."""
    assert succeeds_served(certificate(ends=90 * DAY, self_signed=True), replace(OLD, self_signed=True), ASKED, START)


def test_the_first_right_certificate_after_a_wrong_one_succeeds() -> None:
    """What is asked for decides: that the old one did not cover it must not make the cure a mismatch."""
    wrong = certificate("wrong.example.org", ends=10 * DAY)
    assert succeeds_served(certificate(ends=90 * DAY), wrong, ASKED, START)


def test_where_the_old_one_did_not_cover_the_asked_name_its_own_names_will_do() -> None:
    """A server that always answered for another name, and renews for that name, has renewed."""
    wrong = certificate("wrong.example.org", "b.example.org", ends=10 * DAY)
    assert succeeds_served(certificate("b.example.org", ends=90 * DAY), wrong, ASKED, START)
    assert not succeeds_served(certificate("c.example.org", ends=90 * DAY), wrong, ASKED, START)


def test_another_of_the_old_names_does_not_answer_for_the_asked_one() -> None:
    """Clients ask for one name: that name has to be covered."""
    old = replace(OLD, names=(ASKED, "b.example.net"))
    assert not succeeds_served(certificate("b.example.net", ends=90 * DAY), old, ASKED, START)


@pytest.mark.parametrize(
    ("names", "succeeds"),
    [((ASKED,), True), (("*.example.net",), True), (("b.example.net",), True), (("b.example.org",), False)],
)
def test_where_no_name_is_asked_for_one_of_the_old_names_is_enough(names: tuple[str, ...], succeeds: bool) -> None:
    """At least one, by RFC 6125."""
    old = replace(OLD, names=(ASKED, "b.example.net"))
    assert succeeds_served(certificate(*names, ends=90 * DAY), old, None, START) is succeeds


def test_without_any_name_the_subject_decides_and_no_subject_decides_nothing() -> None:
    """Two empty subjects are not the same one."""
    old = replace(OLD, names=(), subject="CN=,O=Broker")
    new = replace(certificate(ends=90 * DAY), names=(), subject="CN=,O=Broker")
    assert succeeds_served(new, old, None, START)
    assert not succeeds_served(replace(new, subject=""), replace(old, subject=""), None, START)


@pytest.mark.parametrize(
    ("ahead", "valid"), [(timedelta(0), True), (timedelta(minutes=5), True), (timedelta(minutes=5) + TICK, False)]
)
def test_not_yet_valid_counts_past_five_minutes_of_skew(ahead: timedelta, valid: bool) -> None:
    """Clocks differ a little."""
    assert valid_at(replace(OLD, not_before=START + ahead), START) is valid


def test_an_unread_beginning_proves_nothing() -> None:
    """Clients refuse what has none, and only what is proven closes anything."""
    assert not valid_at(replace(OLD, not_before=None), START)


@pytest.mark.parametrize(
    ("old", "new", "succeeds"),
    [
        pytest.param(OLD, certificate(ends=90 * DAY, lasts=80 * DAY), True, id="validity is no matter in a store"),
        pytest.param(OLD, certificate("b.example.org", ends=90 * DAY), False, id="for other names"),
        pytest.param(OLD, certificate(ends=9 * DAY), False, id="an earlier end"),
        pytest.param(OLD, authority(ends=90 * DAY), False, id="its issuer"),
        pytest.param(authority("CN=R3"), authority("CN=R10", ends=90 * DAY), True, id="the issuer's next CA"),
        pytest.param(authority("CN=R3"), certificate("r.example", ends=90 * DAY), False, id="a leaf for a CA"),
    ],
)
def test_what_may_take_a_place_in_a_store(old: Certificate, new: Certificate, succeeds: bool) -> None:
    """The same object holds a later certificate for one of its names; a CA's next one may be called otherwise."""
    assert succeeds_in_store(new, old) is succeeds


@pytest.mark.parametrize(
    ("old", "new", "succeeds"),
    [
        pytest.param(OLD, certificate("*.example.net", ends=90 * DAY), True, id="all names covered"),
        pytest.param(
            replace(OLD, names=(ASKED, "b.example.org")), certificate(ends=90 * DAY), False, id="a name is missing"
        ),
        pytest.param(OLD, certificate(ends=9 * DAY), False, id="an earlier end"),
        pytest.param(replace(OLD, names=()), replace(certificate(ends=90 * DAY), names=()), False, id="no names"),
        pytest.param(authority(), authority(ends=90 * DAY), True, id="a CA renewed under its name"),
        pytest.param(authority(), authority("CN=Next", ends=90 * DAY), False, id="another CA"),
    ],
)
def test_lineage_across_places(old: Certificate, new: Certificate, succeeds: bool) -> None:
    """Seen anywhere: all names covered and a later end; for CAs the same subject."""
    assert succeeds_across(new, old) is succeeds


def test_what_it_may_take_the_place_of_is_found_from_the_successor() -> None:
    """What stood in its place, whatever it is called, and its lineage elsewhere; nothing that ends no sooner."""
    new = certificate(ends=400 * DAY)
    beside, elsewhere = certificate("b.example.net", ends=20 * DAY), certificate(ends=30 * DAY)
    later, stranger = certificate(ends=500 * DAY), certificate("c.example.net", ends=20 * DAY)
    fleet = Fleet().sweep(seen(place(), beside)).wait(HOUR).sweep(seen(place(), new))
    fleet.sweep(*(seen(store(f"/{one.fingerprint}.pem"), one) for one in (elsewhere, later, stranger)))
    assert set(may_replace(new, Sightings(fleet.inventory))) == {beside, elsewhere}
