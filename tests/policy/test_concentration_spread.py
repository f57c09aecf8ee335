"""Renewal dates that pull a window apart, never later than three months before its expiry."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.certificate import Certificate
from incidentd.policy.calendar import months_before
from incidentd.policy.concentration_spread import APART, Proposal, spread
from tests.policy.baskets import BEFORE_2013, YEAR, at, fleet_of_2013, inventory_of, leaf, reviewed
from tests.policy.builders import DAY, START

FEW = settings(max_examples=40)


def _proposed(certificates: list[Certificate], now: datetime = START) -> list[Proposal]:
    """For certificates of one service, all in two regions."""
    placed = [at(f"h{n}{r}", one, service="s", region=r) for n, one in enumerate(certificates) for r in ("eu", "us")]
    found = reviewed(*placed, now=now).findings
    known = inventory_of(placed, now).certificates
    return [each for one in found for each in spread(one, known, now)]


def test_2013_is_pulled_apart_a_week_each() -> None:
    """The last one on the last day there is: three months before its end."""
    placed = fleet_of_2013()
    (found,) = reviewed(*placed, now=BEFORE_2013).findings
    proposals = list(spread(found, inventory_of(placed).certificates, BEFORE_2013))
    assert [one.renew_on for one in proposals] == [date(2012, 11, day) for day in (8, 15, 22)]
    assert [one.certificate.names[0] for one in proposals] == [f"*.{n}.example" for n in ("blob", "queue", "table")]
    assert not any(one.at_once for one in proposals)
    assert {one.finding for one in proposals} == {found.id}


def test_what_is_due_already_is_renewed_at_once_and_pulled_apart_the_next_time() -> None:
    """There is no day left to choose in this life."""
    now = datetime.fromisoformat("2013-01-07T09:00:00Z")
    placed = fleet_of_2013()
    (found,) = reviewed(*placed, now=now).findings
    proposals = list(spread(found, inventory_of(placed).certificates, now))
    assert [one.renew_on for one in proposals] == [now.date()] * 3
    assert all(one.at_once for one in proposals)
    assert [one.then_on for one in proposals] == [date(2014, 9, 23), date(2014, 9, 30), date(2014, 10, 7)]


def test_a_life_too_short_to_choose_in_gets_no_next_date() -> None:
    """Three months before the end of what lives 47 days lie before its beginning; nor of what nobody can read."""
    short = [leaf(f"s{n}.example", 20 * DAY, 47 * DAY) for n in range(3)]
    assert [(one.at_once, one.then_on) for one in _proposed(short)] == [(True, None)] * 3
    ageless = [replace(one, not_before=None) for one in short]
    assert [one.then_on for one in _proposed(ageless)] == [None] * 3
    endless = [leaf(f"s{n}.example", 20 * DAY, timedelta(days=730_000)) for n in range(3)]
    assert [one.then_on is None for one in _proposed(endless)] == [False] * 3


def test_what_would_live_beyond_the_calendar_gets_no_next_date() -> None:
    """It could not be written down."""
    old = [leaf(f"s{n}.example", 20 * DAY) for n in range(2)]
    far = datetime.fromisoformat("9999-06-01T00:00:00Z")
    ancient = [leaf(one.names[0], far + 20 * DAY, 3000 * YEAR) for one in old]
    assert [one.then_on for one in _proposed(ancient, far)] == [None, None]


@FEW
@given(
    ends=st.lists(st.integers(0, 6 * 24 - 1), min_size=2, max_size=12),
    ahead=st.integers(0, 300),
    lives=st.integers(20, 800),
)
def test_no_date_is_late_and_none_lies_behind(ends: list[int], ahead: int, lives: int) -> None:
    """Three calendar months before the end at the latest, where that is still to come; today at the earliest."""
    certificates = [
        leaf(f"c{n}.example", ahead * DAY + timedelta(hours=hours), lives * DAY) for n, hours in enumerate(ends)
    ]
    for one in _proposed(certificates):
        latest = one.at_latest
        assert latest == months_before(one.certificate.not_after, 3)
        assert START.date() <= one.renew_on
        assert one.at_once is (latest <= START)
        assert one.at_once or one.renew_on <= latest.date()
        assert one.then_on is None or (one.at_once and START.date() <= one.then_on)


@FEW
@given(ends=st.lists(st.integers(0, 6 * 24 - 1), min_size=2, max_size=12), ahead=st.integers(95, 600))
def test_dates_are_a_week_apart_where_there_is_room(ends: list[int], ahead: int) -> None:
    """Else as far as there is; so the next ends are not together again."""
    certificates = [leaf(f"c{n}.example", ahead * DAY + timedelta(hours=hours)) for n, hours in enumerate(ends)]
    days = [one.renew_on for one in _proposed(certificates) if not one.at_once]
    room = (months_before(min(one.not_after for one in certificates), 3) or START) - START
    if len(days) == len(certificates) and room >= APART * len(days):
        assert all(after - before >= APART for before, after in pairwise(days))
    assert days == sorted(days)
