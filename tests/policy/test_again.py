"""Seen again: a sweep without news is passed over, and nothing that is news ever is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Place, PlaceKey
from incidentd.model.places import places_in
from incidentd.policy.accounts import Evidence, evidence_by_place
from incidentd.policy.again import seen_again
from incidentd.policy.remember import place_after, remember
from tests.policy.builders import (
    DAY,
    HOUR,
    MINUTE,
    B,
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
from tests.policy.test_laws import CROWDED, HISTORIES, ITEMS, told

OLD, NEW = certificate(), certificate()
EDGE, DISK = place(), store()
EDGE_KEY = (EDGE.source, EDGE.uri)


@given(HISTORIES, st.one_of(ITEMS.filter(len), st.lists(CROWDED, min_size=1, max_size=6)), st.booleans(), st.booleans())
def test_what_is_passed_over_is_what_working_it_out_would_give(
    history: list[tuple[list[Item], timedelta, int, bool]], items: list[Item], fails: bool, suspects: bool
) -> None:
    """Every place of the source, known or new, as if each had been worked out from the evidence one by one."""
    fleet = told(history)
    source = items[0].location.source
    swept = sweep_of(source, items, fleet.now + HOUR, "no answer" if fails else None)
    groups = {"edge", "tls://", "file:///etc/pki"} if suspects else set()
    before, evidence = places_in(fleet.inventory), evidence_by_place(swept)

    def worked_out(key: PlaceKey) -> Place:
        known = before.get(key)
        said = evidence.get(key) or Evidence(before[key].location)
        return place_after(known, said, swept, groups)[0]

    keys = [*(key for key in before if key[0] == source), *evidence]
    after, _ = remember(fleet.inventory, swept, groups)
    assert {key: after.places[key] for key in keys} == {key: worked_out(key) for key in keys}


def quiet() -> Fleet:
    """Two addresses of one place, and a file: seen twice."""
    return Fleet().sweeps(2, HOUR, seen(EDGE, OLD), seen(EDGE, OLD, member=B)).sweeps(2, HOUR, seen(DISK, OLD, NEW))


def again(fleet: Fleet, *items: Item) -> set[PlaceKey]:
    """What a sweep that brings these home an hour later passes over."""
    swept = sweep_of(items[0].location.source, items, fleet.now + HOUR)
    passed_over, others = seen_again(places_in(fleet.inventory), swept)
    assert list(others) == [
        seen for seen in swept.observations if (seen.location.source, seen.location.uri) not in passed_over
    ]
    return passed_over


@given(HISTORIES, st.lists(CROWDED, min_size=1, max_size=6), st.lists(CROWDED, min_size=1, max_size=6), st.booleans())
def test_a_sweep_that_is_compared_at_once_is_passed_over_as_one_by_one(
    history: list[tuple[list[Item], timedelta, int, bool]], items: list[Item], others: list[Item], earlier: bool
) -> None:
    """What an uneventful sweep leaves behind changes no answer: not for the same looks, and not for others."""
    fleet, source = told(history), items[0].location.source
    items, others = ([one for one in found if one.location.source == source] for found in (items, others))
    fleet.sweeps(3, HOUR, *items)
    for found in (items, others, [*items, *others], items[::-1]):
        swept = sweep_of(source, found, fleet.now + (-HOUR if earlier else HOUR))
        bare = replace(fleet.inventory, places=dict(fleet.inventory.places))
        assert seen_again(places_in(fleet.inventory), swept) == seen_again(places_in(bare), swept)


def test_looks_at_the_same_objects_are_compared_at_once() -> None:
    """Kept from the first sweep on, also with news: only of what showed it, it is not said that it stands as it did."""
    fleet = quiet()
    assert again(fleet, seen(EDGE, OLD), seen(EDGE, OLD, member=B)) == {EDGE_KEY}
    kept = places_in(fleet.inventory).compared["edge"]
    assert (kept.at, kept.looks.members, kept.again) == (fleet.now + HOUR, ["192.0.2.1", B], {EDGE_KEY})
    fleet.sweep(seen(EDGE, OLD), seen(EDGE, NEW, member=B))
    kept = places_in(fleet.inventory).compared["edge"]
    assert (kept.again, kept.rest) == (set(), {EDGE_KEY})
    assert again(fleet, seen(EDGE, OLD), seen(EDGE, NEW, member=B)) == {EDGE_KEY}
    kept = places_in(fleet.inventory).compared["edge"]
    assert (kept.again, kept.rest) == ({EDGE_KEY}, set())


def test_the_same_seen_again_is_passed_over() -> None:
    """Each member once, or twice and alike; a file too."""
    both = (seen(EDGE, OLD), seen(EDGE, OLD, member=B))
    assert again(quiet(), *both) == again(quiet(), *both, both[0]) == {("edge", EDGE.uri)}
    assert again(quiet(), seen(DISK, OLD, NEW)) == {("disk", DISK.uri)}


@pytest.mark.parametrize(
    "items",
    [
        (seen(EDGE, OLD),),
        (seen(EDGE, OLD), seen(EDGE, NEW, member=B)),
        (seen(EDGE, OLD), seen(EDGE, NEW), seen(EDGE, OLD, member=B)),
        (seen(EDGE, OLD), seen(EDGE, OLD, NEW, member=B)),
        (seen(EDGE, OLD), seen(EDGE, OLD, member=B), seen(EDGE, OLD, member="192.0.2.9")),
        (seen(EDGE, OLD), seen(EDGE, OLD, member=B), gap(EDGE, "192.0.2.9")),
        (seen(EDGE, OLD), seen(EDGE, OLD, member=B), absent(EDGE, "192.0.2.9")),
        (seen(place(env="dev"), OLD), seen(place(env="dev"), OLD, member=B)),
        (seen(place("new.example.net"), OLD),),
        (seen(DISK, OLD),),
        (seen(DISK, NEW, OLD),),
        (replace(seen(DISK, OLD, NEW), unread=("block 3: torn",)),),
    ],
)
def test_anything_else_is_worked_out(items: tuple[Item, ...]) -> None:
    """A member less or more, another chain, another label, a gap or an absence or an unreadable part beside."""
    assert again(quiet(), *items) == set()


@pytest.mark.parametrize(
    ("shows", "began"),
    [
        (OLD, lambda fleet: fleet.sweep(seen(EDGE, OLD), gap(EDGE, B))),
        (OLD, lambda fleet: fleet.sweep(seen(EDGE, OLD), seen(EDGE, OLD, member=B), gap(EDGE, "2001:db8::1"))),
        (NEW, lambda fleet: fleet.wait(DAY).sweep(seen(EDGE, NEW), seen(EDGE, NEW, member=B)).wait(-DAY)),
        (NEW, lambda fleet: fleet.wait(-DAY).sweep(seen(EDGE, NEW), seen(EDGE, NEW, member=B))),
    ],
)
def test_what_has_to_be_mended_is_worked_out(shows: Certificate, began: Callable[[Fleet], Fleet]) -> None:
    """A gap that ends, an address that never answered, looks from a clock that was ahead or behind."""
    assert again(began(quiet()), seen(EDGE, shows), seen(EDGE, shows, member=B)) == set()


def test_nothing_is_passed_over_by_a_sweep_that_is_dated_before_the_last_one() -> None:
    """One of both clocks is wrong: what was seen before, and when, is written down to tell the leap."""
    fleet, both = quiet(), (seen(EDGE, OLD), seen(EDGE, OLD, member=B))
    assert again(fleet.wait(-2 * HOUR - MINUTE), *both) == set()
    assert again(fleet.wait(MINUTE), *both) == {("edge", EDGE.uri)}


def test_a_place_that_never_answered_is_worked_out() -> None:
    """It has no members that could all have been seen."""
    fleet = Fleet().sweep(gap(EDGE))
    assert again(fleet, seen(EDGE, OLD)) == set()
