"""A preflight never raises for what is answered: true answers with one thing in them damaged, or lost altogether."""

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.sandbox import faults
from tests.sandbox.documents import places
from tests.trackers.jira.stage import DataCenterStage, JiraStage
from tests.trackers.jira.test_preflight import lived
from tests.trackers.jira.test_preflight import preflight as jira
from tests.trackers.pagerduty.stage import PagerDutyStage
from tests.trackers.pagerduty.test_preflight import preflight as pagerduty

JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x", 0, 3, -1, True, [], [None], ["x"], [[]], [{}], {}, {"id": 1}, {"x": "y"}]
)
LOOKS: list[tuple[type[Any], Any]] = [(PagerDutyStage, pagerduty), (JiraStage, jira), (DataCenterStage, jira)]


async def begun(stage: type[Any]) -> Any:
    """A healthy world with something to look at."""
    world = stage()
    if isinstance(world, JiraStage):
        await lived(world)
    return world


@pytest.mark.parametrize(("stage", "look"), LOOKS, ids=["pagerduty", "cloud", "datacenter"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
async def test_whatever_is_answered_it_comes_to_checks(stage: type[Any], look: Any, data: st.DataObject) -> None:
    """Each object of each answer, with one member changed or gone."""
    world = await begun(stage)
    await look(world).preflight()
    entry = data.draw(st.sampled_from(world.app.journal))
    answer = copy.deepcopy(json.loads(entry.answer))
    place = data.draw(st.sampled_from(places(answer)))
    name = data.draw(st.sampled_from(sorted(place) or ["x"]))
    if data.draw(st.booleans()):
        place.pop(name, None)
    else:
        place[name] = data.draw(JUNK)
    fault = faults.answer(200, body=json.dumps(answer))
    world.app.faults.add(fault, entry.request.method, re.escape(entry.request.path), times=None)
    checks = await look(world).preflight()
    assert checks
    assert all(check.fix for check in checks if check.verdict != "ok")
