"""The trackers that a schedule asks for, empty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from incidentd.sandbox.jira import DataCenter, Jira
from incidentd.sandbox.pagerduty import PagerDuty
from tests.simulation.actual import Actual
from tests.simulation.in_jira import InJira
from tests.simulation.in_pagerduty import InPagerDuty
from tests.simulation.schedule import Beside, Schedule
from tests.simulation.together import Together

OTHER = {"pagerduty": "jira", "jira": "pagerduty", "datacenter": "pagerduty"}


def tracker_of(schedule: Schedule, now: Callable[[], datetime], fingerprint: str) -> Actual:
    """The tracker of a schedule, with the other one where it has a part in it."""
    lag = timedelta(seconds=schedule.lag_seconds)
    first = _new(schedule.tracker, now, lag, fingerprint)
    if schedule.beside is Beside.NOTHING:
        return first
    second = _new(OTHER[schedule.tracker], now, lag, fingerprint)
    return Together(first, second, second.page_of(fingerprint))


def _new(kind: str, now: Callable[[], datetime], lag: timedelta, fingerprint: str) -> Actual:
    if kind == "pagerduty":
        return InPagerDuty(PagerDuty(now=now, processing_delay=lag), fingerprint)
    made = DataCenter if kind == "datacenter" else Jira
    return InJira(made(now=now, index_lag=lag), fingerprint)
