"""Timelines are told once that a release is said to have shipped, where it renews something of theirs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Stage, Step
from incidentd.model.incident import Beside, IncidentRecord, IncidentState, beside_in, change_key, incident_key
from incidentd.model.plan import ActionKind, Plan
from incidentd.model.release import Release, Shipped
from incidentd.planning.changes import NEWS_FOR, change_plan, shipped
from incidentd.planning.telling import release_plan
from tests.planning.desk import Desk
from tests.policy.builders import DAY, HOUR, START, certificate, release

OLD, LATER = certificate(ends=50 * DAY), certificate(ends=60 * DAY)
NEW, OTHER = certificate(ends=400 * DAY), certificate("other.example.net", ends=400 * DAY)
KNOWN = {one.fingerprint: one for one in (OLD, LATER, NEW)}
SHIPPED = replace(release(NEW, shipped=timedelta()), url="https://ci.example.net/R")
NEWS = Shipped(SHIPPED, "oncall", (OLD, LATER))


def row(fingerprint: str, tracker: str = "oncall") -> IncidentRecord:
    """An incident of a certificate."""
    key = incident_key("default", fingerprint)
    return IncidentRecord(1, key, fingerprint, tracker, IncidentState.OPEN, Step.WARNING, Stage.DUE, START)


ROWS = (row(LATER.fingerprint), row(OLD.fingerprint), row(OLD.fingerprint, "queue"), row("f" * 64))


@pytest.mark.parametrize(
    ("told", "after", "news"),
    [
        (SHIPPED, timedelta(), (NEWS,)),
        (SHIPPED, NEWS_FOR, (NEWS,)),
        (SHIPPED, NEWS_FOR + timedelta(microseconds=1), ()),
        (release(NEW), timedelta(), ()),
        (release(NEW, shipped=timedelta(), abandoned=True), timedelta(), ()),
        (release(OTHER, shipped=timedelta()), timedelta(), ()),
        (release(shipped=timedelta()), timedelta(), ()),
    ],
)
def test_what_shipped_lately_is_news_to_those_whose_certificates_it_renews(
    told: Release, after: timedelta, news: tuple[Shipped, ...]
) -> None:
    """By tracker, and only where that has a timeline; soonest end first."""
    assert shipped([told], ROWS, KNOWN, ["oncall"], START + after) == news
    assert shipped([told], ROWS, KNOWN, [], START + after) == ()


def planned(made: Desk, *rows: IncidentRecord, news: tuple[Shipped, ...] = (NEWS,), in_flight: str = "") -> Plan:
    """What is to be told."""
    told = {one.key: one for one in rows}
    facts = replace(made.facts([in_flight]), shipped=news, told=told)
    return replace(change_plan(facts, "default"), records=release_plan(Plan(), facts, "default").records)


def test_a_timeline_is_told_once() -> None:
    """Not while nobody knows what became of it, and anew once it ships anew; its row ends with the news."""
    key = change_key("default", "R", "oncall")
    assert beside_in(key) is Beside.RELEASE
    (action,) = planned(Desk()).actions
    assert (action.kind, action.key, action.tracker, action.not_after) == (
        ActionKind.CHANGE,
        key,
        "oncall",
        OLD.not_after,
    )
    (said,) = action.comments
    assert said.text == (
        "Release R is said to have shipped: it carries new certificates for api.example.net, api.example.net"
    )
    assert action.content is not None and action.record is not None
    assert action.content.details[0] == ("api.example.net", "expires 2026-12-21 12:00 UTC")
    assert [link.url for link in action.content.links] == ["https://ci.example.net/R"]
    told = replace(action.record, id=7, told=(said.id,))
    assert planned(Desk(), told) == Plan()
    assert planned(Desk(), replace(told, told=()), in_flight=key) == Plan()
    again = replace(NEWS, release=replace(SHIPPED, shipped_at=START + HOUR, url=""))
    (anew,) = planned(Desk(), told, news=(again,)).actions
    assert anew.record is not None and anew.record.id == 7
    assert anew.content is not None and anew.content.links == ()
    (ended,) = planned(Desk(), told, news=()).records
    assert ended.state is IncidentState.CLOSED
    (reborn,) = planned(Desk(), ended).actions
    assert reborn.record is not None and reborn.record.id == 0
