"""One line for Nagios, Icinga and their like: a state, what is worst, and days left as performance data.

Format: Monitoring Plugins Development Guidelines, "Plugin Output for Nagios" and "Performance data".
"""

from datetime import datetime, timedelta
from enum import IntEnum

from incidentd.cli.checking.report import Report, sentence, summary
from incidentd.cli.checking.verdict import Checked, CheckResult, CheckStatus
from incidentd.planning.sanitize import sanitize
from incidentd.policy.calendar import days_left, window_opens_at

_TOLD = 3


class State(IntEnum):
    """The exit code of a plugin."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_WORST_LAST = (State.OK, State.UNKNOWN, State.WARNING, State.CRITICAL)
"""What is known to be wrong outranks what could not be seen."""


def render(report: Report) -> str:
    """`CERTIFICATES WARNING - … | 'api.example.com:443'=73;92:;14:`."""
    bad = [one for one in _by_worst(report) if _state_of(one, report) is not State.OK]
    told = [f"{sanitize(one.target)}: {sentence(one, report.at)}" for one in bad[:_TOLD]]
    more = [f"and {len(bad) - _TOLD} more"] if len(bad) > _TOLD else []
    text = "; ".join([summary(report.results), *told, *more]).replace("|", "/")
    line = f"CERTIFICATES {state_of(report).name} - {text}"
    numbers = " ".join(_performance(one, report) for one in report.results if one.deciding)
    return f"{line} | {numbers}" if numbers else line


def _by_worst(report: Report) -> list[CheckResult]:
    """The worst state first, in it what ends first."""

    def rank(result: CheckResult) -> tuple[int, bool, datetime]:
        ends = result.deciding.certificate.not_after if result.deciding else report.at
        return (-_WORST_LAST.index(_state_of(result, report)), result.deciding is None, ends)

    return sorted(report.results, key=rank)


def state_of(report: Report) -> State:
    """The worst state of all targets."""
    return max((_state_of(one, report) for one in report.results), key=_WORST_LAST.index, default=State.UNKNOWN)


def _state_of(result: CheckResult, report: Report) -> State:
    if any(_is_critical(one, report) for one in result.certificates):
        return State.CRITICAL
    if result.status in (CheckStatus.UNREACHABLE, CheckStatus.UNREADABLE):
        return State.UNKNOWN
    return State.OK if result.status is CheckStatus.OK else State.WARNING


def _is_critical(checked: Checked, report: Report) -> bool:
    """Due, and past the second threshold too: what automation still has time to renew is not critical."""
    if not checked.due:
        return False
    opens_at = window_opens_at(checked.certificate.not_after, report.critical)
    return checked.expired or opens_at is None or report.at > opens_at


def _performance(result: CheckResult, report: Report) -> str:
    """Days left, with the two thresholds as ranges: `92:` alerts below 92."""
    checked = result.deciding
    if checked is None:
        return ""
    not_after = checked.certificate.not_after
    label = sanitize(result.target).replace("'", "''").replace("=", "_").replace("|", "/")
    warning = _range(checked.opens_at, not_after)
    critical = _range(window_opens_at(not_after, report.critical), not_after)
    return f"'{label}'={days_left(not_after, report.at)};{warning};{critical}"


def _range(opens_at: datetime | None, not_after: datetime) -> str:
    return f"{(not_after - opens_at) // timedelta(days=1)}:" if opens_at else ""
