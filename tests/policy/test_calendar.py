"""The threshold, exactly: calendar months, clamped, compared as instants."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.threshold import Threshold
from incidentd.policy.calendar import BEGINNING, days_left, months_before, window_opens_at, working_day_before

THREE_MONTHS = Threshold(months=3)
INSTANTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("not_after", "opens_at"),
    [
        ("2027-02-22T17:00:00Z", "2026-11-22T17:00:00Z"),
        ("2027-05-31T23:59:59Z", "2027-02-28T23:59:59Z"),
        ("2028-05-31T23:59:59Z", "2028-02-29T23:59:59Z"),
        ("2028-02-29T00:00:00Z", "2027-11-29T00:00:00Z"),
        ("2013-02-22T20:29:53Z", "2012-11-22T20:29:53Z"),
        ("2027-03-31T00:00:00Z", "2026-12-31T00:00:00Z"),
        ("2027-01-01T00:00:00Z", "2026-10-01T00:00:00Z"),
        ("9999-12-31T23:59:58Z", "9999-09-30T23:59:58Z"),
    ],
)
def test_the_window_opens_three_calendar_months_before_the_end(not_after: str, opens_at: str) -> None:
    """Same time of day, the day clamped to the month's end."""
    assert window_opens_at(datetime.fromisoformat(not_after), THREE_MONTHS) == datetime.fromisoformat(opens_at)


@pytest.mark.parametrize("threshold", [THREE_MONTHS, Threshold(days=90)])
def test_a_certificate_without_an_expiration_date_is_never_due(threshold: Threshold) -> None:
    """RFC 5280's 99991231235959Z means that there is no end."""
    assert window_opens_at(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), threshold) is None


def test_days_are_twenty_four_hours_each() -> None:
    """A threshold in days is no calendar matter."""
    opens_at = window_opens_at(datetime(2027, 3, 2, 5, tzinfo=UTC), Threshold(days=2))
    assert opens_at == datetime(2027, 2, 28, 5, tzinfo=UTC)


@pytest.mark.parametrize("threshold", [Threshold(months=99999), Threshold(days=9_999_999)])
def test_a_threshold_longer_than_the_calendar_makes_everything_due(threshold: Threshold) -> None:
    """Too long a warning time must not turn into none at all."""
    assert window_opens_at(datetime(2027, 2, 22, tzinfo=UTC), threshold) == BEGINNING


def test_months_before_the_first_year_are_none() -> None:
    """The calendar has no year 0."""
    assert months_before(datetime(1, 3, 1, tzinfo=UTC), 3) is None
    assert months_before(datetime(1, 4, 30, tzinfo=UTC), 3) == datetime(1, 1, 30, tzinfo=UTC)


@given(INSTANTS, st.integers(1, 60))
def test_going_back_keeps_the_time_of_day_and_lands_in_the_right_month(instant: datetime, months: int) -> None:
    """Only the day of the month may change, and only downwards."""
    before = months_before(instant, months)
    assert before is not None and before.timetz() == instant.timetz() and before.day <= instant.day
    assert (instant.year - before.year) * 12 + instant.month - before.month == months


@given(INSTANTS, INSTANTS, st.integers(1, 24))
def test_what_ends_later_becomes_due_no_sooner(first: datetime, second: datetime, months: int) -> None:
    """Windows open in the order of the ends, whatever clamping does."""
    sooner, later = sorted([first, second])
    opens = [window_opens_at(end, Threshold(months=months)) for end in (sooner, later)]
    assert opens[0] is not None and opens[1] is not None and opens[0] <= opens[1]


@pytest.mark.parametrize(
    ("left", "days"),
    [(timedelta(days=2), 2), (timedelta(days=2, microseconds=-1), 1), (timedelta(0), 0), (timedelta(seconds=-1), -1)],
)
def test_days_left_are_floored(left: timedelta, days: int) -> None:
    """One microsecond short of two days is one day."""
    now = datetime(2027, 1, 1, tzinfo=UTC)
    assert days_left(now + left, now) == days


@pytest.mark.parametrize(
    ("not_after", "due_on"),
    [
        (datetime(2026, 12, 4, 9, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 12, 5, 9, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 12, 6, 9, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 12, 7, 9, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(1, 1, 2, tzinfo=UTC), date(1, 1, 3)),
    ],
)
def test_due_dates_are_pulled_to_a_working_day(not_after: datetime, due_on: date) -> None:
    """Saturday and Sunday become the Friday before; the calendar's first days stay in the calendar."""
    assert working_day_before(not_after) == due_on
