"""Nouns: what they say of themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidentd.model.assessment import Assessment, MemberFinding, PlaceFinding, PlaceStatus, Stage, Step
from incidentd.model.blindness import CauseId, CauseKind
from incidentd.model.certificate import Certificate
from incidentd.model.incident import (
    IncidentRecord,
    IncidentState,
    incident_key,
    incident_marker,
    left_key,
    marker_of,
    page_key,
    self_incident_key,
    self_incident_marker,
)
from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Location, Role, labels_of
from incidentd.model.observation import Gap, GapReason, Sweep
from incidentd.model.plan import Action, ActionKind, Held, Hold, Plan
from incidentd.model.threshold import Threshold
from incidentd.model.ticket import TicketRef

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FINGERPRINT = "ab" * 32
WHERE = Location("tls://a:443", "edge", Role.SERVED, labels_of({"team": "web", "env": "prod"}))
RECORD = IncidentRecord(
    1, "k", FINGERPRINT, "local", IncidentState.OPEN, Step.WARNING, Stage.DUE, NOW, ticket=TicketRef("7", "OPS-7")
)
ACTION = Action(
    ActionKind.UPDATE, "k", FINGERPRINT, "local", "a", NOW, Step.ERROR, Stage.DUE, (), "text", record=RECORD
)


@pytest.mark.parametrize(
    ("names", "common_name", "subject", "covered", "shown"),
    [
        (("a.example", "b.example"), "c.example", "CN=c", ("a.example", "b.example"), "a.example"),
        ((), "c.example", "CN=c", ("c.example",), "c.example"),
        ((), None, "O=Broker", (), "O=Broker"),
        ((), None, "", (), FINGERPRINT[:16]),
    ],
)
def test_names_of_a_certificate(
    names: tuple[str, ...], common_name: str | None, subject: str, covered: tuple[str, ...], shown: str
) -> None:
    """Alternative names, else the common name; people are shown the best there is."""
    judged = Certificate(FINGERPRINT, None, NOW, subject, common_name, names)
    assert (judged.covered_names, judged.display_name) == (covered, shown)


@pytest.mark.parametrize(
    ("begun", "lifetime"), [(NOW - timedelta(days=90), timedelta(days=90)), (None, None), (NOW, None)]
)
def test_a_lifetime_that_makes_no_sense_is_none(begun: datetime | None, lifetime: timedelta | None) -> None:
    """Unread, or ending when it begins."""
    assert Certificate(FINGERPRINT, begun, NOW).lifetime == lifetime


@pytest.mark.parametrize(
    ("is_ca", "self_signed", "names", "authority"),
    [
        (True, True, (), True),
        (True, False, ("ca.example",), True),
        (True, True, ("www.example",), False),
        (False, True, (), False),
    ],
)
def test_a_self_made_certificate_with_names_is_a_servers(
    is_ca: bool, self_signed: bool, names: tuple[str, ...], authority: bool
) -> None:
    """Whatever its CA flag says."""
    judged = Certificate(FINGERPRINT, None, NOW, names=names, is_ca=is_ca, self_signed=self_signed)
    assert judged.is_authority is authority


def test_labels_are_sorted_and_found_by_name() -> None:
    """Equal labels are equal values."""
    assert WHERE.labels == (("env", "prod"), ("team", "web"))
    assert (WHERE.label("team"), WHERE.label("region")) == ("web", None)


def test_a_member_knows_its_last_look_and_all_that_it_showed() -> None:
    """And a place knows it of all its members."""
    member = Member("192.0.2.1", (Run(("aa",), NOW, NOW, 1), Run(("bb",), NOW, NOW + timedelta(hours=1), 2)))
    assert (member.current.chain, member.last_look_at) == (("bb",), NOW + timedelta(hours=1))
    assert member.showed("aa") and not member.showed("cc")
    held = Place(WHERE, (member,))
    assert held.key == ("edge", "tls://a:443") and held.showed("bb") and not held.showed("cc")


def test_a_sweep_is_complete_without_gap_and_failure() -> None:
    """Either of them makes it incomplete."""
    sweep = Sweep("edge", NOW, NOW)
    assert sweep.complete
    assert not replace(sweep, failure="no answer").complete
    assert not replace(sweep, gaps=(Gap(WHERE, None, GapReason.REFUSED, "", NOW),)).complete


def test_an_incident_is_keyed_by_instance_and_fingerprint() -> None:
    """Nothing else is in the key; the marker is short enough for a label."""
    assert incident_key("default", FINGERPRINT) == f"incidentd:default:{FINGERPRINT}"
    assert incident_marker("default", FINGERPRINT) == "incidentd-default-" + "ab" * 20


@pytest.mark.parametrize(
    ("state", "active"), [(IncidentState.OPEN, True), (IncidentState.HELD, True), (IncidentState.CLOSED, False)]
)
def test_a_row_stands_for_its_certificate_until_it_is_closed(state: IncidentState, active: bool) -> None:
    """Held is not closed."""
    assert replace(RECORD, state=state).active is active


@pytest.mark.parametrize(
    ("key", "marker"),
    [
        (incident_key("i", "f"), incident_marker("i", "f")),
        (left_key(incident_key("i", "f")), incident_marker("i", "f")),
        (page_key(incident_key("i", "f")), self_incident_marker("i", page_key(incident_key("i", "f")))),
        (
            self_incident_key("i", CauseId(CauseKind.SOURCE, "edge")),
            self_incident_marker("i", self_incident_key("i", CauseId(CauseKind.SOURCE, "edge"))),
        ),
    ],
)
def test_a_ticket_that_was_left_keeps_its_marker_and_what_stands_for_no_certificate_has_its_own(
    key: str, marker: str
) -> None:
    """By it each is found again: neither a page nor a self-incident may be taken for the incident."""
    row = IncidentRecord(1, key, "f", "local", IncidentState.OPEN, Step.WARNING, Stage.DUE, NOW)
    assert marker_of("i", row) == marker


def test_an_action_touches_the_ticket_of_its_row() -> None:
    """A first opening has none."""
    assert ACTION.ticket == TicketRef("7", "OPS-7")
    assert replace(ACTION, record=None).ticket is None


def test_a_plan_is_empty_when_nothing_is_done_or_held() -> None:
    """What is left as it is does not count."""
    assert Plan(left=3).empty
    assert not Plan((ACTION,)).empty
    assert not Plan(held=(Held(ACTION, Hold.OPEN_RATE, ""),)).empty


@pytest.mark.parametrize(("threshold", "text"), [(Threshold(months=3), "3mo"), (Threshold(days=90), "90d")])
def test_a_threshold_is_told_as_it_is_written(threshold: Threshold, text: str) -> None:
    """Months and days are not the same."""
    assert str(threshold) == text


@pytest.mark.parametrize("status", PlaceStatus)
def test_only_replaced_and_retired_are_proof(status: PlaceStatus) -> None:
    """The two that settle."""
    assert status.settled is (status in (PlaceStatus.REPLACED, PlaceStatus.RETIRED))


def test_unseen_places_are_those_that_block() -> None:
    """A leftover that cannot be seen keeps nobody waiting."""
    blind = MemberFinding("192.0.2.1", PlaceStatus.PRESENT, unseen_since=NOW)
    sighted = MemberFinding("192.0.2.2", PlaceStatus.PRESENT)
    findings = (
        PlaceFinding(WHERE, True, True, PlaceStatus.PRESENT, (sighted, blind)),
        PlaceFinding(replace(WHERE, uri="file:///a"), True, False, PlaceStatus.PRESENT, (blind,)),
        PlaceFinding(replace(WHERE, uri="tls://b:443"), True, True, PlaceStatus.PRESENT, (sighted,)),
    )
    assert Assessment(FINGERPRINT, Stage.DUE, (), step=Step.WARNING, findings=findings).unseen == ("tls://a:443",)


@pytest.mark.parametrize(("step", "wants"), [(None, False), (Step.WARNING, True)])
def test_a_step_is_what_wants_an_incident(step: Step | None, wants: bool) -> None:
    """Set exactly for the stages that want one."""
    assert Assessment(FINGERPRINT, Stage.DUE, (), step=step).wants_incident is wants
