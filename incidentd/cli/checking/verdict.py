"""The verdict on one target: which of its certificates deserve attention now, by the literal rule. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidentd.cli.checking.found import Found
from incidentd.model.assessment import Reason
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Role
from incidentd.model.observation import GapReason
from incidentd.model.policy import Policy
from incidentd.model.threshold import Threshold
from incidentd.planning.phrases import instant
from incidentd.policy.authorities import stands
from incidentd.policy.automation import is_short_lived, overdue_at
from incidentd.policy.calendar import NO_EXPIRY, window_opens_at

CLOCK_SKEW = timedelta(minutes=5)
"""A certificate that begins less than this in the future counts as valid."""
_SEEN_AND_NOT_READ = (GapReason.UNREADABLE, GapReason.TOO_LARGE)
_NO_POLICY = Policy()


class CheckStatus(StrEnum):
    """How a target stands, from best to worst. Stable: scripts branch on these."""

    OK = "ok"
    UNREACHABLE = "unreachable"
    """Nothing at all could be seen of an endpoint."""
    UNREADABLE = "unreadable"
    """Something is there, or should be, and is not a certificate that can be read."""
    DUE = "due"
    EXPIRED = "expired"


WORST_LAST = tuple(CheckStatus)
FINDINGS = (CheckStatus.UNREADABLE, CheckStatus.DUE, CheckStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Rule:
    """When a certificate is due."""

    threshold: Threshold = _NO_POLICY.threshold
    automated: bool = False
    """Short-lived certificates are due only once their renewal is overdue."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One certificate of a target, judged."""

    certificate: Certificate
    opens_at: datetime | None
    """The last instant at which it is not yet due; None: never due, or due since before the calendar."""
    due: bool
    expired: bool
    """Ended, and deserving attention: then it is due as well."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What `check` says of one target."""

    target: str
    status: CheckStatus
    uri: str
    certificates: tuple[Checked, ...] = ()
    """Distinct, leaf first."""
    error: str | None = None
    """What could not be seen or read, also where the rest could be."""
    path: str | None = None
    """For what is on disk."""

    @property
    def deciding(self) -> Checked | None:
        """The certificate that the status is about: the first to end of those that are due, else the leaf."""
        due = [one for one in self.certificates if one.due]
        return min(due, key=lambda one: one.certificate.not_after) if due else next(iter(self.certificates), None)


def verdict(found: Found, rule: Rule, now: datetime) -> CheckResult:
    """Judges one target. Findings outrank gaps; a gap counts for a whole target only if nothing was seen of it."""
    certificates = _distinct(found)
    checked = tuple(_judged(one, found, certificates, rule, now) for one in certificates.values())
    notes = [*_unseen(found), *_unread(found), *_not_yet_valid(checked, now)]
    status = max((_status(found), *map(_status_of, checked)), key=WORST_LAST.index)
    return CheckResult(found.target, status, found.location.uri, checked, "; ".join(notes) or None, found.path)


def exit_code(results: tuple[CheckResult, ...]) -> int:
    """0 clean, 1 findings, 3 when all that is wrong is that targets could not be reached."""
    statuses = {result.status for result in results}
    if statuses.intersection(FINDINGS):
        return 1
    return 3 if CheckStatus.UNREACHABLE in statuses else 0


def _distinct(found: Found) -> dict[str, Certificate]:
    """By fingerprint, over all addresses of the target: leaves first, each group as it was presented."""
    seen = {one.fingerprint: one for observation in found.observations for one in observation.chain}
    return dict(sorted(seen.items(), key=lambda item: item[1].is_authority))


def _judged(
    certificate: Certificate, found: Found, certificates: Mapping[str, Certificate], rule: Rule, now: datetime
) -> Checked:
    opens_at = _opens_at(certificate, rule)
    expired = now > certificate.not_after
    due = (expired or _has_opened(certificate, opens_at, now)) and _deserves(certificate, found, certificates)
    return Checked(certificate, opens_at, due, expired and due)


def _opens_at(certificate: Certificate, rule: Rule) -> datetime | None:
    lifetime = certificate.lifetime
    if rule.automated and is_short_lived(certificate) and certificate.not_before and lifetime:
        return overdue_at(certificate.not_before, lifetime)
    return window_opens_at(certificate.not_after, rule.threshold)


def _has_opened(certificate: Certificate, opens_at: datetime | None, now: datetime) -> bool:
    if opens_at is not None:
        return now > opens_at
    # A threshold of more than all years there are: due for ever, unless the certificate never ends (RFC 5280 4.1.2.5).
    return certificate.not_after.timetuple()[:6] != NO_EXPIRY


def _deserves(certificate: Certificate, found: Found, certificates: Mapping[str, Certificate]) -> bool:
    """A leaf does; a CA as the policy has it: standing alone, or outlived by a leaf beside it; no trust bundle."""
    if not certificate.is_authority:
        return True
    members = tuple(
        Member(
            one.member,
            (Run(tuple(seen.fingerprint for seen in one.chain), one.at, one.at, looks=1, others=one.others),),
        )
        for one in found.observations
    )
    reason, _ = stands(certificate, [Place(found.location, members)], certificates, _NO_POLICY)
    return reason in (Reason.CA_OWN_LOCATION, Reason.CA_OUTLIVED_BY_LEAF)


def _status_of(checked: Checked) -> CheckStatus:
    if checked.expired:
        return CheckStatus.EXPIRED
    return CheckStatus.DUE if checked.due else CheckStatus.OK


def _status(found: Found) -> CheckStatus:
    """How well the target could be seen at all. An address that fails beside one that answers is a note, no status."""
    if found.location.role is Role.STORED:
        return CheckStatus.UNREADABLE if found.gaps or any(_unread(found)) else CheckStatus.OK
    if any(gap.reason in _SEEN_AND_NOT_READ for gap in found.gaps) or any(_unread(found)):
        return CheckStatus.UNREADABLE
    return CheckStatus.OK if found.observations else CheckStatus.UNREACHABLE


def _unread(found: Found) -> list[str]:
    return [_at(one.member, text, found) for one in found.observations for text in one.unread]


def _unseen(found: Found) -> list[str]:
    return [_at(gap.member or "", gap.text, found) for gap in found.gaps]


def _at(member: str, text: str, found: Found) -> str:
    """Which address it was, where the target does not say so itself."""
    return f"{member}: {text}" if member and member not in found.location.uri else text


def _not_yet_valid(checked: tuple[Checked, ...], now: datetime) -> list[str]:
    starts = [(one.certificate, one.certificate.not_before) for one in checked]
    return [
        f"{certificate.display_name} is not valid before {instant(start)}"
        for certificate, start in starts
        if start is not None and start > now + CLOCK_SKEW
    ]
