"""Judgements that are kept: what is at rest is not judged again, and no time that is to come is forgotten."""

from datetime import timedelta

from incidentd.model.assessment import Stage, Step
from incidentd.model.policy import Policy
from incidentd.policy.judgements import MANY, Judgements
from tests.policy.builders import DAY, HOUR, MINUTE, Fleet, certificate, gap, place, seen
from tests.policy.test_judgements import EDGES, FOUND, OLD, agree


def test_nothing_is_judged_again_while_nothing_happens() -> None:
    """The very same values come back, sweep after sweep; a crossing changes its own certificate only."""
    other = certificate("b.example.net", ends=200 * DAY)
    fleet, judgements = Fleet().sweep(seen(EDGES[0], OLD), seen(EDGES[1], other)), Judgements()
    first = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now).every
    for _ in range(3):
        fleet.wait(HOUR).sweep(seen(EDGES[0], OLD), seen(EDGES[1], other))
        assert judgements.assess_all(fleet.inventory, fleet.policy, fleet.now).every is first
    fleet.wait(27 * DAY).sweep(seen(EDGES[0], OLD), seen(EDGES[1], other))
    later = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now).every
    assert later[OLD.fingerprint].step is Step.ERROR and later[other.fingerprint] is first[other.fingerprint]


def test_what_is_replaced_is_at_rest_though_it_had_replaced_another_one() -> None:
    """A lineage is no mixed backend: what ended earlier was no successor that somebody went back from."""
    lineage = [certificate(ends=ends * DAY) for ends in (30, 120, 300)]
    fleet, judgements = Fleet(), Judgements()
    for each in lineage:
        fleet.wait(HOUR).sweeps(4, HOUR, seen(EDGES[0], each))
    first = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now).every
    fleet.wait(HOUR).sweep(seen(EDGES[0], lineage[-1]))
    again = judgements.assess_all(fleet.inventory, fleet.policy, fleet.now).every
    settled = [fingerprint for fingerprint, one in first.items() if one.stage is Stage.SETTLED]
    assert [again[fingerprint] is first[fingerprint] for fingerprint in settled] == [True, True]


def test_what_is_out_of_date_is_cleared_away() -> None:
    """A place that blinks for weeks has one crossing to come, not a thousand; and that one comes."""
    fleet, judgements = Fleet().sweep(seen(EDGES[0], FOUND[1])), Judgements()
    for _ in range(600):
        for items in ((gap(EDGES[0]),), (seen(EDGES[0], FOUND[1]),)):
            judgements.assess_all(fleet.wait(MINUTE).sweep(*items).inventory, fleet.policy, fleet.now)
    agree(judgements, fleet.sweep(gap(EDGES[0])))
    agree(judgements, fleet.wait(380 * DAY))


def test_of_a_large_fleet_that_is_seen_for_the_first_time_no_crossing_is_lost() -> None:
    """More of them at once than are ever cleared away: each is noticed when it comes."""
    held = [certificate(f"h{number}.example.net", ends=200 * DAY) for number in range(MANY + 2)]
    fleet = Fleet().sweep(*(seen(place(one.names[0]), one) for one in held))
    judgements = Judgements()
    agree(judgements, fleet)
    agree(judgements, fleet.wait(150 * DAY))


def test_a_span_beyond_the_calendar_never_ends() -> None:
    """Who never wants to hear of blindness may say so."""
    fleet, judgements = (
        Fleet(Policy(blind_after=timedelta.max)).sweep(seen(EDGES[0], OLD)).sweep(gap(EDGES[0])),
        Judgements(),
    )
    agree(judgements, fleet)
    agree(judgements, fleet.wait(20 * DAY))
