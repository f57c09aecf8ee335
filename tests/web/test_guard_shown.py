"""What the guard holds is shown, however much it is: on the board, /readyz, /metrics and whole in the API."""

import json
import re
from datetime import timedelta
from pathlib import Path

from incidentd.daemon.status import status_of
from incidentd.model.plan import Hold
from incidentd.sandbox.clock import MovedClock
from tests.stories.archive import day_one
from tests.stories.askew import Askew
from tests.web.world import START, Lived, built

SIZE = 400
LONGEST_PAGE_BYTES = 150_000


async def sized(world: Lived, path: str) -> str:
    """A page, which must stay small."""
    text = await world.text(path)
    assert len(text) < LONGEST_PAGE_BYTES
    return text


def held(metrics: str, hold: Hold) -> float:
    """What the metric says."""
    (value,) = re.findall(rf'incidentd_plan_held_actions{{reason="{hold.value}"}} (\S+)', metrics)
    return float(value)


async def test_day_one_is_counted_everywhere_and_chokes_nothing(tmp_path: Path) -> None:
    """70 of 400 are open: the pages show the first ones and how many more there are, the API has them all."""
    day_one(tmp_path, SIZE, START)
    disk = {"kind": "files", "paths": ["pki", "old"], "labels": {"env": "prod"}}
    async with built(tmp_path, sources={"disk": disk}) as world:
        await world.goes_round()
        board, page = await sized(world, "/"), await sized(world, "/plan")
        ready, metrics = await world.text("/readyz"), await world.text("/metrics")
        document = json.loads(await world.text("/api/v1/plan"))
    said = "guard holds 330 actions: at most 50 new incidents an hour, and 20 urgent ones"
    assert all(said in text for text in (board, page, ready))
    assert "and 320 more" in board
    assert "and 230 more" in page
    assert held(metrics, Hold.OPEN_RATE) == 330
    assert held(metrics, Hold.REMOVAL_SHARE) == 0
    assert len(document["hold"]) == 330
    assert all(f"incidentd approve {document['hash']}" in text for text in (board, page))
    ends = [item["not_after"] for item in document["hold"]]
    assert ends == sorted(ends)


async def test_a_clock_that_is_not_believed_is_shown_with_no_way_round_it(tmp_path: Path) -> None:
    """What it holds is counted; a reload does not make it right, and there is nothing to approve."""
    day_one(tmp_path, 5, START)
    disk = {"kind": "files", "paths": ["pki", "old"], "labels": {"env": "prod"}}
    wall = Askew(MovedClock(START), timedelta())
    async with built(tmp_path, wall=wall, sources={"disk": disk}, guard={"open_per_hour": 1}) as world:
        await world.goes_round()
        wall.off = timedelta(days=3)
        for _ in range(2):
            await world.goes_round()
            board, ready, metrics = [await world.text(path) for path in ("/", "/readyz", "/metrics")]
            said = "clock is not believed: the wall clock moved forward by 3 days, 0:00:00"
            assert all(said in text for text in (board, ready))
            assert "incidentd_clock_distrusted 1.0" in metrics
            assert held(metrics, Hold.CLOCK_DISTRUSTED) > 0
            assert "incidentd approve" not in board
            world.status = status_of(world.installation, own_tracker=True, before=world.status)  # as after a reload
        wall.off = timedelta()
        await world.goes_round()
        assert "incidentd_clock_distrusted 0.0" in await world.text("/metrics")
