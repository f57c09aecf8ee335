"""Remembering: runs of looks, gaps that neither count nor break, and what is new of a sweep."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from incidentd.model.inventory import Member
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.policy.looks import OLDER_RUNS, RECENT_RUNS
from incidentd.policy.remember import remember
from tests.policy.builders import (
    HOUR,
    MINUTE,
    START,
    A,
    B,
    C,
    Fleet,
    Item,
    absent,
    certificate,
    gap,
    place,
    seen,
    store,
    sweep_of,
)

OLD, NEW = certificate(), certificate()
EDGE, DISK = place(), store()


def member(fleet: Fleet, address: str = A) -> Member:
    """One member of the only served place."""
    (known,) = fleet.inventory.places.values()
    return next(each for each in known.members if each.address == address)


def test_looks_that_show_the_same_make_one_run() -> None:
    """Three looks, from the first to the last; only the first was news."""
    fleet = Fleet().sweeps(3, HOUR, seen(EDGE, OLD))
    (run,) = member(fleet).runs
    assert (run.chain, run.looks, run.first_at, run.last_at) == ((OLD.fingerprint,), 3, START, START + 2 * HOUR)
    assert fleet.last is not None and fleet.last.places == () and fleet.last.certificates == ()


def test_another_chain_begins_another_run() -> None:
    """And is news, with the certificate that was never seen before."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(seen(EDGE, NEW))
    assert [run.chain for run in member(fleet).runs] == [(OLD.fingerprint,), (NEW.fingerprint,)]
    assert fleet.last is not None and fleet.last.certificates == (NEW,) and len(fleet.last.places) == 1
    assert fleet.inventory.first_seen == {OLD.fingerprint: START, NEW.fingerprint: START + HOUR}


def test_a_gap_neither_counts_nor_breaks() -> None:
    """The run goes on where it was; only the beginning and the end of the gap are news."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(gap(EDGE, A))
    assert (member(fleet).unseen_since, member(fleet).unseen_reason) == (START + HOUR, GapReason.TIMED_OUT)
    assert fleet.last is not None and fleet.last.places
    fleet.wait(HOUR).sweep(gap(EDGE, A, GapReason.REFUSED))
    assert fleet.last.places == () and member(fleet).unseen_since == START + HOUR
    fleet.wait(HOUR).sweep(seen(EDGE, OLD))
    (run,) = member(fleet).runs
    assert (run.looks, run.last_at, member(fleet).unseen_since) == (2, START + 3 * HOUR, None)
    assert fleet.last.places


def test_samples_of_one_sweep_that_agree_are_one_look() -> None:
    """Ten handshakes in a second are no longer proof than one."""
    fleet = Fleet().sweep(*[seen(EDGE, OLD)] * 10)
    assert member(fleet).current.looks == 1
    fleet.wait(HOUR).sweep(*[seen(EDGE, OLD)] * 10)
    assert member(fleet).current.looks == 2


def test_samples_of_one_sweep_that_differ_are_runs_in_their_order() -> None:
    """A backend that turns out to be mixed within one sweep is seen to be."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR)
    early, late = fleet.now, fleet.now + timedelta(seconds=1)
    swept = sweep_of("edge", [], fleet.now)
    samples = (seen(EDGE, OLD, at=late + MINUTE), seen(EDGE, NEW, at=late), seen(EDGE, OLD, at=early))
    fleet.inventory, _ = remember(fleet.inventory, replace(swept, observations=samples), ())
    told = [(run.chain[0], run.looks) for run in member(fleet).runs]
    assert told == [(OLD.fingerprint, 2), (NEW.fingerprint, 1), (OLD.fingerprint, 1)]


def test_one_failed_sample_beside_a_good_one_is_no_gap() -> None:
    """One handshake that shows a certificate is enough."""
    fleet = Fleet().sweep(seen(EDGE, OLD), gap(EDGE, A))
    assert member(fleet).unseen_since is None


def test_a_new_address_joins_the_place() -> None:
    """Members are known from when they are first seen."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(seen(EDGE, OLD), seen(EDGE, NEW, member=B))
    assert [each.address for each in next(iter(fleet.inventory.places.values())).members] == [A, B]
    assert member(fleet, B).runs[0].first_at == START + HOUR


def test_a_gap_of_the_whole_place_is_every_members() -> None:
    """But what is said of one address goes before what is said of all."""
    fleet = Fleet().sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B)).wait(HOUR)
    fleet.sweep(gap(EDGE), absent(EDGE, B, AbsenceKind.UNRESOLVED_ADDRESS))
    assert member(fleet, A).unseen_since == START + HOUR
    assert member(fleet, B).current.absence is AbsenceKind.UNRESOLVED_ADDRESS


def test_in_doubt_between_a_gap_and_an_absence_it_is_a_gap() -> None:
    """A source that says both of one place has not seen it."""
    gone = absent(EDGE, kind=AbsenceKind.UNCONFIGURED)
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(gone, gap(EDGE))
    assert (member(fleet).current.absence, member(fleet).unseen_since) == (None, START + HOUR)


def test_a_clock_that_goes_back_takes_no_look_back() -> None:
    """The last look stays the latest there was."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(-HOUR).sweep(seen(EDGE, OLD))
    assert (member(fleet).current.looks, member(fleet).last_look_at) == (2, START)


@pytest.mark.parametrize(
    "items",
    [
        pytest.param((seen(EDGE, OLD, member=C), seen(EDGE, NEW, member=B)), id="new addresses"),
        pytest.param((seen(EDGE, OLD), seen(EDGE, NEW)), id="samples of one instant"),
        pytest.param((gap(EDGE, reason=GapReason.TIMED_OUT), gap(EDGE, reason=GapReason.REFUSED)), id="gaps"),
        pytest.param(
            (absent(EDGE, A, AbsenceKind.UNCONFIGURED), absent(EDGE, A, AbsenceKind.UNRESOLVED_ADDRESS)), id="absences"
        ),
        pytest.param((seen(EDGE, OLD), seen(place("b.example.net"), NEW)), id="places and certificates"),
        pytest.param((seen(EDGE, OLD), seen(place(env="dev"), OLD)), id="labels"),
    ],
)
def test_both_orders_of_two_things_are_remembered_alike(items: tuple[Item, Item]) -> None:
    """Which of the handshakes ends first is chance."""
    one, other = (Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(*each) for each in (items, items[::-1]))
    assert (one.inventory, one.last) == (other.inventory, other.last)


def test_a_gap_at_an_address_that_is_not_known_changes_no_member() -> None:
    """It never showed anything, so nothing can be said of it."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(seen(EDGE, OLD), gap(EDGE, B))
    assert [each.address for each in next(iter(fleet.inventory.places.values())).members] == [A]
    assert member(fleet).current.looks == 2


@pytest.mark.parametrize("whose", [None, A])
def test_a_place_that_never_answered_is_remembered_with_its_reason(whose: str | None) -> None:
    """Whether the gap is its address's or its own; once it answers, the gap is over."""
    fleet = Fleet().sweep(gap(EDGE, whose, GapReason.REFUSED)).wait(HOUR).sweep(gap(EDGE, whose))
    (known,) = fleet.inventory.places.values()
    assert (known.members, known.unseen_since, known.unseen_reason) == ((), START, GapReason.REFUSED)
    fleet.sweep(seen(EDGE, OLD))
    (known,) = fleet.inventory.places.values()
    assert (len(known.members), known.unseen_since, known.known_since) == (1, None, START)


def test_a_place_that_never_answered_and_left_the_configuration_is_not_unseen() -> None:
    """Nobody wants to see it any more."""
    fleet = Fleet().sweep(gap(EDGE)).wait(HOUR).sweep(absent(EDGE, kind=AbsenceKind.UNCONFIGURED))
    assert next(iter(fleet.inventory.places.values())).unseen_since is None


def test_a_known_place_that_the_sweep_does_not_account_for_is_a_gap() -> None:
    """Silence is not absence; other sources' places are none of its business."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).sweep(seen(DISK, OLD)).wait(HOUR).sweep(source="edge")
    assert fleet.inventory.places["edge", EDGE.uri].members[0].unseen_reason is GapReason.NOT_LOOKED_AT
    assert fleet.inventory.places["disk", DISK.uri].members[0].unseen_since is None


def test_a_source_that_fails_leaves_gaps_that_say_so() -> None:
    """And a record of since when; the next complete sweep ends it."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(source="edge", failure="no such name")
    assert (member(fleet).unseen_reason, member(fleet).unseen_text) == (GapReason.SOURCE_FAILED, "no such name")
    fleet.wait(HOUR).sweep(source="edge", failure="still none")
    record = fleet.inventory.sweeps["edge"]
    assert (record.failing_since, record.last_complete_at, record.sequence) == (START + HOUR, START, 3)
    fleet.wait(HOUR).sweep(seen(EDGE, OLD))
    record = fleet.inventory.sweeps["edge"]
    assert (record.failing_since, record.last_complete_at, record.complete) == (None, START + 3 * HOUR, True)


def test_a_source_that_never_was_complete_has_no_complete_sweep() -> None:
    """Its first sweep failed."""
    fleet = Fleet().sweep(source="edge", failure="no such name")
    record = fleet.inventory.sweeps["edge"]
    assert (record.failing_since, record.last_complete_at, record.complete) == (START, None, False)


def test_absences_count_like_looks() -> None:
    """Three complete sweeps without it are one run of three; a gap between them neither counts nor breaks."""
    fleet = Fleet().sweep(seen(DISK, OLD), seen(store("/etc/pki/b.pem"), NEW)).wait(HOUR)
    other = seen(store("/etc/pki/b.pem"), NEW)
    fleet.sweep(absent(DISK), other).wait(HOUR).sweep(gap(DISK), other).wait(HOUR)
    fleet.sweep(absent(DISK), other).wait(HOUR).sweep(absent(DISK), other)
    run = fleet.inventory.places["disk", DISK.uri].members[0].current
    assert (run.chain, run.absence, run.looks) == ((), AbsenceKind.REMOVED, 3)
    assert fleet.last is not None and fleet.last.places == ()


@pytest.mark.parametrize("reason", [GapReason.PERMISSION, GapReason.MISSING_FOLDER, GapReason.NOT_LOOKED_AT])
def test_a_deletion_in_a_source_that_did_not_answer_completely_is_a_gap(reason: GapReason) -> None:
    """A source that was refused a part of its answer may not see where things went."""
    fleet = Fleet().sweep(seen(DISK, OLD)).wait(HOUR).sweep(absent(DISK), gap(store("/srv"), reason=reason))
    known = fleet.inventory.places["disk", DISK.uri].members[0]
    assert (known.current.chain, known.unseen_reason) == ((OLD.fingerprint,), GapReason.NOT_LOOKED_AT)


def test_a_deletion_that_a_failed_source_reports_is_a_gap() -> None:
    """Its failure is the reason."""
    fleet = Fleet().sweep(seen(DISK, OLD)).wait(HOUR).sweep(absent(DISK), failure="listing was cut short")
    assert fleet.inventory.places["disk", DISK.uri].members[0].unseen_text == "listing was cut short"


@pytest.mark.parametrize("reason", [GapReason.UNREADABLE, GapReason.TORN, GapReason.TOO_LARGE])
def test_one_object_that_cannot_be_read_does_not_make_an_answer_incomplete(reason: GapReason) -> None:
    """It was listed: the answer was whole."""
    fleet = Fleet().sweep(seen(DISK, OLD)).wait(HOUR).sweep(absent(DISK), gap(store("/srv/junk"), reason=reason))
    assert fleet.inventory.places["disk", DISK.uri].members[0].current.absence is AbsenceKind.REMOVED


@pytest.mark.parametrize("kind", [AbsenceKind.UNCONFIGURED, AbsenceKind.UNRESOLVED_ADDRESS])
def test_dns_and_configuration_answer_for_themselves(kind: AbsenceKind) -> None:
    """That another target times out does not matter to them."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(absent(EDGE, A, kind), gap(place("b.example.net")))
    assert fleet.inventory.places["edge", EDGE.uri].members[0].current.absence is kind


def test_a_place_takes_the_labels_it_was_last_seen_with() -> None:
    """A change of labels alone is news."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(seen(place(env="dev"), OLD))
    (known,) = fleet.inventory.places.values()
    assert known.location.label("env") == "dev"
    assert fleet.last is not None and fleet.last.places == (known,)


def test_what_was_shown_is_not_forgotten_by_flapping() -> None:
    """Two chains by turns for a week leave the recent turns, and what came before them is still known."""
    first, fleet = certificate(), Fleet()
    fleet.sweeps(30, HOUR, seen(EDGE, first))
    for turn in range(4 * RECENT_RUNS):
        fleet.wait(HOUR).sweep(seen(EDGE, NEW if turn % 2 else OLD))
    runs = member(fleet).runs
    assert runs[0].chain == (first.fingerprint,) and len(runs) == RECENT_RUNS + 1
    assert all(one.chain != two.chain for one, two in pairwise(runs))


def test_a_server_that_makes_a_certificate_for_each_handshake_does_not_push_out_what_stood_long() -> None:
    """The limit protects the loop; what was looked at longest outlasts it."""
    fleet = Fleet().sweeps(3, HOUR, seen(EDGE, OLD))
    for _ in range(RECENT_RUNS + OLDER_RUNS + 20):
        fleet.wait(HOUR).sweep(seen(EDGE, certificate()))
    runs = member(fleet).runs
    assert len(runs) == RECENT_RUNS + OLDER_RUNS and runs[0].chain == (OLD.fingerprint,)
    assert [run.first_at for run in runs] == sorted(run.first_at for run in runs)
