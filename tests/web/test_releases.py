"""Releases over HTTP: told as a build tells them, shown as they stand, and refused where they cannot be meant so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from incidentd.model.audit import AuditEntry
from incidentd.web.reads import Reads
from incidentd.web.releases import BODY_BYTES, ReleasesApi
from tests.web.hostile import NAMES, hostile_certificate
from tests.web.test_api import _check
from tests.web.world import START, Lived, built, issue, lived

PATH = "/api/v1/releases"
NAME = "api.example.test"
NEW = issue(NAME, 400)
PEM = NEW.certificate_pem.decode()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Lived]:
    """Two incidents, on disk."""
    async with lived(tmp_path) as made:
        yield made


async def tell(world: Lived, document: Any) -> httpx.Response:
    """One POST, as JSON."""
    async with world.client() as client:
        return await client.post(PATH, json=document)


async def answered(world: Lived, document: Any) -> Any:
    """What was told well, held against the description with its answer."""
    answer = await tell(world, document)
    assert answer.status_code == 200, answer.text
    async with world.client() as client:
        description = (await client.get("/api/v1/openapi.json")).json()
    _check(document, description, "Told")
    _check(answer.json(), description, "Release")
    return answer.json()


async def test_a_release_is_announced_shipped_and_given_up(world: Lived) -> None:
    """Each answer is the release as it stands; each word has its entry in the audit."""
    said = {"id": "2026.04", "service": "storage", "planned_at": "2026-04-28T12:00:00Z", "ticket": "OPS-7"}
    first = await answered(world, {**said, "certificates": {"added": [PEM]}, "by": "ci", "url": "https://ci/1"})
    assert (first["state"], first["added"][0]["fingerprint"]) == ("announced", NEW.fingerprint)
    (renews,) = first["renews"]
    assert renews["name"] == NAME and "too late: planned 2026-04-28 12:00 UTC: 2 days before expiry" in renews["late"]
    moved = await answered(world, {"id": "2026.04", "planned_at": "2026-03-10"})
    assert (moved["planned_at"], moved["added"], moved["ticket"]) == ("2026-03-10T00:00:00Z", first["added"], "OPS-7")
    assert moved["renews"] == [{**renews, "late": None}]
    shipped = await answered(world, {"id": "2026.04", "state": "shipped"})
    assert (shipped["state"], shipped["shipped_at"][:10]) == ("shipped", "2026-03-01")
    assert (await answered(world, {"id": "2026.04", "state": "abandoned"}))["renews"] == []
    audit: tuple[AuditEntry, ...] = world.installation.store.audit()
    assert [(one.who, one.command, one.about) for one in reversed(audit)] == [
        ("ci", "release announce", "2026.04"),
        ("api", "release announce", "2026.04"),
        ("api", "release shipped", "2026.04"),
        ("api", "release abandoned", "2026.04"),
    ]


async def test_the_board_and_the_api_show_the_releases(world: Lived) -> None:
    """With what they renew, and the incident with its way."""
    await answered(
        world, {"id": "R", "planned_at": "2026-06-01", "certificates": {"changed": [{"old": PEM, "new": PEM}]}}
    )
    async with world.client() as client:
        (row,) = (await client.get(PATH)).json()["releases"]
    assert row["renews"][0]["late"] is None  # nobody has judged it yet
    await world.goes_round()
    page, certificate = await world.text("/releases"), await world.text(f"/c/{row['renews'][0]['fingerprint']}")
    assert "2026-06-01 00:00 UTC" in page
    assert f">{NAME}</a> <strong>Release R carries the newer certificate too late" in page
    assert "0 added, 1 changed, 0 removed" in page
    assert "in release R, announced 2026-03-01" in certificate
    async with world.client() as client:
        incidents = (await client.get("/api/v1/incidents")).json()["incidents"]
    told = {one["name"]: one["release"] for one in incidents}
    assert told[NAME] == {"id": "R", "planned_at": "2026-06-01T00:00:00Z", "shipped_at": None, "late": True}


async def test_before_the_first_look_releases_are_shown_without_what_they_renew(tmp_path: Path) -> None:
    """And where there are none, how one is announced."""
    async with built(tmp_path) as world:
        assert "incidentd release announce" in await world.text("/releases")
        await tell(world, {"id": "R", "certificates": {"removed": [PEM]}})
        async with world.client() as client:
            assert (await client.get(PATH)).json()["releases"][0]["renews"] == []


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "no JSON object"),
        ({}, "id is missing"),
        ({"id": 7}, "id is a text"),
        ({"id": "R", "certificate": []}, "no field certificate"),
        ({"id": "R", "state": "gone"}, "state is one of"),
        ({"id": "R", "planned_at": "soon"}, "planned_at is a day"),
        ({"id": "R", "planned_at": 7}, "planned_at is a text"),
        ({"id": "R", "ticket": "a b"}, "no ticket"),
        ({"id": "R", "url": "javascript:alert(1)"}, "no http or https address"),
        ({"id": "R\n"}, "no id"),
        ({"id": "R ", "state": "shipped"}, "no id"),
        ({"id": "R", "certificates": []}, "certificates are"),
        ({"id": "R", "certificates": {"new": []}}, "certificates are"),
        ({"id": "R", "certificates": {"added": PEM}}, "certificates are listed"),
        ({"id": "R", "certificates": {"added": [7]}}, "PEM is expected"),
        ({"id": "R", "certificates": {"added": ["\udc80"]}}, "PEM is expected"),
        ({"id": "R", "certificates": {"added": [PEM[:-60]]}}, "PEM is expected"),
        ({"id": "R", "certificates": {"removed": [""]}}, "PEM is expected"),
        ({"id": "R", "certificates": {"changed": [PEM]}}, "an old and a new"),
        ({"id": "R", "certificates": {"changed": [{"old": PEM}]}}, "an old and a new"),
    ],
)
async def test_what_cannot_be_meant_so_is_refused_whole(world: Lived, document: Any, why: str) -> None:
    """400 in words; nothing is changed."""
    async with world.client() as client:
        body = json.dumps(document).encode()
        answer = await client.post(PATH, content=body, headers={"content-type": "application/json; charset=utf-8"})
        assert (answer.status_code, answer.json()["schema_version"]) == (400, 1)
        assert why in answer.json()["error"]
        assert (await client.get(PATH)).json()["releases"] == []
    assert world.installation.store.audit() == ()


@pytest.mark.parametrize(
    ("body", "status_code"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"id": "R", "by": "' + b"x" * BODY_BYTES, 413),
    ],
)
async def test_a_body_is_read_only_as_far_as_it_may_go(world: Lived, body: bytes, status_code: int) -> None:
    """Neither depth nor length hurts."""
    async with world.client() as client:
        answer = await client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status_code, "application/json")


async def test_what_nobody_announced_cannot_ship(world: Lived) -> None:
    """404, for machines to tell from a mistake in the document."""
    for state in ("shipped", "abandoned"):
        answer = await tell(world, {"id": "R", "state": state})
        assert (answer.status_code, "nobody announced it" in answer.json()["error"]) == (404, True)


async def test_names_that_want_to_be_more_stay_names(world: Lived) -> None:
    """In the answer, on the page, and in the audit."""
    pems = [hostile_certificate(name).decode() for name in NAMES]
    said = {"id": "R", "service": NAMES[0] + "\x1b", "by": "\x1b[31m", "certificates": {"added": pems}}
    answer = await tell(world, said)
    assert answer.status_code == 200 and answer.content.isascii() and b"\\u001b" not in answer.content
    page = await world.text("/releases")
    assert "<script>" not in page and "\x1b" not in page
    assert "\x1b" not in world.installation.store.audit()[0].who


async def said_in_pieces(world: Lived, *pieces: Any) -> int:
    """The status of a POST that comes so, and then never goes on."""
    coming, sent = list(pieces), list[Any]()

    async def receive() -> Any:
        return coming.pop(0) if coming else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    app = Starlette(routes=ReleasesApi(Reads(world.installation, world.status), PATH, body_seconds=0.01).routes())
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize("then", [[], [{"type": "http.disconnect"}]], ids=["stalls", "hangs up"])
async def test_who_does_not_say_it_to_its_end_is_not_waited_for(world: Lived, then: list[Any]) -> None:
    """Nor is it an error of ours, with a traceback in the log; and nothing of it is written down."""
    begun = {"type": "http.request", "body": b'{"id": "R"', "more_body": True}
    assert await said_in_pieces(world, begun, *then) == 408
    assert world.installation.store.releases(START) == ()
