"""What a person may call gone, and in which words it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.inventory import Word
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.planning.closing import note, unreplaced
from incidentd.planning.evidence import place_lines
from incidentd.planning.explaining import explain
from incidentd.planning.retiring import Meant, addresses_of, retired, why_not
from incidentd.planning.routing import Routing
from tests.planning.desk import ROUTES, Desk, due
from tests.policy.builders import DAY, HOUR, START, A, B, Fleet, Item, absent, certificate, gap, place, seen, store

OLD, NEW = certificate(), certificate(ends=400 * DAY)
EDGE, BESIDE, DISK = place(), place("b.example.net"), store()


def meant(fleet: Fleet, *addresses: str) -> Meant:
    """A place, or some of its addresses."""
    known = fleet.inventory.places[(EDGE.source, EDGE.uri)]
    return Meant(known, frozenset(addresses) or addresses_of(known))


@pytest.mark.parametrize(
    ("looks", "against"),
    [
        ([gap(EDGE)], ()),
        ([gap(EDGE, reason=GapReason.REFUSED)], ()),
        ([absent(EDGE, kind=AbsenceKind.UNCONFIGURED)], ()),
        ([seen(EDGE, OLD)], (f"{EDGE.uri} [{A}] answered at 2026-11-01 13:00 UTC",)),
        ([seen(EDGE, NEW)], (f"{EDGE.uri} [{A}] answered at 2026-11-01 13:00 UTC",)),
        (
            [gap(EDGE, reason=GapReason.NO_CERTIFICATE)],
            (f"{EDGE.uri} [{A}] is there, though it cannot be read: no answer",),
        ),
    ],
)
def test_what_answers_is_not_gone(looks: list[Item], against: tuple[str, ...]) -> None:
    """What it shows does not matter: it is there."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(*looks)
    assert why_not([meant(fleet)], fleet.inventory.sweeps) == against


def test_where_a_source_fails_nobody_knows() -> None:
    """What could not be looked at may answer; what was seen to be absent before that is as absent as it was."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(source="edge", failure="no such list")
    [said] = why_not([meant(fleet)], fleet.inventory.sweeps)
    assert said == f"{EDGE.uri} [{A}] was not looked at, as the source edge fails: no such list"
    gone = absent(EDGE, kind=AbsenceKind.UNCONFIGURED)
    fleet = (
        Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(gone).wait(HOUR).sweep(source="edge", failure="no such list")
    )
    assert why_not([meant(fleet)], fleet.inventory.sweeps) == ()
    assert why_not([meant(fleet)], {}) == ()


def test_only_what_is_meant_is_asked_about() -> None:
    """One address answers, another is gone: that one may be called so by itself, once."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR).sweep(seen(EDGE, OLD), gap(EDGE, B))
    assert len(why_not([meant(fleet), meant(fleet)], fleet.inventory.sweeps)) == 1
    assert why_not([meant(fleet, B)], fleet.inventory.sweeps) == ()
    one = meant(fleet, B)
    assert one.news
    assert one.fingerprints == {OLD.fingerprint}
    fleet.retire(EDGE, B)
    assert not meant(fleet, B).news
    assert meant(fleet).news
    assert not meant(fleet, "192.0.2.9").news


def test_a_second_word_changes_nothing() -> None:
    """Neither of a member nor of an address that never answered: the first one stands."""
    fleet = Fleet().sweep(seen(EDGE, OLD), gap(EDGE, B)).wait(HOUR).sweep(gap(EDGE, A), gap(EDGE, B)).retire(EDGE)
    again = meant(fleet)
    assert retired(again, Word("bob", "too"), fleet.now + HOUR) == again.place


def closed_words(fleet: Fleet, wait: timedelta = HOUR) -> str:
    """The closing note, an hour after it was opened. By its id a report tells it from proof by looks alone."""
    desk = Desk((OLD, due(OLD)))
    desk.run()
    said = note(fleet.assess(OLD), desk.record(OLD), fleet.inventory, fleet.wait(wait).now)
    assert said.id == "retired:0"
    return said.text


def test_the_closing_says_by_whose_word() -> None:
    """When, of how many places, and why. When it went nobody saw, so that nothing is said to spare."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(BESIDE, OLD)).wait(HOUR)
    fleet.sweep(gap(EDGE), seen(BESIDE, OLD)).proven(gap(EDGE), seen(BESIDE, NEW)).retire(EDGE)
    said = closed_words(fleet)
    assert "Fixed. Replaced by " in said
    assert "at 1 of 2 places" in said
    assert "Retired by alice on 2026-11-01 14:30 UTC, 1 of 2 places: the host was scrapped. Opened" in said
    assert "to spare" not in said
    assert "removed from" not in said
    assert unreplaced(fleet.assess(OLD)), "the guard's share of removals applies"


def test_what_looks_proved_and_what_was_said_stand_side_by_side() -> None:
    """Each in its own words; hostile ones do nothing."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(BESIDE, OLD)).wait(HOUR)
    fleet.proven(gap(EDGE), absent(BESIDE, kind=AbsenceKind.UNCONFIGURED)).retire(EDGE)
    said = closed_words(fleet)
    assert "Retired: removed from 1 of 2 places" in said
    assert "Retired by alice" in said
    fleet = Fleet().sweep(seen(EDGE, OLD))
    hostile = retired(meant(fleet), Word("a\x1b", "b\u202e." + 600 * "x"), START)
    fleet.inventory = replace(fleet.inventory, places={hostile.key: hostile})
    said = closed_words(fleet)
    assert "Retired by a\\x1b on" in said
    assert "b\\u202e.xxx" in said
    assert len(said) < 1000


def test_tables_and_explanations_say_so() -> None:
    """What a ticket shows of it while other places keep it open, and what `explain` does."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(BESIDE, OLD)).wait(HOUR).sweep(gap(EDGE), seen(BESIDE, OLD))
    assessment = fleet.retire(EDGE).assess(OLD)
    lines = place_lines(assessment.findings, fleet.inventory, fleet.now, DAY)
    assert {line.state for line in lines} == {"removed, says alice", "this certificate"}
    routed = Routing(ROUTES).of(assessment, OLD)
    told = explain(OLD.fingerprint, assessment, fleet.inventory, fleet.policy, (), fleet.now, routed)
    [said] = [line for line in told.evidence if line.startswith(EDGE.uri)]
    assert said == (
        f"{EDGE.uri} [{A}] (served, source {EDGE.source}, does not block closing): retired: removed, says alice, "
        "on 2026-11-01 13:00 UTC: the host was scrapped; ends when something answers"
    )
