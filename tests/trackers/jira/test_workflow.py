"""Choosing transitions and telling their screens what they require: pure, as a table."""

from typing import Any

import pytest

from incidentd.model.assessment import Severity
from incidentd.model.ticket import TicketRef, TicketStatus
from incidentd.trackers.jira.reading import ticket_of
from incidentd.trackers.jira.screen import Screen
from incidentd.trackers.jira.workflow import way_back, way_to_done

JSON_JUNK: list[Any] = [None, [], {}, "x", 7, {"fields": 3}, {"fields": {"status": []}}, {"fields": {"labels": 1}}]


def step(id: str, name: str, category: str = "done", **fields: Any) -> dict[str, Any]:
    return {"id": id, "name": name, "to": {"name": name, "statusCategory": {"key": category}}, "fields": fields}


def resolution(*names: str, required: bool = True) -> dict[str, Any]:
    return {"required": required, "allowedValues": [{"id": str(at), "name": name} for at, name in enumerate(names)]}


@pytest.mark.parametrize(
    ("transitions", "taken"),
    [
        ([], None),
        ([step("1", "Start", "indeterminate")], None),
        ([step("1", "Erledigt")], "1"),
        ([step("1", "Won't Do"), step("2", "Erledigt")], "2"),
        ([step("1", "Duplicate"), step("2", "Archive"), step("3", "Done")], "3"),
        ([step("1", "Rejected")], "1"),
        ([step("1", "Done") | {"isAvailable": False}, step("2", "Close")], "2"),
        ([step("1", "Done", cause={"required": True}), step("2", "Close")], "2"),
        ([step("1", "Done", cause={"required": True, "hasDefaultValue": True})], "1"),
        ([None, 3, {"to": None}, step("4", "Done")], "4"),
    ],
)
def test_the_way_to_done_is_the_best_that_can_be_taken(transitions: list[Any], taken: str | None) -> None:
    """By category; fixed before unknown before not fixed; only screens that can be filled."""
    way = way_to_done(transitions, {})
    assert (way.transition if way else None) == taken


@pytest.mark.parametrize(
    ("names", "required", "told"),
    [
        (("Won't Do", "Done"), True, {"resolution": {"id": "1"}}),
        (("Won't Do", "Done"), False, {"resolution": {"id": "1"}}),
        (("Duplicate", "Gelöst"), True, {"resolution": {"id": "1"}}),
        (("Won't Fix",), True, {"resolution": {"id": "0"}}),
        ((), False, {}),
    ],
)
def test_a_closing_says_fixed(names: tuple[str, ...], required: bool, told: dict[str, Any]) -> None:
    """Anything rather than Won't do, which would be a person's word."""
    way = way_to_done([step("1", "Done", resolution=resolution(*names, required=required))], {})
    assert way is not None
    assert way.fields == told


def test_required_fields_come_from_the_settings_or_from_what_is_allowed() -> None:
    """Arrays stay arrays."""
    fields: dict[str, Any] = {
        "cause": {"required": True},
        "parts": {"required": True, "schema": {"type": "array"}, "allowedValues": [{"id": "7"}]},
        "free": {"required": False, "allowedValues": [{"id": "8"}]},
    }
    way = way_to_done([step("1", "Done", **fields)], {"cause": "expiry"})
    assert way is not None
    assert way.body() == {"transition": {"id": "1"}, "fields": {"cause": "expiry", "parts": [{"id": "7"}]}}


def test_the_way_back_leads_to_the_start_of_the_work() -> None:
    """A resolution on the way back is not set unless it must be."""
    steps = [
        step("1", "Resume", "indeterminate"),
        step("2", "Reopen", "new", resolution=resolution("Done", required=False)),
    ]
    way = way_back(steps, {})
    assert way is not None
    assert way.body() == {"transition": {"id": "2"}}


@pytest.mark.parametrize(
    ("allowed", "chosen"),
    [
        ((), (None, None, None)),
        (("Only",), ("Only", "Only", "Only")),
        (("Hoch", "Mittel", "Tief"), ("Mittel", "Mittel", "Hoch")),
        (("Highest", "High", "Medium", "Low", "Lowest"), ("Medium", "High", "Highest")),
    ],
)
def test_priorities_go_by_their_place(allowed: tuple[str, ...], chosen: tuple[str | None, ...]) -> None:
    """Names are anybody's; the order is the scheme's."""
    screen = Screen({"priority": {"allowedValues": [{"name": name} for name in allowed]}})
    assert tuple(screen.priority(severity) for severity in Severity) == chosen


def test_a_screen_that_jira_would_not_show_refuses_and_offers_nothing() -> None:
    """Then the create itself is told what is wrong."""
    assert not Screen(None).offers("priority")
    assert not Screen(None).refuses("description")
    assert Screen({}).refuses("description")


@pytest.mark.parametrize("junk", JSON_JUNK)
def test_any_answer_can_be_read(junk: Any) -> None:
    """Lenient: what is not there is not known."""
    ticket = ticket_of(junk if isinstance(junk, dict) else {"fields": junk}, TicketRef("1", "OPS-1"), "bot")
    assert not ticket.ours
    assert ticket.status is TicketStatus.OPEN
    assert ticket.marker == ""
