"""A late release's own ticket: told once, with the incidents that wait for it, and left alone otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Assessment, Reason, Severity, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Beside, IncidentRecord, IncidentState, beside_in, release_key
from incidentd.model.plan import ActionKind, Plan
from incidentd.model.release import Carrier, ReleaseTicket
from incidentd.model.ticket import TicketRef
from incidentd.planning.documents import plan_document
from incidentd.planning.telling import LABEL, MOST_NAMED, OVER, TOLD, release_plan
from tests.planning.desk import Desk, due, fleet, found, key_of
from tests.policy.builders import DAY, HOUR, MINUTE, START, certificate, place

OLD, LATER = certificate(ends=50 * DAY), certificate("b.example.net", ends=55 * DAY)
KEY = release_key("default", "R")
TICKETS = {"R": ReleaseTicket("OPS-7", ("queue",))}


def late(judged: Certificate, release: str = "R", **more: object) -> Assessment:
    """Its renewal travels in a release that is planned too late."""
    carrier = Carrier(release, START, "f" * 64, planned_at=START + 90 * DAY)
    reasons = (Reason.THRESHOLD_PASSED, Reason.RELEASE_PLANNED_LATE)
    where = found(place(judged.names[0]))
    return due(judged, where, stage=Stage.RELEASE_LATE, step=Step.ERROR, reasons=reasons, carrier=carrier, **more)


def desk(*judged: Certificate) -> Desk:
    """Their incidents stand, each with its ticket."""
    made = Desk(*((one, late(one)) for one in judged))
    made.run()
    return made


def planned(
    made: Desk,
    *rows: IncidentRecord,
    tickets: Mapping[str, ReleaseTicket] = TICKETS,
    edits: bool = False,
    in_flight: tuple[str, ...] = (),
) -> Plan:
    """What is to be told."""
    facts = replace(
        made.facts(in_flight),
        release_tickets=tickets,
        told={row.key: row for row in rows},
        edits_release_tickets=edits,
    )
    return release_plan(Plan(), facts, "default")


def told_row(**changed: object) -> IncidentRecord:
    """The row once it was told."""
    (action,) = planned(desk(OLD)).actions
    assert action.record is not None
    return replace(action.record, **{"id": 9, "told": (TOLD,), **changed})  # type: ignore[arg-type]  # fields by name


def test_the_key_is_the_release_s_and_fits_where_keys_are_kept() -> None:
    """Whatever it is called; it is no incident's, and no page's."""
    key = release_key("i" * 40, "x" * 100)
    assert (beside_in(key), len(key) <= 120) == (Beside.RELEASE, True)
    assert release_key("default", "R") != release_key("default", "r")


def test_a_late_release_s_ticket_is_told_what_waits_for_it() -> None:
    """One line a certificate, soonest end first, with its incident; what it links to, and nothing to edit."""
    (action,) = planned(desk(LATER, OLD)).actions
    assert (action.kind, action.key, action.tracker, action.name) == (ActionKind.TELL, KEY, "queue", "R")
    assert action.record is not None and action.record.ticket == TicketRef("OPS-7", "OPS-7")
    (said,) = action.comments
    lines = said.text.splitlines()
    assert lines[0] == "RELEASE LATE at 2026-11-01 12:00 UTC:"
    assert [line.split(" ")[0] for line in lines[1:]] == ["api.example.net", "b.example.net"]
    assert "40 days AFTER expiry" in lines[1] and "Incident: OPS-" in lines[1]
    assert action.content is not None
    assert (action.content.labels, action.content.severity, len(action.content.links)) == ((), Severity.ERROR, 2)
    assert action.content.due_on.isoformat() == "2026-12-14"
    (shown,) = plan_document(Plan((action,)))["releases"]
    assert (shown["ticket"], shown["reasons"], shown["action"]) == ("OPS-7", ["release"], "tell")


def test_with_leave_a_label_asks_for_the_edit() -> None:
    """`releases.edit_tickets`."""
    (action,) = planned(desk(OLD), edits=True).actions
    assert action.content is not None and action.content.labels == (LABEL,)


def test_what_was_told_is_not_told_again() -> None:
    """Nor while nobody knows what became of it."""
    assert planned(desk(OLD), told_row()) == Plan()
    assert planned(desk(OLD), told_row(told=()), in_flight=(KEY,)) == Plan()
    (again,) = planned(desk(OLD), replace(told_row(), told=())).actions
    assert again.record is not None and again.record.id == 9


@pytest.mark.parametrize(
    "judged",
    [
        due(OLD),
        due(OLD, carrier=Carrier("R", START, "f" * 64)),
        late(OLD, "another"),
        replace(late(OLD), reasons=(Reason.RENEWAL_UNCARRIED,), carrier=None),
    ],
)
def test_only_a_late_release_is_told(judged: Assessment) -> None:
    """Not one in time, nor one that has nothing to do with it."""
    made = Desk((OLD, judged))
    made.run()
    assert planned(made) == Plan()


def test_it_waits_for_the_incident_s_ticket_but_not_for_long() -> None:
    """So that it can name it; where its tracker is down, it is told without."""
    made = Desk((OLD, late(OLD)))
    assert planned(made) == Plan(), "nothing is decided of it yet"
    made.commit()
    assert planned(made) == Plan()
    (action,) = planned(made.wait(15 * MINUTE + timedelta(microseconds=1))).actions
    assert "Incident:" not in action.comments[0].text
    assert action.content is not None and action.content.links == ()
    row = made.record(OLD)
    made.rows[row.id] = replace(row, state=IncidentState.CLOSED, closed_at=made.now)
    assert planned(made) == Plan()


def test_many_that_wait_are_named_as_far_as_can_be_read() -> None:
    """The first of them."""
    (action,) = planned(desk(*fleet(MOST_NAMED + 2, first_ends=50 * DAY))).actions
    assert len(action.comments[0].text.splitlines()) == MOST_NAMED + 1


def test_the_ticket_is_looked_for_where_its_incident_is() -> None:
    """Else in the first that may have it; a number is typed with its sign."""
    both = {"R": ReleaseTicket("#12", ("other", "queue"))}
    (action,) = planned(desk(OLD), tickets=both).actions
    assert action.record is not None
    assert (action.tracker, action.record.ticket) == ("queue", TicketRef("12", "12"))
    (elsewhere,) = planned(desk(OLD), tickets={"R": ReleaseTicket("#12", ("other",))}).actions
    assert elsewhere.tracker == "other"


def test_the_row_ends_with_its_release() -> None:
    """By itself, without a call; not while something may be on its way."""
    row = told_row()
    ended = planned(desk(OLD).wait(HOUR), row, tickets={})
    assert ended.actions == ()
    assert ended.records == (replace(row, state=IncidentState.CLOSED, closed_at=START + HOUR, close_text=OVER),)
    assert planned(desk(OLD), row, tickets={}, in_flight=(KEY,)) == Plan()
    over = replace(row, state=IncidentState.CLOSED)
    assert planned(desk(OLD), over, tickets={}) == Plan()
    assert key_of(OLD) != row.key
