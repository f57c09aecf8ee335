"""The report counts what the ledger holds, by owner, from a day on."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Stage, Step
from incidentd.model.incident import Event, IncidentRecord, IncidentState
from incidentd.planning.reporting import Life, report, report_document, tally_document
from tests.policy.builders import DAY, START

OWNERS = {"a": "payments", "b": "shop", "c": ""}


def life(fingerprint: str = "a", *events: Event, opened: datetime = START, **more: object) -> Life:
    """One life of an incident that ends 60 days after START."""
    key = f"incidentd:default:{fingerprint}"
    made = IncidentRecord(1, key, fingerprint, "queue", IncidentState.OPEN, Step.WARNING, Stage.DUE, opened)
    made = replace(made, not_after=START + 60 * DAY)
    return replace(made, **more), events  # type: ignore[arg-type]  # the fields are given by name, as each test needs them


def closed(fingerprint: str = "a", *events: Event, left: float = 20, **more: object) -> Life:
    """Closed on proof, with so many days left."""
    fields = {"state": IncidentState.CLOSED, "closed_at": START + (60 - left) * DAY, "told": ("closed:0",), **more}
    return life(fingerprint, *events, **fields)  # type: ignore[arg-type]  # as above


def test_it_counts_all_and_each_owner() -> None:
    """What nobody owns is counted as unowned."""
    lives = [closed("a", left=20), closed("a", left=10), closed("b", left=-1), life("c")]
    total, by_owner = report(lives, OWNERS, None)
    assert [(one.owner, one.opened, one.closed) for one in by_owner] == [
        ("payments", 2, 2),
        ("shop", 1, 1),
        ("unowned", 1, 0),
    ]
    assert (total.opened, total.closed, total.closed_on_proof) == (4, 3, 3)
    document = tally_document(total)
    assert (document["spare_days_min"], document["spare_days_median"]) == (-1.0, 10.0)
    assert tally_document(by_owner[2])["spare_days_min"] is None


@pytest.mark.parametrize(
    ("event", "acted"),
    [
        (("held", "by person"), True),
        (("held", "by acceptance"), True),
        (("held", "by deletion"), True),
        (("held", "by automation"), False),
        (("reopened", "by somebody else"), True),
        (("reopened", "OPS-1 in place again"), False),
        (("moved", "from queue to oncall"), True),
        (("accepted", "until May"), True),
        (("updated", "OPS-1"), False),
    ],
)
def test_what_a_person_did_is_told_from_what_happened(event: tuple[str, str], acted: bool) -> None:
    """One incident is acted on once, however often."""
    happened = Event(START, *event)
    total, _ = report([life("a", happened, happened)], OWNERS, None)
    assert total.acted_on == acted


def test_only_what_came_since_counts() -> None:
    """Each thing by its own day."""
    since = START + 30 * DAY
    early, late = Event(START + DAY, "held", "by person"), Event(since, "reopened", "OPS-1")
    lives = [
        life("a", early, late),
        life("b", early),
        closed("b", left=40),
        closed("b", left=30),
        life("c", opened=since),
    ]
    total, by_owner = report(lives, OWNERS, since)
    assert (total.opened, total.acted_on, total.closed, total.reopenings) == (1, 0, 1, 1)
    assert [one.owner for one in by_owner] == ["payments", "shop", "unowned"]


def test_a_closing_without_proof_spares_nothing() -> None:
    """Out of scope is no proof; what ended quietly after somebody's closing was proven, and not closed by us."""
    out, quiet = closed(told=("out_of_scope:0",)), closed(told=(), close_text="settled", left=5)
    again = closed(told=("closed:0", "out_of_scope:1"), reopenings=1)
    gone = closed(told=("retired:0",))  # on a person's word
    total, _ = report([out, quiet, again, gone], OWNERS, None)
    assert (total.closed, total.closed_on_proof, total.spare_days) == (4, 0, (5.0,))


def test_what_machines_closed_is_counted_undone_or_not() -> None:
    """The first is undone at once, the next one holds."""
    total, _ = report([life("a", Event(START, "held", "by automation"), automation_closings=1)], OWNERS, None)
    assert (total.closed_by_machines, total.acted_on) == (2, 0)


def test_an_owner_of_whom_nothing_is_to_be_told_is_left_out() -> None:
    """As are incidents of incidentd itself."""
    itself = life(key="incidentd:default:self:source:edge")
    total, by_owner = report([life("a"), itself], OWNERS, START + DAY)
    assert (total.opened, by_owner) == (0, ())
    assert report_document(total, by_owner, None, START)["since"] is None


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 90), st.booleans(), st.timedeltas(-9 * DAY, 50 * DAY)),
        max_size=12,
    ),
    st.integers(0, 90),
)
def test_all_is_the_sum_of_the_owners(drawn: list[tuple[str, int, bool, timedelta]], day: int) -> None:
    """Whatever happened to whom: no life is counted twice, and none is lost."""
    lives = [
        closed(fp, opened=START + at * DAY, left=left / DAY) if over else life(fp, opened=START + at * DAY)
        for fp, at, over, left in drawn
    ]
    total, by_owner = report(lives, OWNERS, START + day * DAY)
    for name in ("opened", "acted_on", "closed", "closed_on_proof", "closed_by_machines", "reopenings"):
        assert getattr(total, name) == sum(getattr(one, name) for one in by_owner)
    assert sorted(total.spare_days) == sorted(days for one in by_owner for days in one.spare_days)
