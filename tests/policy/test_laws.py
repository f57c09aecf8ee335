"""Laws of judgement: whatever a fleet does, these hold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Stage
from incidentd.model.inventory import Inventory, Member, Recorded
from incidentd.model.observation import AbsenceKind, GapReason, Observation
from incidentd.policy.calendar import window_opens_at
from incidentd.policy.remember import remember
from tests.policy.builders import (
    DAY,
    HOUR,
    MINUTE,
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

OLD = certificate(ends=40 * DAY)
FOUND = (OLD, certificate(ends=400 * DAY), certificate(ends=60 * DAY), certificate("parked.example.org", ends=90 * DAY))
EDGES = (place(), place("b.example.net"))
FILES = tuple(store(f"/etc/pki/{n}.pem") for n in range(7))

SHOWN = st.sampled_from(FOUND)
KINDS = st.sampled_from([AbsenceKind.UNRESOLVED_ADDRESS, AbsenceKind.UNCONFIGURED])
SERVED = st.one_of(
    st.builds(
        lambda where, address, one: seen(where, one, member=address),
        st.sampled_from(EDGES),
        st.sampled_from([A, B]),
        SHOWN,
    ),
    st.builds(gap, st.sampled_from(EDGES), st.sampled_from([A, B, None])),
    st.builds(absent, st.sampled_from(EDGES), st.sampled_from([A, B]), KINDS),
)
STORED = st.one_of(
    st.builds(
        lambda where, chain: seen(where, *chain),
        st.sampled_from(FILES),
        st.lists(SHOWN, min_size=1, max_size=3, unique=True),
    ),
    st.builds(gap, st.sampled_from(FILES)),
    st.builds(absent, st.sampled_from(FILES)),
)
ITEMS = st.lists(SERVED, max_size=6) | st.lists(STORED, max_size=9)
WAITS = st.sampled_from([timedelta(seconds=1), 5 * MINUTE, HOUR, 12 * HOUR, 3 * DAY, 15 * DAY])
SWEEPS = st.tuples(ITEMS, WAITS, st.integers(1, 4), st.booleans())


def told(history: Sequence[tuple[list[Item], timedelta, int, bool]]) -> Fleet:
    """A fleet after such a history: what was brought home, how often, how far apart, and whether the source failed."""
    fleet = Fleet()
    fleet.sweep(*[seen(where, OLD) for where in EDGES]).sweep(*[seen(where, OLD) for where in FILES[:2]])
    for items, apart, times, fails in history:
        source = items[0].location.source if items else "edge"
        for _ in range(times):
            fleet.wait(apart).sweep(*items, source=source, failure="no answer" if fails else None)
    return fleet


def settled(fleet: Fleet) -> set[str]:
    """What is settled now."""
    return {
        each.fingerprint
        for each in FOUND
        if each.fingerprint in fleet.inventory.certificates and fleet.assess(each).stage is Stage.SETTLED
    }


HISTORIES = st.lists(SWEEPS, max_size=6)


TWICE = st.sampled_from([EDGES[0], place(env="dev"), place("c.example.net"), place("c.example.net", team="web")])
ADDRESSES = st.sampled_from([A, B, C])
CROWDED = st.one_of(
    st.builds(lambda where, address, one: seen(where, one, member=address), TWICE, ADDRESSES, SHOWN),
    st.builds(gap, TWICE, st.one_of(st.none(), ADDRESSES), st.sampled_from(GapReason)),
    st.builds(absent, TWICE, st.one_of(st.none(), ADDRESSES), KINDS, st.sampled_from(["edge", "tls://"])),
)
ORDERS = st.one_of(st.lists(CROWDED, min_size=2, max_size=6), ITEMS.filter(len)).flatmap(
    lambda items: st.tuples(st.just(items), st.permutations(items))
)


@settings(max_examples=300)
@given(HISTORIES, ORDERS)
def test_the_order_of_what_a_sweep_brings_home_does_not_matter(
    history: list[tuple[list[Item], timedelta, int, bool]], orders: tuple[list[Item], list[Item]]
) -> None:
    """Handshakes run side by side: the inventory, and what is written of it, are the same."""
    fleet = told(history)
    source = orders[0][0].location.source
    first, second = (remember(fleet.inventory, sweep_of(source, each, fleet.now + HOUR), {"tls://"}) for each in orders)
    assert first == second


@given(HISTORIES, ITEMS, st.data())
def test_what_was_not_seen_never_settles_anything(
    history: list[tuple[list[Item], timedelta, int, bool]], items: list[Item], data: st.DataObject
) -> None:
    """Put a gap for any look, removal or answer: nothing is settled that was not, before the sweep or with the look."""
    fleet, whole = told(history), told(history)
    before = settled(fleet.wait(HOUR))
    index = data.draw(st.integers(0, len(items) - 1)) if items else None
    blinded = [gap(item.location, item.member) if n == index else item for n, item in enumerate(items)]
    source = items[0].location.source if items else "edge"
    with_gap = settled(fleet.sweep(*blinded, source=source))
    with_look = settled(whole.wait(HOUR).sweep(*items, source=source))
    hides = index is not None and _shows_no_proof(items[index])
    assert hides or with_gap <= before | with_look


def _shows_no_proof(item: Item) -> bool:
    """A look at the old one, or at a stranger, may undo a settlement that a gap leaves as it was."""
    return isinstance(item, Observation)


@given(HISTORIES, st.booleans())
def test_a_sweep_of_gaps_alone_settles_nothing(
    history: list[tuple[list[Item], timedelta, int, bool]], fails: bool
) -> None:
    """Nor does a source that fails, nor time that goes by."""
    fleet = told(history)
    before = settled(fleet)
    for source in ("edge", "disk"):
        fleet.wait(20 * DAY).sweep(source=source, failure="no answer" if fails else None)
    assert settled(fleet) <= before


@given(HISTORIES)
def test_time_alone_settles_nothing(history: list[tuple[list[Item], timedelta, int, bool]]) -> None:
    """Only looks are proof."""
    fleet = told(history)
    before = settled(fleet)
    for span in (MINUTE, HOUR, DAY, 15 * DAY, 400 * DAY):
        assert settled(fleet.wait(span)) <= before


@given(HISTORIES, st.lists(st.timedeltas(min_value=timedelta(0), max_value=60 * DAY), max_size=4))
def test_due_and_its_severity_only_climb(
    history: list[tuple[list[Item], timedelta, int, bool]], waits: list[timedelta]
) -> None:
    """While nothing else is seen, no incident ends by itself, and no step is taken back."""
    fleet = told(history)
    steps = [fleet.assess(OLD).step or 0]
    steps += [fleet.wait(span).assess(OLD).step or 0 for span in sorted(waits)]
    assert all(sooner <= later for sooner, later in pairwise(steps))


@given(HISTORIES, st.floats(0, 1, exclude_max=True))
def test_nothing_changes_before_the_next_change(
    history: list[tuple[list[Item], timedelta, int, bool]], share: float
) -> None:
    """Until then step and stage stay, as far as time alone decides."""
    fleet = told(history)
    now = fleet.assess(OLD)
    if now.next_change_at is None or now.step is None:
        return
    span = now.next_change_at - fleet.now
    later = fleet.wait(max(timedelta(0), min(span * share, span - timedelta(microseconds=1)))).assess(OLD)
    assert later.step == now.step


@given(HISTORIES)
def test_what_is_written_is_all_that_is_new(history: list[tuple[list[Item], timedelta, int, bool]]) -> None:
    """What is not written anew was seen the same again: one look more at each member that is not unseen."""
    fleet = told(history)
    before = fleet.inventory
    fleet.wait(HOUR).sweep(*[seen(where, OLD) for where in EDGES])
    assert fleet.last is not None
    assert implied(before, fleet.last, "edge") == fleet.inventory


def implied(before: Inventory, recorded: Recorded, source: str) -> Inventory:
    """The inventory that a store has after writing nothing but what is recorded."""
    at = recorded.sweep.started_at
    again = {
        key: replace(known, members=tuple(_again(member, at) for member in known.members))
        for key, known in before.places.items()
        if known.location.source == source
    }
    new = {each.fingerprint: each for each in recorded.certificates}
    return Inventory(
        {**before.certificates, **new},
        {**before.places, **again, **{known.key: known for known in recorded.places}},
        {**before.sweeps, source: recorded.sweep},
        {**before.first_seen, **dict.fromkeys(new, at)},
    )


def _again(member: Member, at: datetime) -> Member:
    if member.unseen_since is not None:
        return member
    run = member.current
    return replace(member, runs=(*member.runs[:-1], replace(run, looks=run.looks + 1, last_at=max(run.last_at, at))))


@given(HISTORIES)
def test_runs_are_in_order_and_never_repeat(history: list[tuple[list[Item], timedelta, int, bool]]) -> None:
    """Neighbours differ, looks are counted, and an absence is exactly a run without a chain."""
    for known in told(history).inventory.places.values():
        for member in known.members:
            assert all(one.last_at <= two.first_at for one, two in pairwise(member.runs))
            assert all(
                replace(one, looks=1, first_at=two.first_at, last_at=two.last_at) != replace(two, looks=1)
                for one, two in pairwise(member.runs)
            )
            assert all(run.looks >= 1 and (run.absence is None) == bool(run.chain) for run in member.runs)


@given(st.timedeltas(min_value=-100 * DAY, max_value=100 * DAY), st.timedeltas(min_value=timedelta(0), max_value=DAY))
def test_due_is_monotone_in_time(offset: timedelta, span: timedelta) -> None:
    """It never opens, closes and opens again, around any month's end."""
    fleet = Fleet().sweep(seen(EDGES[0], OLD))
    opens_at = window_opens_at(OLD.not_after, fleet.policy.threshold)
    assert opens_at is not None
    fleet.now = opens_at + offset
    first = fleet.assess(OLD).wants_incident
    assert first is (offset > timedelta(0))
    assert not first or fleet.wait(span).assess(OLD).wants_incident
