"""Pushed sweeps over HTTP: whose word they are, how they are recorded, and how fresh they are said to be."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from tests.web.pushing import (
    BOARD,
    OLD,
    PATH,
    TOKENS,
    URI,
    bearer,
    der,
    inventory,
    known,
    lines,
    place,
    push,
    pushed,
)
from tests.web.test_api import _check
from tests.web.world import Lived


async def test_a_push_is_recorded_as_a_sweep_and_answered_as_described(world: Lived) -> None:
    """Under the hub's name for it, with the hub's labels before the other side's; unknown labels are not kept."""
    labels = {"service": "shop", "region": "moon", "env": "dev", "owner": "mallory"}
    document = await pushed(world, der(OLD), place(OLD, labels=labels))
    assert (document["source"], document["sequence"], document["complete"]) == ("branch", 1, True)
    found = inventory(world).places[("branch", URI)]
    assert dict(found.location.labels) == {"env": "prod", "region": "eu", "service": "shop"}
    assert found.showed(OLD.fingerprint)
    told = await known(world)
    async with world.client(headers={"authorization": f"Bearer {BOARD}"}) as client:
        description = (await client.get("/api/v1/openapi.json")).json()
    _check(document, description, "Received")
    _check(told, description, "PushedKnown")
    assert [one["uri"] for one in told["places"]] == [URI]
    assert told["places"][0]["labels"] == {"service": "shop", "region": "eu"}
    assert (await known(world, "other"))["places"] == [], "another source's places are none of its business"


async def test_a_token_opens_its_own_source_and_nothing_else(world: Lived) -> None:
    """The board's token pushes nothing, a pusher's reads nothing, and loopback is nobody's word."""
    body = await lines(world, der(OLD), place(OLD))
    kind = {"content-type": "application/x-ndjson"}
    for given in (None, "", "Bearer", f"Bearer {BOARD}", f"Bearer {TOKENS['branch']}x", f"Basic {TOKENS['branch']}"):
        headers = kind | ({} if given is None else {"authorization": given})
        async with world.client(headers=headers) as client:
            for answer in (await client.get(PATH), await client.post(PATH, content=body)):
                assert answer.status_code == 401, given
                assert answer.headers["www-authenticate"] == 'Bearer realm="incidentd"'
    async with world.client(headers=bearer("branch")) as client:
        for path in ("/", "/certs", "/metrics", "/api/v1/health", "/api/v1/certificates", "/api/v1/releases"):
            assert (await client.get(path)).status_code == 401, path
        assert (await client.post("/api/v1/releases", json={"id": "R"})).status_code == 401
    assert inventory(world).sweeps == {}


async def test_both_tokens_count_while_they_are_changed(world: Lived, tmp_path: Path) -> None:
    """And one that is taken away does not, at once."""
    async with world.client(headers=bearer("before")) as client:
        assert (await client.get(PATH)).json()["source"] == "branch"
        (tmp_path / "before").write_text("another one that nobody holds\n")
        assert (await client.get(PATH)).status_code == 401


async def test_what_a_pusher_calls_a_source_is_the_hubs_to_say(world: Lived) -> None:
    """No line can name a source: a push with another's token is that other's."""
    await pushed(world, der(OLD), place(OLD))
    await pushed(world, {**place(), "gone": [{"kind": "removed", "group": "tls://"}]}, name="other")
    found = inventory(world)
    assert found.places[("branch", URI)].members[0].current.chain == (OLD.fingerprint,)
    assert ("other", URI) in found.places and not found.places[("other", URI)].members


async def test_a_whole_source_that_failed_there_fails_here(world: Lived) -> None:
    """In its pusher's words; and nothing is removed by what failed."""
    await pushed(world, der(OLD), place(OLD))
    body = await lines(world, {**place(), "gone": [{"kind": "removed", "group": "tls://"}]})
    body = body.replace(b'{"line": "end"}', json.dumps({"line": "end", "failure": "edge: \x1b[2J"}).encode())
    assert (await push(world, body)).status_code == 200
    found = inventory(world)
    assert (found.sweeps["branch"].failure or "").startswith("its pusher says: edge:")
    assert found.places[("branch", URI)].members[0].current.chain == (OLD.fingerprint,)


async def test_freshness_is_shown_on_every_side(world: Lived) -> None:
    """When it was heard last, whatever happened since; and that it is silent."""
    await pushed(world, der(OLD), place(OLD))
    heard = inventory(world).sweeps["branch"].finished_at
    await world.goes_round()
    world.clock.advance(timedelta(hours=4))
    await world.goes_round()
    async with world.client(headers={"authorization": f"Bearer {BOARD}"}) as client:
        page, metrics = (await client.get("/health")).text, (await client.get("/metrics")).text
        health = (await client.get("/api/v1/health")).json()
        ready = (await client.get("/readyz")).text
    told = {one["source"]: one for one in health["sources"]}
    assert told["branch"]["pushed_at"] is not None and told["other"]["pushed_at"] is None
    assert "nothing is pushed any more" in told["branch"]["failure"]
    assert "nothing was pushed yet" in told["other"]["failure"]
    assert "pushed 4 h 0 min ago" in page and "never pushed" in page
    (at,) = re.findall(r"^incidentd_push_last_timestamp_seconds{.*} (.*)$", metrics, re.MULTILINE)
    assert float(at) == heard.timestamp()
    assert 'incidentd_push_silent{source="branch"} 1.0' in metrics
    assert "source branch fails: nothing is pushed any more" in ready
