"""The verdict on a target: the literal rule, what of a chain deserves it, and what outranks what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.cli.checking.found import Found
from incidentd.cli.checking.verdict import WORST_LAST, CheckResult, CheckStatus, Rule, exit_code, verdict
from incidentd.model.certificate import Certificate
from incidentd.model.observation import GapReason
from incidentd.model.threshold import Threshold
from tests.cli.world import NOW, YEAR, authority, certificate, endpoint, file, gap, served, stored

LEAF = certificate()
DUE = certificate("due.example.com", 20)
EXPIRED = certificate("old.example.com", -20)


def judged(found: Found, rule: Rule | None = None) -> CheckResult:
    return verdict(found, rule or Rule(), NOW)


def due_names(result: CheckResult) -> list[str | None]:
    return [one.certificate.common_name for one in result.certificates if one.due]


@pytest.mark.parametrize(
    ("not_after", "opens_at"),
    [
        (datetime(2027, 2, 22, 17, tzinfo=UTC), datetime(2026, 11, 22, 17, tzinfo=UTC)),
        (datetime(2027, 5, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2027, 11, 29, tzinfo=UTC)),
        (datetime(2013, 2, 22, 20, 29, 53, tzinfo=UTC), datetime(2012, 11, 22, 20, 29, 53, tzinfo=UTC)),
    ],
)
def test_due_only_once_less_than_three_months_are_left(not_after: datetime, opens_at: datetime) -> None:
    """At exactly three months it is not yet due, a microsecond later it is."""
    found = file(stored(replace(LEAF, not_before=not_after - YEAR, not_after=not_after)))
    assert verdict(found, Rule(), opens_at).status is CheckStatus.OK
    assert verdict(found, Rule(), opens_at + timedelta(microseconds=1)).status is CheckStatus.DUE


def test_the_last_instant_is_not_expired() -> None:
    """notAfter is inclusive."""
    found = file(stored(LEAF))
    assert verdict(found, Rule(), LEAF.not_after).status is CheckStatus.DUE
    assert verdict(found, Rule(), LEAF.not_after + timedelta(microseconds=1)).status is CheckStatus.EXPIRED


def test_a_certificate_without_end_is_never_due() -> None:
    """9999-12-31T23:59:59Z, also under a threshold of thousands of years."""
    endless = replace(LEAF, not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    for threshold in (Threshold(months=3), Threshold(months=99999), Threshold(days=99999)):
        assert judged(file(stored(endless)), Rule(threshold)).status is CheckStatus.OK


def test_a_threshold_longer_than_history_makes_everything_due() -> None:
    """There is no instant before the calendar at which its window could open."""
    assert judged(file(stored(LEAF)), Rule(Threshold(months=99999))).status is CheckStatus.DUE


SHORT = certificate("short.example.com", 50, timedelta(days=90))


@pytest.mark.parametrize(
    ("days", "automated", "status"),
    [
        (50, False, CheckStatus.DUE),
        (50, True, CheckStatus.OK),
        (26, True, CheckStatus.OK),  # renewed by 30 days before the end, and 4.5 days of grace
        (25, True, CheckStatus.DUE),
        (-1, True, CheckStatus.EXPIRED),
    ],
)
def test_automated_lets_short_lived_certificates_off_until_their_renewal_is_overdue(
    days: float, automated: bool, status: CheckStatus
) -> None:
    """A certificate of 90 days is all its life within three months of its end."""
    short = certificate("short.example.com", days, timedelta(days=90))
    assert judged(file(stored(short)), Rule(automated=automated)).status is status


def test_automated_does_not_let_a_yearly_certificate_off() -> None:
    """Only those of less than 184 days."""
    assert judged(file(stored(DUE)), Rule(automated=True)).status is CheckStatus.DUE


def test_a_chain_certificate_that_its_leaf_leaves_behind_is_not_due() -> None:
    """Its end is nobody's trouble: the leaf ends first."""
    leaf = certificate(days=100)
    intermediate = authority("Intermediate", 150)
    at = NOW + timedelta(days=80)
    result = verdict(endpoint(served(leaf, intermediate)), Rule(), at)
    assert due_names(result) == ["api.example.com"]
    assert [one.certificate.common_name for one in result.certificates] == ["api.example.com", "Intermediate"]


def test_a_ca_that_a_leaf_outlives_is_due() -> None:
    """The leaf would fail before its own time."""
    result = judged(endpoint(served(LEAF, authority("Intermediate", 30))))
    assert (result.status, due_names(result)) == (CheckStatus.DUE, ["Intermediate"])
    assert result.deciding is not None
    assert result.deciding.certificate.common_name == "Intermediate"


def test_a_ca_alone_in_a_file_is_due() -> None:
    """An issuing CA in a store."""
    assert due_names(judged(file(stored(authority("Issuing", 30))))) == ["Issuing"]


def test_a_trust_bundle_is_reported_and_not_due() -> None:
    """More than five CA certificates and no leaf; five still count."""
    bundle = [authority(f"Root {n}", -30) for n in range(6)]
    result = judged(file(stored(*bundle)))
    assert (result.status, len(result.certificates)) == (CheckStatus.OK, 6)
    assert len(due_names(judged(file(stored(*bundle[:5]))))) == 5


def test_leaves_come_first_whatever_the_order_in_the_file() -> None:
    """Otherwise in file order."""
    root, other = authority("Root"), certificate("b.example.com")
    result = judged(file(stored(root, LEAF, authority("Intermediate"), other)))
    names = [one.certificate.common_name for one in result.certificates]
    assert names == ["api.example.com", "b.example.com", "Root", "Intermediate"]


def test_certificates_are_distinct_over_all_addresses() -> None:
    """Two addresses that serve the same, and one that serves an old one."""
    result = judged(endpoint(served(LEAF), served(LEAF, member="192.0.2.2"), served(EXPIRED, member="192.0.2.3")))
    assert [one.certificate for one in result.certificates] == [LEAF, EXPIRED]
    assert result.status is CheckStatus.EXPIRED


def test_an_address_that_fails_beside_one_that_answers_is_named() -> None:
    """What was seen decides; what was not is said."""
    result = judged(endpoint(served(LEAF), gap(text="no answer in time")))
    assert (result.status, result.error) == (CheckStatus.OK, "192.0.2.2: no answer in time")


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (reason, CheckStatus.UNREACHABLE)
        for reason in (GapReason.REFUSED, GapReason.UNRESOLVED, GapReason.NO_CERTIFICATE)
    ]
    + [(reason, CheckStatus.UNREADABLE) for reason in (GapReason.UNREADABLE, GapReason.TOO_LARGE)],
)
def test_an_endpoint_of_which_nothing_was_seen_is_unreachable_unless_something_was_served(
    reason: GapReason, status: CheckStatus
) -> None:
    """A certificate that is there and cannot be read is a finding."""
    assert judged(endpoint(gap(reason))).status is status


def test_a_file_that_cannot_be_read_is_unreadable() -> None:
    """Whatever the reason: a file has no network in between."""
    assert judged(file(gap(GapReason.PERMISSION, "no permission", None))).status is CheckStatus.UNREADABLE


def test_a_bad_block_beside_good_ones_is_unreadable() -> None:
    """It may be the one that matters."""
    result = judged(file(stored(LEAF, unread=("block 2: cut short",))))
    assert (result.status, result.error) == (CheckStatus.UNREADABLE, "block 2: cut short")
    assert judged(file(stored(DUE, unread=("block 2: cut short",)))).status is CheckStatus.DUE


def test_what_is_not_yet_valid_is_said() -> None:
    """Past five minutes of skew."""
    early = replace(LEAF, not_before=NOW + timedelta(minutes=6))
    assert judged(file(stored(early))).error == "api.example.com is not valid before 2026-09-22 12:06 UTC"
    assert judged(file(stored(replace(LEAF, not_before=NOW + timedelta(minutes=5))))).error is None


OK, UNREACHABLE, UNREADABLE = file(stored(LEAF)), endpoint(gap()), file(gap(GapReason.TORN, "cut short", None))
LATE, OVER = file(stored(DUE)), file(stored(EXPIRED))


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ((), 0),
        ((OK,), 0),
        ((UNREACHABLE,), 3),
        ((OK, UNREACHABLE), 3),
        ((UNREADABLE,), 1),
        ((OK, LATE), 1),
        ((OVER,), 1),
        ((LATE, UNREACHABLE), 1),
        ((UNREADABLE, UNREACHABLE), 1),
    ],
)
def test_the_exit_code_says_findings_before_gaps(found: tuple[Found, ...], code: int) -> None:
    """3 only when all that is wrong is that targets could not be reached."""
    assert exit_code(tuple(judged(one) for one in found)) == code


any_certificate = st.builds(
    lambda days, is_ca: authority(f"ca{days}", days) if is_ca else certificate(f"leaf{days}", days),
    st.integers(-400, 4000),
    st.booleans(),
)


@given(st.lists(any_certificate, min_size=1, max_size=12), st.booleans())
def test_the_status_is_that_of_the_worst_certificate(chain: list[Certificate], is_served: bool) -> None:
    """Each certificate appears once, leaves first, and only what is due or expired makes the target so."""
    result = judged(endpoint(served(*chain)) if is_served else file(stored(*chain)))
    fingerprints = [one.certificate.fingerprint for one in result.certificates]
    assert sorted(fingerprints) == sorted({one.fingerprint for one in chain})
    flags = [one.certificate.is_authority for one in result.certificates]
    assert flags == sorted(flags)
    worst = max(
        (CheckStatus.EXPIRED if one.expired else CheckStatus.DUE for one in result.certificates if one.due),
        key=WORST_LAST.index,
        default=CheckStatus.OK,
    )
    assert result.status is worst
    leaves_due = {one.certificate.not_after for one in result.certificates if not one.certificate.is_ca and one.due}
    assert leaves_due == {
        one.not_after for one in chain if not one.is_ca and one.not_after < datetime(2026, 12, 22, 12, tzinfo=UTC)
    }
