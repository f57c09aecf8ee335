"""Who may come in: loopback, a token, a trusted proxy; and nobody under somebody else's name."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from incidentd.errors import ConfigError
from incidentd.secret import SecretReference, Token
from incidentd.web.door import CONTENT_SECURITY_POLICY, HEADERS
from tests.web.world import built, lived

TOKEN = "s3cret-token"
GUARDED = (
    "/", "/certs", "/c/" + "ab" * 32, "/plan", "/releases", "/health", "/metrics", "/static/board.css", "/nothing",
    "/api/v1/incidents", "/api/v1/certificates", "/api/v1/plan", "/api/v1/gaps", "/api/v1/health",
    "/api/v1/openapi.json", "/api/v1/releases",
)  # fmt: skip  # a list, read in rows
OPEN = ("/healthz", "/readyz")
PUSHED = "/api/v1/observations"
WRITTEN = ("/api/v1/releases", PUSHED)
OFF_LOOPBACK: dict[str, Any] = {"listen": "0.0.0.0:8580", "token_file": "token"}


def _basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


@pytest.mark.parametrize(
    "given",
    [
        None, "", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Basic !!!", _basic("wrong"),
        "Basic /w==", f"Digest {TOKEN}", TOKEN,
    ],
)  # fmt: skip  # a list, read in rows
async def test_every_route_refuses_who_has_no_token(tmp_path: Path, given: str | None) -> None:
    """401 with the question, before anything is looked up; whether it lives may be asked by anybody."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    async with built(tmp_path, web=OFF_LOOPBACK) as world, world.client("192.0.2.9") as client:
        headers = {} if given is None else {"authorization": given}
        for path in (*GUARDED, PUSHED):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 401, path
            assert "Bearer" in answer.headers["www-authenticate"]
        for path in OPEN:
            assert (await client.get(path, headers=headers)).status_code in (200, 503)


@pytest.mark.parametrize("given", [f"Bearer {TOKEN}", f"bearer  {TOKEN}", _basic(TOKEN)])
async def test_the_token_opens_every_route(tmp_path: Path, given: str) -> None:
    """As a Bearer token, or as the password that a browser asks for; under any name."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    async with lived(tmp_path, web=OFF_LOOPBACK) as world, world.client("192.0.2.9") as client:
        for path in GUARDED:
            answer = await client.get(path, headers={"authorization": given, "host": "board.example.com"})
            assert answer.status_code in (200, 404), path


@pytest.mark.parametrize(
    ("peer", "admitted"),
    [("10.1.2.3", True), ("10.1.2.255", True), ("::ffff:10.1.2.3", True), ("10.2.0.1", False), ("127.0.0.1", False)],
)
async def test_a_proxy_is_trusted_by_its_address_alone(tmp_path: Path, peer: str, admitted: bool) -> None:
    """A header that anybody can send proves nothing."""
    web = {"listen": "0.0.0.0:8580", "trusted_proxies": ["10.1.2.0/24"]}
    async with built(tmp_path, web=web) as world, world.client(peer) as client:
        answer = await client.get("/", headers={"x-forwarded-for": "10.1.2.3", "forwarded": "for=10.1.2.3"})
    assert answer.status_code == (200 if admitted else 401)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8580", "LOCALHOST:1", "[::1]:8580", "127.0.0.1"])
async def test_loopback_is_answered_under_its_own_names(tmp_path: Path, host: str) -> None:
    """Without a token."""
    async with built(tmp_path) as world, world.client() as client:
        assert (await client.get("/", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8580", "127.0.0.1.evil.example", "", "[::2]", "localhost."]
)
async def test_a_name_that_was_pointed_at_loopback_is_turned_away(tmp_path: Path, host: str) -> None:
    """DNS rebinding: a page of somebody else's must not read the board through the browser of a person here."""
    async with built(tmp_path) as world, world.client() as client:
        for path in (*GUARDED, *OPEN, PUSHED):
            assert (await client.get(path, headers={"host": host})).status_code == 421, path


async def test_a_token_that_is_configured_is_asked_for_on_loopback_too(tmp_path: Path) -> None:
    """Who sets one means it."""
    (tmp_path / "token").write_text(TOKEN)
    async with built(tmp_path, web={"token_file": "token"}) as world, world.client() as client:
        assert (await client.get("/")).status_code == 401
        assert (await client.get("/", headers={"authorization": f"Bearer {TOKEN}"})).status_code == 200


@pytest.mark.parametrize("path", [*GUARDED, *OPEN, PUSHED])
async def test_every_answer_says_what_a_browser_may_do_with_it(tmp_path: Path, path: str) -> None:
    """The same headers on pages, errors and plain text."""
    async with lived(tmp_path, {}) as world, world.client() as client:
        answer = await client.get(path)
        refused = await client.get(path, headers={"host": "evil.example"})
    for one in (answer, refused):
        assert one.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert one.headers["x-content-type-options"] == "nosniff"
        assert {name for name in HEADERS if one.headers.get_list(name) == []} == set()
        assert "access-control-allow-origin" not in one.headers
        assert "set-cookie" not in one.headers


def test_the_policy_is_the_one_that_was_promised() -> None:
    """Word by word."""
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'"
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"])
async def test_everything_is_for_reading(tmp_path: Path, method: str) -> None:
    """Any other method is 405 everywhere, and says which are allowed; releases and sweeps alone are told too."""
    async with built(tmp_path) as world, world.client() as client:
        for path in (*GUARDED, *OPEN, PUSHED):
            if method == "POST" and path in WRITTEN:
                continue
            answer = await client.request(method, path)
            allowed = "GET, HEAD, POST" if path in WRITTEN else "GET, HEAD"
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_who_may_not_read_may_not_write(tmp_path: Path) -> None:
    """Nor may a page of somebody else's, through a browser here."""
    (tmp_path / "token").write_text(TOKEN)
    async with built(tmp_path, web=OFF_LOOPBACK) as world, world.client("192.0.2.9") as client:
        assert (await client.post("/api/v1/releases", json={"id": "R"})).status_code == 401
        told = await client.post("/api/v1/releases", json={"id": "R"}, headers={"authorization": f"Bearer {TOKEN}"})
        assert told.status_code == 200
    async with built(tmp_path) as world, world.client() as client:
        rebound = await client.post("/api/v1/releases", json={"id": "R"}, headers={"host": "evil.example"})
        form = await client.post("/api/v1/releases", data={"id": "R"})
        plain = await client.post("/api/v1/releases", content=b'{"id": "R"}', headers={"content-type": "text/plain"})
        asks = await client.options("/api/v1/releases", headers={"origin": "http://evil.example"})
    assert (rebound.status_code, form.status_code, plain.status_code, asks.status_code) == (421, 415, 415, 405)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_there_are_no_hooks_yet(tmp_path: Path, method: str) -> None:
    """404 until they are built, and no redirect either."""
    async with built(tmp_path) as world, world.client() as client:
        for path in ("/hooks/pagerduty", "/hooks/jira", "/hooks/"):
            assert (await client.request(method, path, content=b"{}")).status_code == 404


async def test_head_is_answered_like_get(tmp_path: Path) -> None:
    """The same status and headers."""
    async with lived(tmp_path) as world, world.client() as client:
        for path in ("/", "/readyz", "/metrics", "/api/v1/plan"):
            assert (await client.head(path)).status_code == (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/", "/static/../app.py", "/static/%2e%2e/app.py", "/static/door.py", "/certs/"]
)
async def test_only_our_own_two_files_can_be_asked_for(tmp_path: Path, path: str) -> None:
    """There is no folder behind /static."""
    async with built(tmp_path) as world, world.client() as client:
        assert (await client.get(path)).status_code == 404


def test_a_token_that_changes_counts_at_once(tmp_path: Path) -> None:
    """Rotation needs no restart; a file that is away for a moment locks nobody out."""
    path = tmp_path / "token"
    path.write_text("first")
    token = Token(SecretReference(path=path))
    assert token.matches("first")
    new = tmp_path / "new"
    new.write_text("second")
    os.replace(new, path)
    assert token.matches("second")
    assert not token.matches("first")
    path.unlink()
    assert token.matches("second")
    path.write_text("")
    assert token.matches("second")
    assert not token.matches("")


def test_a_token_is_never_shown(tmp_path: Path) -> None:
    """Only its hash is kept, so that no repr, traceback or dump holds it."""
    path = tmp_path / "token"
    path.write_text(TOKEN)
    assert TOKEN not in str(vars(Token(SecretReference(path=path))))


def test_there_is_no_door_without_its_token(tmp_path: Path) -> None:
    """An empty or missing file is an error, never an open door."""
    with pytest.raises(ConfigError):
        Token(SecretReference(path=tmp_path / "missing"))
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(ConfigError):
        Token(SecretReference(path=tmp_path / "empty"))
