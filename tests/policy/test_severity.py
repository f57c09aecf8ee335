"""The ladder: steps by time left, capped by the lifetime unless set exactly."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Step
from incidentd.model.policy import DEFAULT_SEVERITIES, SeverityRule
from incidentd.policy.severity import step_at, step_instants, step_limits

END = datetime(2027, 2, 22, 20, 29, 53, tzinfo=UTC)
DAY, HOUR, TICK = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("left", "step"),
    [
        (80 * DAY, Step.WARNING),
        (14 * DAY + TICK, Step.WARNING),
        (14 * DAY, Step.ERROR),
        (3 * DAY + TICK, Step.ERROR),
        (3 * DAY, Step.CRITICAL),
        (DAY + TICK, Step.CRITICAL),
        (DAY, Step.LAST_DAY),
        (timedelta(0), Step.LAST_DAY),
        (-TICK, Step.EXPIRED),
    ],
)
def test_steps_of_a_year_long_certificate(left: timedelta, step: Step) -> None:
    """At most 14 days, 3 days, 24 hours; expired only once notAfter, which is inclusive, has passed."""
    assert step_at(END, YEAR, END - left, DEFAULT_SEVERITIES) is step


@pytest.mark.parametrize(
    ("lifetime", "error", "critical", "last_day"),
    [
        (YEAR, 14 * DAY, 3 * DAY, DAY),
        (90 * DAY, 14 * DAY, 3 * DAY, DAY),
        (60 * DAY, 10 * DAY, 2 * DAY, DAY),
        (6 * DAY, DAY, 4.8 * HOUR, 4.8 * HOUR),
        (None, 14 * DAY, 3 * DAY, DAY),
    ],
)
def test_short_lives_have_short_steps(
    lifetime: timedelta | None, error: timedelta, critical: timedelta, last_day: timedelta
) -> None:
    """A sixth and a thirtieth of the lifetime cap the defaults; an unknown lifetime caps nothing."""
    limits = step_limits(lifetime, DEFAULT_SEVERITIES)
    assert limits == {Step.ERROR: error, Step.CRITICAL: critical, Step.LAST_DAY: last_day}


def test_rules_that_were_set_are_exact() -> None:
    """Who writes 30 days gets 30 days, however short the life."""
    rules = (SeverityRule(Step.ERROR, 30 * DAY, exact=True), SeverityRule(Step.CRITICAL, 12 * HOUR, exact=True))
    assert step_limits(6 * DAY, rules) == {Step.ERROR: 30 * DAY, Step.CRITICAL: 12 * HOUR, Step.LAST_DAY: 12 * HOUR}


def test_without_a_critical_rule_the_last_day_is_still_a_step() -> None:
    """Leaving a rule out does not silence the end."""
    assert step_limits(YEAR, ()) == {Step.LAST_DAY: DAY}
    assert step_at(END, YEAR, END - 2 * DAY, ()) is Step.WARNING
    assert step_at(END, YEAR, END, ()) is Step.LAST_DAY


def test_rules_for_other_steps_are_not_capped() -> None:
    """Only error and critical have a share of the lifetime."""
    assert step_limits(6 * DAY, (SeverityRule(Step.WARNING, 90 * DAY),))[Step.WARNING] == 90 * DAY


LEFTS = st.timedeltas(min_value=-YEAR, max_value=YEAR)
LIVES = st.none() | st.timedeltas(min_value=timedelta(seconds=1), max_value=10 * YEAR)
RULES = st.lists(
    st.builds(
        SeverityRule,
        st.sampled_from([Step.ERROR, Step.CRITICAL]),
        st.timedeltas(min_value=timedelta(0), max_value=YEAR),
        st.booleans(),
    ),
    max_size=2,
    unique_by=lambda rule: rule.step,
).map(tuple)


@given(LEFTS, LEFTS, LIVES, RULES)
def test_steps_only_climb(
    first: timedelta, second: timedelta, life: timedelta | None, rules: tuple[SeverityRule, ...]
) -> None:
    """As time goes by no step is ever taken back, under any rules."""
    sooner, later = sorted([END - first, END - second])
    assert step_at(END, life, sooner, rules) <= step_at(END, life, later, rules)


@given(LIVES, RULES)
def test_each_instant_is_where_its_step_begins(life: timedelta | None, rules: tuple[SeverityRule, ...]) -> None:
    """At the instant the step is reached, and not a microsecond sooner; expired begins a microsecond after the end."""
    for step, at in step_instants(END, life, rules):
        if step is Step.EXPIRED:
            assert at == END
            continue
        assert step_at(END, life, at, rules) >= step
        assert step_at(END, life, at - TICK, rules) != step


def test_limits_that_reach_before_the_calendar_have_no_instant() -> None:
    """A hostile notAfter in the first year must not overflow."""
    end = datetime(1, 1, 2, tzinfo=UTC)
    assert dict(step_instants(end, None, DEFAULT_SEVERITIES)) == {Step.EXPIRED: end}


@pytest.mark.parametrize(
    ("step", "severity", "label"),
    [
        (Step.WARNING, "warning", "warning"),
        (Step.ERROR, "error", "error"),
        (Step.CRITICAL, "critical", "critical"),
        (Step.LAST_DAY, "critical", "last_day"),
        (Step.EXPIRED, "critical", "expired"),
    ],
)
def test_the_last_two_steps_keep_critical(step: Step, severity: str, label: str) -> None:
    """Trackers know three severities, the ladder five steps."""
    assert (step.severity, step.label) == (severity, label)
