"""Settings as the values that judgement and decision work on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidentd.model.assessment import Severity, Step
from incidentd.model.policy import DEFAULT_SEVERITIES, GuardLimits, Page, Policy, Route, SeverityRule, Waiver
from incidentd.settings import effective, guard_limits_of, policy_of, routes_of
from incidentd.trackers import LocalSettings
from tests.settings.written import EDGE, load

FINGERPRINT = "ab" * 32


def test_the_default_settings_are_the_default_policy(tmp_path: Path) -> None:
    """The product's promise stands in one place and is not said differently in another."""
    settings = load(tmp_path, EDGE).settings
    assert policy_of(settings) == Policy()
    assert guard_limits_of(settings) == GuardLimits()


def test_steps_that_are_set_are_exact_and_the_rest_keep_their_default(tmp_path: Path) -> None:
    """Setting one step leaves the ladder whole."""
    settings = load(tmp_path, EDGE + "policy: {severities: [{severity: critical, at: 5d}]}").settings
    assert policy_of(settings).severities == (
        DEFAULT_SEVERITIES[0],
        SeverityRule(Step.CRITICAL, timedelta(days=5), exact=True),
    )


def test_a_step_may_begin_with_the_opening(tmp_path: Path) -> None:
    """`open` leaves every remaining time within the step."""
    rules = "[{severity: warning, at: open}, {severity: error, at: open}, {severity: critical, at: 3d}]"
    severities = policy_of(load(tmp_path, f"{EDGE}policy: {{severities: {rules}}}").settings).severities
    assert severities[0] == SeverityRule(Step.ERROR, timedelta.max, exact=True)
    assert severities[1] == SeverityRule(Step.CRITICAL, timedelta(days=3), exact=True)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T12:00:00+02:00", datetime(2027, 1, 31, 10, tzinfo=UTC)),
        ("'2027-01-31T12:00:00Z'", datetime(2027, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_an_exemption_ends_at_an_instant(tmp_path: Path, until: str, end: datetime) -> None:
    """A day means its first moment in UTC; fingerprints are read as tools print them."""
    printed = ":".join(["AB"] * 32)
    listed = f"{{fingerprint: '{printed}', until: {until}, reason: ' moved ', owner: sre}}"
    exemption = policy_of(load(tmp_path, f"{EDGE}policy: {{exemptions: [{listed}]}}").settings).exemptions[0]
    assert (exemption.fingerprint, exemption.until, exemption.reason) == (FINGERPRINT, end, "moved")


def test_a_waiver_ends_at_an_instant_too(tmp_path: Path) -> None:
    """It names a concentration of any kind."""
    listed = "{id: shared_issuer-0123456789ab, until: 2027-01-31, reason: ' our CA ', owner: pki}"
    waivers = policy_of(load(tmp_path, f"{EDGE}policy: {{waivers: [{listed}]}}").settings).waivers
    assert waivers == (Waiver("shared_issuer-0123456789ab", datetime(2027, 1, 31, tzinfo=UTC), "our CA", "pki"),)


def test_an_end_is_shown_in_utc(tmp_path: Path) -> None:
    """Whatever zone it was written in; of a heartbeat's address only whose it is."""
    listed = f"{{fingerprint: {FINGERPRINT}, until: 2027-01-31, reason: x, owner: sre}}"
    text = f"{EDGE}policy: {{exemptions: [{listed}]}}\nheartbeat: {{url: 'https://beat.example/x'}}\n"
    shown = effective(load(tmp_path, text).settings)
    assert shown["policy"]["exemptions"][0]["until"] == "2027-01-31T00:00:00Z"
    assert shown["heartbeat"]["url"] == "https://beat.example/**********"


def test_matchers_labels_and_trusting_sources_are_carried_over(tmp_path: Path) -> None:
    """Sorted where the value is a set of pairs."""
    text = """
policy:
  threshold: 90d
  automated: [{source: edge, issuer: "*Encrypt*"}]
  non_production: {stage: [lab]}
sources:
  bundle: {kind: files, paths: [/etc/ssl], trust: true}
  disk: {kind: files, paths: [/srv]}
"""
    policy = policy_of(load(tmp_path, text).settings)
    assert policy.threshold.days == 90
    assert policy.automated == ((("issuer", "*Encrypt*"), ("source", "edge")),)
    assert policy.non_production == (("stage", ("lab",)),)
    assert policy.trusting_sources == ("bundle",)


def test_without_trackers_all_goes_to_the_built_in_queue(tmp_path: Path) -> None:
    """And whoever starts it can tell that it stands in."""
    settings = load(tmp_path, EDGE).settings
    assert settings.trackers_in_use == {"local": LocalSettings(kind="local")}
    assert not settings.has_own_tracker
    assert routes_of(settings) == (Route((), "local"),)


def test_the_only_tracker_takes_all(tmp_path: Path) -> None:
    """Routes are needed where there is a choice."""
    settings = load(tmp_path, EDGE + "trackers: {mine: {kind: local}}").settings
    assert settings.has_own_tracker
    assert routes_of(settings) == (Route((), "mine"),)


def test_routes_keep_their_order_and_page_from_error_up(tmp_path: Path) -> None:
    """First match wins."""
    text = """
trackers: {a: {kind: local}, b: {kind: local}}
routes:
  - {match: {team: "pay*", env: prod}, tracker: a, page: {tracker: b}}
  - {tracker: b}
"""
    settings = load(tmp_path, EDGE + text).settings
    assert routes_of(settings) == (
        Route((("env", "prod"), ("team", "pay*")), "a", Page("b", Step.ERROR)),
        Route((), "b"),
    )
    page = settings.routes[0].page
    assert page is not None and (page.tracker, page.from_severity) == ("b", Severity.ERROR)


@pytest.mark.parametrize(
    ("listen", "address"),
    [("127.0.0.1:0", ("127.0.0.1", 0)), ("'[::1]:8580'", ("::1", 8580)), ("localhost:1", ("localhost", 1))],
)
def test_loopback_needs_no_token(tmp_path: Path, listen: str, address: tuple[str, int]) -> None:
    """In either family, and by name."""
    assert load(tmp_path, f"{EDGE}web: {{listen: {listen}}}").settings.web.address == address


def test_the_boards_address_is_what_links_begin_with(tmp_path: Path) -> None:
    """Without its closing slash; nothing is guessed where it is not given."""
    text = f"{EDGE}web: {{public_url: 'https://certs.example.net/board/'}}"
    assert load(tmp_path, text).settings.web.public_url == "https://certs.example.net/board"


def test_another_address_needs_a_token_or_a_trusted_proxy(tmp_path: Path) -> None:
    """Either is enough."""
    (tmp_path / "token").write_text("t\n")
    for guard in ("token_file: token", "trusted_proxies: [10.0.0.7, 10.1.0.0/16]"):
        assert load(tmp_path, f"{EDGE}web: {{listen: '0.0.0.0:8580', {guard}}}").settings.web.address[0] == "0.0.0.0"
