"""Desire: one incident a certificate that wants one, in the tracker that most of its places lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Reason, Step
from incidentd.model.policy import Page, Route
from incidentd.planning.desire import desire
from incidentd.planning.labels import commonest
from incidentd.planning.routing import Routing, route_of
from tests.planning.desk import ROUTES, due, found, key_of, opened, out_of_scope
from tests.policy.builders import certificate, place

BY_TEAM = (
    Route((("service", "storage"),), "oncall"),
    Route((("team", "Pay*"), ("env", "prod")), "payments"),
    Route((("source", "edge*"), ("team", "sre")), "edge"),
    Route((), "queue"),
)


@pytest.mark.parametrize(
    ("labels", "tracker"),
    [
        ({"service": "STORAGE", "team": "payers"}, "oncall"),
        ({"team": "payers", "env": "prod"}, "payments"),
        ({"team": "payers"}, "queue"),
        ({"team": "sre"}, "edge"),
        ({}, "queue"),
    ],
)
def test_the_first_route_that_matches_names_the_tracker(labels: dict[str, str], tracker: str) -> None:
    """All globs of it, case-folded; the last route takes what matches none."""
    assert route_of(due(certificate(), found(place(**labels))), BY_TEAM).tracker == tracker


def test_most_production_places_decide_and_ties_go_by_name() -> None:
    """What is not production has no vote."""
    storage, pay = (found(place(f"{s}.example.net", service=s, team="pay", env="prod")) for s in ("storage", "other"))
    assert route_of(due(certificate(), pay, storage), BY_TEAM).tracker == "oncall"
    aside = [found(place(f"{n}.example.net", service="storage"), production=False) for n in range(3)]
    assert route_of(due(certificate(), pay, *aside), BY_TEAM).tracker == "payments"


def test_without_a_match_the_last_route_is_taken() -> None:
    """Even if it says something else."""
    routes = (Route((("team", "x"),), "first"), Route((("team", "y"),), "last"))
    assert route_of(due(certificate()), routes).tracker == "last"


def test_only_what_wants_an_incident_is_desired_under_its_own_key() -> None:
    """No route, place or serial stands in it; the row's tracker is kept."""
    desk, judged = opened()
    fine = certificate()
    assessments = (due(judged), out_of_scope(fine, Reason.NOT_YET_DUE))
    certificates = {each.fingerprint: each for each in (judged, fine)}
    wanted = desire(assessments, certificates, {}, "default", Routing(ROUTES))
    assert list(wanted) == [key_of(judged)]
    assert wanted[key_of(judged)].marker == f"incidentd-default-{judged.fingerprint[:40]}"
    pinned = desire(assessments, certificates, desk.records(), "default", Routing((Route((), "elsewhere"),)))
    assert pinned[key_of(judged)].tracker == "queue"


def test_what_rests_is_the_same_object_unless_it_would_lead_elsewhere() -> None:
    """Without a memory it is equal; another page is another incident."""
    desk, judged = opened()
    desk.run()
    kept = desk.resting.incident(key_of(judged))
    assert desk.desired(desk.resting)[key_of(judged)] is kept
    assert desk.desired()[key_of(judged)] == kept
    paged = Routing((Route((), "queue", Page("oncall", Step.ERROR)),))
    known = (desk.assessments.values(), desk.certificates, desk.records(), "default")
    assert desire(*known, paged, resting=desk.resting)[key_of(judged)].page == Page("oncall", Step.ERROR)


@given(st.lists(st.sampled_from("abc"), max_size=6))
def test_the_commonest_label_wins_and_ties_go_by_name(values: list[str]) -> None:
    """None where no place has it; in whatever order they come."""
    findings = [found(place(env=value)) for value in values] + [found(place())]
    best = min(values, key=lambda value: (-values.count(value), value), default=None)
    assert commonest(findings, "env") == best == commonest(findings[::-1], "env")
