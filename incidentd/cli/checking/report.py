"""Report: everything a format needs to write down one check, and the words that formats share. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from incidentd.cli.checking.verdict import Checked, CheckResult, CheckStatus
from incidentd.model.threshold import Threshold
from incidentd.planning.phrases import counted, instant
from incidentd.planning.sanitize import sanitize
from incidentd.policy.calendar import days_left


@dataclass(frozen=True, slots=True)
class Report:
    """One check, whole."""

    results: tuple[CheckResult, ...]
    """In the order of the arguments."""
    at: datetime
    """The instant for which all of them were judged."""
    critical: Threshold
    """For nagios: what ends sooner than this is critical."""


def name_of(checked: Checked) -> str:
    """`api.example.com +2`: the first name and how many more, harmless."""
    certificate = checked.certificate
    more = len(certificate.covered_names) - 1
    return sanitize(certificate.display_name) + (f" +{more}" if more > 0 else "")


def time_left(checked: Checked, at: datetime) -> str:
    """`73 d`, negative once it has ended; days are floored."""
    return f"{days_left(checked.certificate.not_after, at)} d"


def sentence(result: CheckResult, at: datetime) -> str:
    """What is to say of a target that is not ok, in one harmless line."""
    error = sanitize(result.error or "", cut_at=1000)
    deciding = result.deciding
    if result.status in (CheckStatus.UNREACHABLE, CheckStatus.UNREADABLE) or deciding is None:
        return f"{result.status}: {error}"
    verb = "expired" if deciding.expired else "expires"
    told = f"{name_of(deciding)} {verb} {instant(deciding.certificate.not_after)} ({time_left(deciding, at)})"
    return f"{told}; {error}" if error else told


def summary(results: tuple[CheckResult, ...]) -> str:
    """`3 targets: 1 ok, 2 expired`, worst last."""
    by_status = Counter(result.status for result in results)
    parts = ", ".join(f"{by_status[status]} {status}" for status in CheckStatus if by_status[status])
    return f"{counted(len(results), 'target')}: {parts}"
