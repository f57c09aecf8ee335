"""Assess: the first rule that decides, decides; each with its reasons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidentd.model.assessment import Reason, Stage, Step
from incidentd.model.observation import AbsenceKind
from incidentd.model.policy import Exemption, Policy
from incidentd.model.threshold import Threshold
from incidentd.policy.assess import assess_all
from incidentd.policy.sightings import Sightings
from tests.policy.builders import DAY, HOUR, START, A, B, Fleet, absent, certificate, gap, place, seen, store

TICK = timedelta(microseconds=1)
EDGE, DISK = place(), store()
OLD = certificate(ends=30 * DAY)
NEW = certificate(ends=400 * DAY)
WRONG = certificate("parked.example.org", ends=400 * DAY)


def test_due_is_decided_by_instants() -> None:
    """At exactly three months not yet; one microsecond later an incident."""
    judged = replace(OLD, not_after=datetime(2027, 2, 22, 17, tzinfo=UTC))
    opens_at = datetime(2026, 11, 22, 17, tzinfo=UTC)
    fleet = Fleet(at=opens_at).sweep(seen(EDGE, judged))
    assessment = fleet.assess(judged)
    assert (assessment.stage, assessment.reasons) == (Stage.FINE, (Reason.NOT_YET_DUE,))
    assert (assessment.opens_at, assessment.next_change_at, assessment.step) == (opens_at, opens_at, None)
    assessment = fleet.wait(TICK).assess(judged)
    assert (assessment.stage, assessment.reasons) == (Stage.DUE, (Reason.THRESHOLD_PASSED,))
    assert (assessment.step, assessment.wants_incident) == (Step.WARNING, True)
    assert assessment.next_change_at == judged.not_after - 14 * DAY


def test_what_has_no_end_is_never_due() -> None:
    """And nothing will change it."""
    judged = replace(OLD, not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assessment = Fleet().sweep(seen(EDGE, judged)).assess(judged)
    assert (assessment.stage, assessment.opens_at, assessment.next_change_at) == (Stage.FINE, None, None)


def test_the_threshold_is_the_policys() -> None:
    """With 20 days of warning, 30 days are plenty."""
    assert Fleet(Policy(threshold=Threshold(days=20))).sweep(seen(EDGE, OLD)).assess(OLD).stage is Stage.FINE


@pytest.mark.parametrize(
    ("left", "changes_at", "to"),
    [
        (20 * DAY, 14 * DAY, Step.ERROR),
        (14 * DAY, 3 * DAY, Step.CRITICAL),
        (3 * DAY, DAY, Step.LAST_DAY),
        (DAY, timedelta(0), Step.EXPIRED),
        (timedelta(0), timedelta(0), Step.EXPIRED),
    ],
)
def test_the_next_change_is_the_next_step(left: timedelta, changes_at: timedelta, to: Step) -> None:
    """A step that is reached is no longer to come; expired begins right after the end."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(30 * DAY - left)
    assessment = fleet.assess(OLD)
    assert (assessment.next_change_at, assessment.next_step) == (OLD.not_after - changes_at, to)
    assert fleet.wait(left + TICK).assess(OLD).next_change_at is None


def test_what_is_out_of_production_opens_nothing() -> None:
    """However expired; one production sighting changes that."""
    staging = place("s.example.net", env="Staging")
    fleet = Fleet().sweep(seen(staging, OLD)).wait(40 * DAY)
    assert fleet.assess(OLD).reasons == (Reason.NON_PRODUCTION,)
    assert fleet.sweep(seen(EDGE, OLD)).assess(OLD).stage is Stage.EXPIRED


def test_what_no_place_shows_opens_nothing() -> None:
    """A certificate that is only known."""
    fleet = Fleet().sweep(seen(EDGE, OLD))
    fleet.inventory = replace(fleet.inventory, places={})
    assert fleet.assess(OLD).reasons == (Reason.NOT_IN_PLACE,)


def test_every_certificate_has_an_assessment() -> None:
    """By fingerprint; each as when it is asked for alone."""
    fleet = Fleet().sweep(seen(EDGE, OLD, NEW), seen(place("x.example.net"), WRONG))
    every = assess_all(Sightings(fleet.inventory), fleet.policy, fleet.now)
    assert every == {each.fingerprint: fleet.assess(each) for each in (OLD, NEW, WRONG)}


def test_a_renewal_in_a_store_closes_nothing() -> None:
    """The failure of 2013: renewed, not deployed, and severity goes on climbing until it is served everywhere."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).sweep(seen(DISK, OLD)).proven(seen(DISK, NEW))
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.successor) == (Stage.RENEWED_NOT_DEPLOYED, NEW.fingerprint)
    assert assessment.reasons == (Reason.THRESHOLD_PASSED, Reason.RENEWED_NOT_DEPLOYED)
    assert fleet.wait(28 * DAY).assess(OLD).step is Step.CRITICAL


def test_stages_show_the_first_that_holds_and_reasons_all_of_them() -> None:
    """Expired, mismatch, partly deployed, renewed not deployed, due."""
    three = [seen(EDGE, OLD), seen(EDGE, OLD, member=B), seen(place("c.example.net"), OLD)]
    fleet = Fleet().sweep(*three)
    assert fleet.assess(OLD).stage is Stage.DUE
    fleet.sweep(seen(DISK, NEW))
    assert fleet.assess(OLD).stage is Stage.RENEWED_NOT_DEPLOYED
    fleet.wait(HOUR).sweep(seen(EDGE, NEW), *three[1:])
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.deployed, assessment.deployable) == (Stage.PARTLY_DEPLOYED, 1, 3)
    fleet.wait(HOUR).sweep(seen(EDGE, NEW), seen(EDGE, WRONG, member=B), three[2])
    assert fleet.assess(OLD).stage is Stage.MISMATCH
    assessment = fleet.wait(60 * DAY).assess(OLD)
    assert (assessment.stage, assessment.step) == (Stage.EXPIRED, Step.EXPIRED)
    why = (Reason.THRESHOLD_PASSED, Reason.EXPIRED, Reason.MISMATCH, Reason.PARTLY_DEPLOYED)
    assert assessment.reasons == why


def test_everywhere_but_not_yet_proven_is_partly_deployed_and_says_what_is_awaited() -> None:
    """2 of 2, and proof pending."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR)
    assessment = fleet.sweep(seen(EDGE, NEW), seen(EDGE, NEW, member=B)).assess(OLD)
    assert (assessment.stage, assessment.deployed, assessment.deployable) == (Stage.PARTLY_DEPLOYED, 2, 2)
    assert Reason.PROOF_PENDING in assessment.reasons


def test_unseen_places_are_an_attribute_that_stops_nothing() -> None:
    """The stage and the step are what they would be."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(28 * DAY).sweep(gap(EDGE))
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.step, assessment.unseen) == (Stage.DUE, Step.CRITICAL, (EDGE.uri,))
    assert Reason.UNSEEN_PLACES in assessment.reasons


def test_the_successor_is_judged_by_itself() -> None:
    """If it is due too, it has its own incident."""
    soon = certificate(ends=60 * DAY)
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, soon))
    assert (fleet.assess(OLD).stage, fleet.assess(soon).stage) == (Stage.SETTLED, Stage.DUE)
    assert fleet.assess(OLD).successor == soon.fingerprint


def test_the_newest_of_the_lineage_is_the_successor() -> None:
    """Through wildcards too; what does not cover all names, or ends sooner, is not of it."""
    wild = certificate("*.example.net", ends=800 * DAY)
    fleet = (
        Fleet()
        .sweep(seen(EDGE, OLD))
        .sweep(
            seen(DISK, NEW),
            seen(store("/b"), wild),
            seen(store("/c"), WRONG),
            seen(store("/d"), certificate(ends=10 * DAY)),
        )
    )
    assert fleet.assess(OLD).successor == wild.fingerprint


def test_what_mismatches_is_no_successor() -> None:
    """However much later it ends."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).proven(seen(EDGE, WRONG))
    assert (fleet.assess(OLD).stage, fleet.assess(OLD).successor) == (Stage.MISMATCH, None)


def test_a_wildcard_is_succeeded_by_a_wildcard() -> None:
    """A single name does not cover what it covered."""
    old, new = certificate("*.example.net", ends=30 * DAY), certificate("*.example.net", ends=400 * DAY)
    fleet = Fleet().sweep(seen(EDGE, old)).sweep(seen(DISK, NEW))
    assert fleet.assess(old).successor is None
    assert fleet.wait(HOUR).sweep(seen(store("/w"), new), seen(DISK, NEW)).assess(old).successor == new.fingerprint


def test_a_certificate_without_names_has_no_lineage_elsewhere() -> None:
    """Nothing says which of the others could be it."""
    bare = replace(OLD, fingerprint="0" * 64, names=())
    assert Fleet().sweep(seen(EDGE, bare)).sweep(seen(DISK, NEW)).assess(bare).successor is None


def exempt(until: datetime, judged: str = OLD.fingerprint) -> Policy:
    """A policy that lists one certificate."""
    return Policy(exemptions=(Exemption(judged, until, "moved to another house", "storage-sre"),))


def test_an_exemption_holds_until_its_end() -> None:
    """At that instant it does no longer; then severity is what the time left says."""
    fleet = Fleet(exempt(START + 20 * DAY)).sweep(seen(EDGE, OLD)).wait(20 * DAY - TICK)
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.reasons) == (Stage.EXEMPT, (Reason.EXEMPT_BY_POLICY,))
    assert assessment.proof == "storage-sre: moved to another house"
    assert assessment.next_change_at == START + 20 * DAY and not assessment.wants_incident
    assert fleet.wait(TICK).assess(OLD).step is Step.ERROR


def test_an_exemption_is_for_one_certificate_and_only_once_it_is_due() -> None:
    """What is not due is fine, not exempt; what is settled is settled."""
    assert Fleet(exempt(START + 20 * DAY, "0" * 64)).sweep(seen(EDGE, OLD)).assess(OLD).stage is Stage.DUE
    fine = Fleet(exempt(START + 20 * DAY, NEW.fingerprint)).sweep(seen(EDGE, NEW)).assess(NEW)
    assert (fine.stage, fine.reasons) == (Stage.FINE, (Reason.NOT_YET_DUE,))
    assert (
        Fleet(exempt(START + 20 * DAY)).sweep(seen(EDGE, OLD)).proven(seen(EDGE, NEW)).assess(OLD).stage
        is Stage.SETTLED
    )


@pytest.mark.parametrize(("ago", "stale"), [(7 * DAY, False), (7 * DAY + TICK, True), (400 * DAY, True)])
def test_old_archives_are_no_incidents(ago: timedelta, stale: bool) -> None:
    """Expired more than seven days before it was first seen: reported, never opened."""
    old = certificate(ends=-ago, lasts=100 * DAY)
    assessment = Fleet().sweep(seen(DISK, old)).assess(old)
    assert (Reason.STALE_ARCHIVE in assessment.reasons) is stale
    assert (assessment.stage, assessment.wants_incident) == (Stage.EXPIRED, not stale)


def test_what_is_served_is_no_archive() -> None:
    """However long ago it expired; nor is what was there in time and then expired."""
    old = certificate(ends=-400 * DAY, lasts=100 * DAY)
    assert Fleet().sweep(seen(DISK, old)).sweep(seen(EDGE, old)).assess(old).step is Step.EXPIRED
    assert Fleet().sweep(seen(DISK, OLD)).wait(90 * DAY).sweep(seen(DISK, OLD)).assess(OLD).step is Step.EXPIRED


def test_an_inventory_that_forgot_when_it_was_first_seen_judges_from_now() -> None:
    """A restored state may lack it: then an old archive is one."""
    old = certificate(ends=-400 * DAY, lasts=100 * DAY)
    fleet = Fleet().sweep(seen(DISK, old))
    fleet.inventory = replace(fleet.inventory, first_seen={})
    assert fleet.assess(old).reasons == (Reason.STALE_ARCHIVE,)


@pytest.mark.parametrize("use", ["spare", "archive", "Spare"])
def test_spares_stay_at_warning(use: str) -> None:
    """Even expired, if all their places say so."""
    spare = place("spare.example.net", use=use)
    fleet = Fleet().sweep(seen(spare, OLD)).wait(40 * DAY)
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.step) == (Stage.EXPIRED, Step.WARNING)
    assert Reason.CAPPED_SPARE in assessment.reasons
    assert fleet.sweep(seen(DISK, OLD)).assess(OLD).step is Step.EXPIRED


def capped(*looks: object) -> bool:
    """Whether a stored certificate with a day left stays at warning, after these looks at served places."""
    fleet = Fleet().sweep(seen(DISK, OLD)).wait(29 * DAY)
    fleet.sweep(*looks, source="edge")  # type: ignore[arg-type]  # looks of any kind
    assessment = fleet.assess(OLD)
    assert assessment.step is (Step.WARNING if Reason.CAPPED_OTHER_SERVED in assessment.reasons else Step.LAST_DAY)
    return Reason.CAPPED_OTHER_SERVED in assessment.reasons


def test_a_stored_one_whose_probed_places_serve_others_stays_at_warning() -> None:
    """Every probed location of its names."""
    assert capped(seen(EDGE, NEW), seen(EDGE, NEW, member=B))


def test_not_seen_served_is_no_comfort() -> None:
    """Without a probed location of its names severity climbs as if served."""
    assert not capped()
    assert not capped(seen(place("other.example.net"), NEW))
    assert not capped(seen(place(asked=None), NEW))


def test_one_place_that_serves_it_outside_production_lifts_the_cap() -> None:
    """It is in use."""
    assert not capped(seen(EDGE, NEW), seen(place("dev.example.net", asked="api.example.net", env="dev"), OLD))


def test_an_unseen_place_lifts_the_cap() -> None:
    """What it serves now is not known."""
    fleet = Fleet().sweep(seen(DISK, OLD)).sweep(seen(EDGE, NEW)).wait(29 * DAY).sweep(gap(EDGE))
    assert fleet.assess(OLD).step is Step.LAST_DAY


def test_retired_addresses_neither_cap_nor_lift() -> None:
    """They serve nothing; with nothing else there is no probed location."""
    fleet = Fleet().sweep(seen(DISK, OLD)).sweep(seen(EDGE, NEW), seen(EDGE, NEW, member=B)).wait(29 * DAY)
    fleet.sweep(seen(EDGE, NEW), absent(EDGE, B, AbsenceKind.UNRESOLVED_ADDRESS))
    assert fleet.assess(OLD).step is Step.WARNING
    gone = [absent(EDGE, each, AbsenceKind.UNRESOLVED_ADDRESS) for each in (A, B)]
    assert fleet.sweep(*gone).assess(OLD).step is Step.LAST_DAY


def test_a_wildcards_probed_places_are_those_of_the_names_it_covers() -> None:
    """All of them have to serve another."""
    wild = certificate("*.example.net", ends=30 * DAY)
    fleet = Fleet().sweep(seen(DISK, wild)).sweep(seen(EDGE, NEW), seen(place("b.example.net"), NEW)).wait(29 * DAY)
    assert fleet.assess(wild).step is Step.WARNING


def test_an_empty_name_has_no_probed_places() -> None:
    """A malformed name must not silence the severity."""
    odd = replace(OLD, fingerprint="1" * 64, names=("",))
    fleet = Fleet().sweep(seen(DISK, odd)).sweep(seen(place("host"), NEW)).wait(29 * DAY)
    assert fleet.assess(odd).step is Step.LAST_DAY
