"""The gate and a hub: what a build tells it, and what it knows of releases and of what is served, over its real API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from incidentd.artefacts.scan import Build, scan
from incidentd.cli.releasing.asking import known_to, known_to_hub
from incidentd.cli.releasing.gate import Asked, verdict
from incidentd.cli.releasing.hub import Hub
from incidentd.cli.releasing.posting import certificates_said
from incidentd.errors import ConfigError, TransportError, UsageError
from incidentd.planning.announcing import told
from incidentd.transport import Transport
from incidentd.web.app import board
from tests.artefacts.repository import Repo, new_repository
from tests.transport.clocks import EvenChance
from tests.web.world import OWN, Lived, issue, lived

NAME = "pay.example.test"
HERE = Hub(OWN)


def to(site: Lived) -> Transport:
    """The board in process."""
    app: Any = board(site.installation, site.status, site.door)
    return Transport(site.clock, EvenChance(), apps={OWN: app})


def renewed(folder: Path) -> Repo:
    """A repository in which the certificate changes, with its key beside it."""
    old, new = issue(NAME, 10), issue(NAME, 300)
    repo = new_repository(folder / "repo", {"pay.pem": old.certificate_pem})
    repo.commit({"pay.pem": new.certificate_pem + new.key_pem})
    return repo


async def test_what_a_build_tells_a_hub_is_what_its_gate_finds_there(tmp_path: Path) -> None:
    """Refused, told, let through; given up, and refused again."""
    found = renewed(tmp_path).scan("base..HEAD")
    async with lived(tmp_path) as site:
        transport = to(site)
        assert not verdict(found, await known_to_hub(HERE, transport), Asked()).passes
        said = {"id": "R", "service": "shop", "certificates": certificates_said(found)}
        assert told(await HERE.tell(transport, said)).startswith(
            "Release R is announced: 1 certificate added, changed or removed.\n"
        )
        assert verdict(found, await known_to_hub(HERE, transport), Asked(service="shop")).passes
        assert not verdict(found, await known_to_hub(HERE, transport), Asked(service="other")).passes
        await HERE.tell(transport, {"id": "R", "state": "abandoned"})
        assert not verdict(found, await known_to_hub(HERE, transport), Asked()).passes


async def test_no_key_is_told(tmp_path: Path) -> None:
    """Certificates alone leave the build."""
    body = repr(certificates_said(renewed(tmp_path).scan("base..HEAD")))
    assert "PRIVATE" not in body
    assert body.count("-----BEGIN CERTIFICATE-----") == 2


@pytest.mark.parametrize(
    ("role", "env", "passes"),
    [("served", "prod", True), ("served", "staging", False), ("stored", "prod", False)],
)
async def test_what_production_serves_already_is_no_change(tmp_path: Path, role: str, env: str, passes: bool) -> None:
    """A build that carries the certificate of today; staging, and the store, have the one of tomorrow."""
    source = {"kind": "files", "paths": ["certs"], "role": role, "labels": {"env": env}}
    async with lived(tmp_path, sources={"disk": source}) as site:
        found = scan(Build(artefacts=(str(tmp_path / "certs"),)))
        by_hub, by_state = await known_to_hub(HERE, to(site)), await known_to(site.installation)
    assert len(found.added) == 3
    assert verdict(found, by_hub, Asked()).passes is passes
    assert verdict(found, by_state, Asked()).passes is passes


async def test_a_hub_wants_its_token(tmp_path: Path) -> None:
    """Which stands in a file, and in no message."""
    (tmp_path / "token").write_text("correct horse\n")
    (tmp_path / "wrong").write_text("battery staple\n")
    async with lived(tmp_path, web={"token_file": str(tmp_path / "token")}) as site:
        transport = to(site)
        assert (await Hub(OWN, tmp_path / "token").releases(transport))["releases"] == []
        for file in (None, tmp_path / "wrong"):
            with pytest.raises(TransportError, match="does not take the token") as refused:
                await Hub(OWN, file).releases(transport)
            assert "staple" not in str(refused.value)
        with pytest.raises(ConfigError):
            await Hub(OWN, tmp_path / "nowhere").releases(transport)


async def test_what_a_hub_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    """And what is no hub is told apart."""
    async with lived(tmp_path) as site:
        transport = to(site)
        with pytest.raises(TransportError, match="id is missing"):
            await HERE.tell(transport, {})
        with pytest.raises(TransportError):
            await Hub(f"{OWN}/elsewhere").releases(transport)


@pytest.mark.parametrize(
    "url", ["hub.test", "http://hub.test", "https://me:secret@hub.test", "file:///etc", "https://"]
)
def test_a_token_goes_over_tls_or_to_this_machine(url: str) -> None:
    """Whatever else is written there."""
    with pytest.raises(UsageError) as refused:
        Hub(url)
    assert "secret" not in str(refused.value)


def test_an_answer_does_nothing_to_a_terminal() -> None:
    """Whoever answers."""
    said = told(
        {"id": "\x1b[2J", "state": "an\nnounced", "renews": [{"name": "\x07", "late": "\x1b", "not_after": "\n"}]}
    )
    assert all(line.isprintable() for line in said.split("\n"))
