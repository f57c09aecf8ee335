"""Calendar months, counted back from an instant. UTC throughout."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

from incidentd.model.threshold import Threshold

NO_EXPIRY = (9999, 12, 31, 23, 59, 59)
"""RFC 5280 4.1.2.5: this GeneralizedTime says that a certificate has no well-defined expiration date."""
BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Windows that would open before the calendar begins opened here: such a certificate is due, never let off."""


def months_before(instant: datetime, months: int) -> datetime | None:
    """The same time of day `months` calendar months earlier, day clamped to the month's end; None before year 1."""
    year, month0 = divmod(instant.year * 12 + instant.month - 1 - months, 12)
    if year < 1:
        return None
    day = min(instant.day, monthrange(year, month0 + 1)[1])
    return instant.replace(year=year, month=month0 + 1, day=day)


def window_opens_at(not_after: datetime, threshold: Threshold) -> datetime | None:
    """The last instant at which a certificate is not yet due; None: it has no end, so it never is."""
    if not_after.timetuple()[:6] == NO_EXPIRY:
        return None
    if threshold.months:
        return months_before(not_after, threshold.months) or BEGINNING
    try:
        return not_after - timedelta(days=threshold.days)
    except OverflowError:
        return BEGINNING


def days_left(not_after: datetime, now: datetime) -> int:
    """Whole days until the end, floored; negative once it has passed."""
    return (not_after - now) // timedelta(days=1)


def working_day_before(not_after: datetime, days: int = 7) -> date:
    """The date `days` before the end, pulled back to a working day (Monday to Friday)."""
    day = max(not_after.date().toordinal() - days, 3)
    weekend = max(date.fromordinal(day).weekday() - 4, 0)
    return date.fromordinal(day - weekend)
