"""The API: the documents of the commands, as its own description says."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

from incidentd.planning.documents import gaps_document, incidents_document, list_document, plan_document
from incidentd.planning.promise import promise_document, register
from incidentd.web.openapi import ADDRESSES
from tests.web.world import Lived, built, lived

DOCUMENTS = tuple(ADDRESSES)


async def _json(world: Lived, name: str, status_code: int = 200) -> Any:
    async with world.client() as client:
        answer = await client.get(f"/api/v1/{name}")
    assert answer.status_code == status_code, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def _check(document: Any, description: Any, schema: str) -> None:
    """Against the description, as a client that generated its types from it would."""
    whole = {**description["components"]["schemas"][schema], "components": description["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(document)


async def checked_json(world: Lived, name: str) -> Any:
    """A document, after it was held against its description."""
    document = await _json(world, name)
    _check(document, await _json(world, "openapi.json"), ADDRESSES[name][0])
    return document


async def test_the_description_is_valid_openapi(tmp_path: Path) -> None:
    """By the reference validator."""
    async with built(tmp_path) as world:
        validate(await _json(world, "openapi.json"))


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_every_document_is_as_described(tmp_path: Path, name: str) -> None:
    """With incidents, held actions and gaps in them."""
    names = {f"n{number}.example.test": 60.0 for number in range(3)}
    sources = {
        "disk": {"kind": "files", "paths": ["certs"], "role": "served"},
        "edge": {"kind": "tls", "targets": ["127.0.0.1:1"]},
    }
    async with lived(tmp_path, names, sources=sources, guard={"open_per_hour": 2}) as world:
        document, description = await _json(world, name), await _json(world, "openapi.json")
    schema = ADDRESSES[name][0]
    _check(document, description, schema)
    assert document["schema_version"] == 1
    assert all(document[rows] for rows in ("incidents", "certificates", "hold", "gaps", "sources") if rows in document)


async def test_the_documents_are_those_of_the_commands(tmp_path: Path) -> None:
    """Nothing is said over HTTP that `--json` says otherwise."""
    async with lived(tmp_path) as world:
        decision = world.status.decision
        assert decision is not None
        history = world.installation.store.history()
        incidents, certificates = await _json(world, "incidents"), await _json(world, "certificates")
        owners = {one.certificate.fingerprint: one.owner for one in decision.incidents.values()}
        assert incidents == {**incidents_document(history, decision.assessments, owners), "left_off": 0}
        assert certificates == {**list_document(decision.inventory, decision.assessments), "left_off": 0}
        assert await _json(world, "plan") == plan_document(decision.plan)
        promised = register(decision.assessments.values(), decision.inventory.certificates, decision.records)
        assert await _json(world, "promise") == {**promise_document(promised), "left_off": 0}
        assert await _json(world, "gaps") == gaps_document(decision.inventory)


async def test_what_is_not_known_yet_is_503(tmp_path: Path) -> None:
    """An empty list before the first look would be a claim."""
    async with built(tmp_path) as world:
        description = await _json(world, "openapi.json")
        for name in ("certificates", "plan", "promise", "gaps", "concentration"):
            _check(await _json(world, name, 503), description, "Error")
        health = await _json(world, "health")
    assert health["ready"] is False
    nothing = {"swept_at": None, "complete": False, "failure": None, "pushed_at": None}
    assert health["sources"] == [{"source": "disk", **nothing}]


async def test_an_unknown_document_is_404_in_json(tmp_path: Path) -> None:
    """Machines get JSON even then."""
    async with built(tmp_path) as world:
        assert (await _json(world, "nothing", 404))["error"] == "there is no such document"


async def test_a_state_that_cannot_be_read_is_503_in_words(tmp_path: Path) -> None:
    """For machines and for people."""
    async with lived(tmp_path) as world:
        record = world.status.records[0]
        world.installation.store.close()
        for file in tmp_path.glob("state.db*"):
            file.unlink()
        error = await _json(world, "incidents", 503)
        async with world.client() as client:
            page = await client.get(f"/c/{record.fingerprint}")
    assert str(tmp_path) in error["error"]
    assert page.status_code == 503
    assert "This cannot be shown now" in page.text
