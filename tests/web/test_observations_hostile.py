"""Pushes that change nothing: forged, cut, foreign, too big, or never said to their end."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from ssl import PEM_cert_to_DER_cert
from typing import Any

import pytest
from starlette.applications import Starlette

from incidentd.web.observations import ObservationsApi, Patience
from incidentd.web.reads import Reads
from tests.web.hostile import NAMES, hostile_certificate
from tests.web.pushing import (
    BOARD,
    OLD,
    PATH,
    URI,
    bearer,
    der,
    inventory,
    lines,
    place,
    push,
    pushed,
)
from tests.web.world import START, Lived, until

GOOD = place(OLD)
HOSTILE: list[Any] = [
    [1],
    {},
    {"line": "words"},
    {**GOOD, "source": "other"},
    {**GOOD, "uri": ""},
    {**GOOD, "uri": "tls://" + "a" * 13_000},
    {**GOOD, "uri": "tls://a\nb:443"},
    {**GOOD, "role": "trusted"},
    {**GOOD, "labels": {"service": "x" * 300}},
    {**GOOD, "labels": {"service": 1}},
    {**GOOD, "seen": [{"member": "192.0.2.1", "chain": []}]},
    {**GOOD, "seen": [{"member": "192.0.2.1", "chain": ["ab"]}]},
    {**GOOD, "seen": [{"member": "192.0.2.1", "chain": ["ab" * 32]}]},
    {**GOOD, "seen": [{"member": "192.0.2.1", "chain": [OLD.fingerprint], "others": [0]}]},
    {**GOOD, "seen": [{"member": "192.0.2.1", "chain": [OLD.fingerprint], "others": [1]}]},
    {**GOOD, "seen": [{"member": "192.0.2.1", "chain": [OLD.fingerprint], "at": "2020-01-01T00:00:00Z"}]},
    {**GOOD, "unseen": [{"reason": "bored", "text": ""}]},
    {**GOOD, "unseen": [{"reason": "refused", "text": "x" * 1001}]},
    {**GOOD, "gone": [{"kind": "said", "group": "a"}]},
    {**GOOD, "controller": {"name": "cert-manager", "ready": "yes"}},
    {**GOOD, "controller": {"name": "cert-manager", "ready": True, "renews_at": "soon"}},
    {"line": "certificate", "der": "not base64!"},
    {"line": "certificate", "der": 7},
    {"line": "sweep", "after": 0, "since": START.isoformat()},
    {"line": "end", "failure": 1},
]


@pytest.mark.parametrize("line", HOSTILE, ids=[str(number) for number in range(len(HOSTILE))])
async def test_what_is_not_understood_is_refused_whole(world: Lived, line: Any) -> None:
    """With the number of the line, and without a word of what it held; nothing of the push is kept."""
    answer = await push(world, await lines(world, der(OLD), line))
    assert answer.status_code == 400
    assert "aaaa" not in answer.text and "xxxx" not in answer.text
    assert inventory(world).sweeps == {}


@pytest.mark.parametrize(
    ("cut", "status"),
    [
        (lambda body: b"", 400),
        (lambda body: body[: body.rindex(b'{"line": "end"')], 400),
        (lambda body: body[:-20], 400),
        (lambda body: body.partition(b"\n")[2], 400),
        (lambda body: body + b'{"line": "end"}\n', 400),
        (lambda body: body + body, 400),
        (lambda body: b"[" * 100_000, 400),
        (lambda body: b"\xff" + body, 400),
        (lambda body: body.replace(b"api.branch", b"\\ud800"), 400),
        (lambda body: b"\n" * 1_100_000, 413),
        (lambda body: b"x" * 3_000_000, 413),
        (lambda body: body.rstrip(b"\n"), 200),
        (lambda body: b"\n" + body + b"\n\n", 200),
    ],
)  # fmt: skip  # one a line
async def test_what_was_cut_or_grew_counts_for_nothing(world: Lived, cut: Any, status: int) -> None:
    """A sweep counts with its end, and only where it begins at its beginning."""
    body = cut(await lines(world, der(OLD), place(OLD)))
    assert (await push(world, body)).status_code == status
    assert ("branch" in inventory(world).sweeps) is (status == 200)


async def test_there_are_only_so_many_places(world: Lived) -> None:
    """As the hub's configuration says; and each is told once."""
    many = [place(OLD, uri=f"tls://{number}.test:443") for number in range(4)]
    assert (await push(world, await lines(world, der(OLD), *many))).status_code == 400
    assert (await push(world, await lines(world, der(OLD), *many[:3]))).status_code == 200
    assert (await push(world, await lines(world, many[0], many[0]))).status_code == 400


async def test_what_a_token_can_fill_is_bounded(world: Lived) -> None:
    """By ten times its places in all, and by sixty pushes an hour."""
    statuses = []
    for turn in range(61):
        middle = [place(OLD, uri=f"tls://{turn}-{number}.test:443") for number in range(3)]
        statuses.append((await push(world, await lines(world, der(OLD), *middle))).status_code)
    assert statuses == [200] * 10 + [400] * 50 + [429]
    assert len(inventory(world).places) == 30
    world.clock.advance(timedelta(hours=1))
    assert (await push(world, await lines(world, place(OLD, uri="tls://0-0.test:443")))).status_code == 200


async def test_a_source_knows_only_its_own_certificates(world: Lived) -> None:
    """So nobody can ask, by a fingerprint, what others have; what it showed itself need not be sent again."""
    await pushed(world, der(OLD), place(OLD))
    answer = await push(world, await lines(world, place(OLD), name="other"), "other")
    assert answer.status_code == 400
    assert (await pushed(world, place(OLD)))["complete"] is True


async def test_what_cannot_be_read_here_is_unseen(world: Lived) -> None:
    """Whatever the other side makes of it: the hub reads certificates itself."""
    blob = b"\x30\x03\x02\x01\x01"
    told = place(uri=URI)
    told["seen"] = [{"member": "192.0.2.1", "chain": [hashlib.sha256(blob).hexdigest()]}]
    middle = {"line": "certificate", "der": base64.b64encode(blob).decode()}
    assert (await pushed(world, middle, told))["complete"] is False
    found = inventory(world).places[("branch", URI)]
    assert not found.members
    assert found.unseen_reason is not None and found.unseen_reason.value == "unreadable"
    told["seen"] = [{"member": "192.0.2.1", "chain": [OLD.fingerprint, hashlib.sha256(blob).hexdigest()]}]
    assert (await pushed(world, der(OLD), middle, told))["complete"] is True
    assert inventory(world).places[("branch", URI)].members[0].current.chain == (OLD.fingerprint,)


@dataclass(frozen=True)
class _Held:
    """A certificate that was made elsewhere."""

    der: bytes

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.der).hexdigest()


def _issued(pem: bytes) -> _Held:
    return _Held(PEM_cert_to_DER_cert(pem.decode()))


async def test_names_from_elsewhere_do_nothing_here(world: Lived) -> None:
    """Neither on a page, nor in JSON, nor in a log."""
    for name in list(NAMES)[:3]:
        issued = _issued(hostile_certificate(name))
        told = place(issued, uri="tls://<script>alert(1)</script>:443", labels={"service": "<b>\u202e"})
        await pushed(world, der(issued), told)
    await world.goes_round()
    async with world.client(headers={"authorization": f"Bearer {BOARD}"}) as client:
        for path in ("/", "/certs", "/health", "/api/v1/certificates", "/api/v1/health"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text or path.startswith("/api/")
            assert "\u202e" not in answer.text and "\x1b" not in answer.text


@pytest.mark.parametrize(
    ("path", "kind", "status"), [(PATH, "application/json", 415), (PATH, "text/plain", 415), (PATH + "/", "a/b", 405)]
)
async def test_a_form_on_somebody_elses_page_pushes_nothing(world: Lived, path: str, kind: str, status: int) -> None:
    """It cannot send this kind of body without asking, and is never told that it may."""
    async with world.client(headers={**bearer("branch"), "content-type": kind}) as client:
        assert (await client.post(path, content=b"{}")).status_code == status


async def _in_pieces(world: Lived, *pieces: Any) -> list[Any]:
    """What is answered to a POST that comes so, and then never goes on."""
    coming, sent = list(pieces), list[Any]()

    async def receive() -> Any:
        return coming.pop(0) if coming else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    patience = Patience(stalls_seconds=0.01)
    app = Starlette(routes=ObservationsApi(Reads(world.installation, world.status), PATH, patience).routes())
    headers = [
        (b"content-type", b"application/x-ndjson"),
        (b"authorization", bearer("branch")["authorization"].encode()),
    ]
    await app({"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": headers}, receive, send)
    return sent


@pytest.mark.parametrize("then", [[], [{"type": "http.disconnect"}]], ids=["stalls", "hangs up"])
async def test_who_does_not_push_to_the_end_is_not_waited_for(world: Lived, then: list[Any]) -> None:
    """And nothing of it is kept."""
    body = await lines(world, der(OLD), place(OLD))
    sent = await _in_pieces(world, {"type": "http.request", "body": body[:-9], "more_body": True}, *then)
    assert sent[0]["status"] == 408
    assert inventory(world).sweeps == {}


async def test_one_push_at_a_time_is_read_of_a_source(world: Lived) -> None:
    """Another one comes again later: what is half read takes memory."""
    body, held = await lines(world, der(OLD), place(OLD)), asyncio.Event()
    begun = False

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal begun
        yield body[:20]
        begun = True
        await held.wait()
        yield body[20:]

    kind = {"content-type": "application/x-ndjson"}
    async with world.client(headers={**bearer("branch"), **kind}) as client:
        first = asyncio.create_task(client.post(PATH, content=slowly()))
        await until(lambda: begun)
        second = await client.post(PATH, content=body)
        held.set()
        assert (second.status_code, second.headers["retry-after"]) == (429, "1")
        assert (await first).status_code == 200


async def test_who_is_still_writing_is_heard_to_the_end_and_told_why(world: Lived) -> None:
    """What follows a line that is refused is read and dropped, as far as a push may go."""
    read = 0

    async def much() -> AsyncIterator[bytes]:
        nonlocal read
        yield b"no line\n" + b"\n" * 300_000
        for _ in range(3):
            yield b"\n" * 100_000
            read += 1

    kind = {"content-type": "application/x-ndjson"}
    async with world.client(headers={**bearer("branch"), **kind}) as client:
        answer = await client.post(PATH, content=much())
    assert (answer.status_code, read) == (400, 3)
    assert "line 1" in answer.json()["error"]
