"""What a person reads at 3 a.m.: what is open, since what it hangs, and whether any of it is fresh."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidentd.daemon.blindness import OwnSight
from incidentd.model.assessment import Step
from incidentd.model.blindness import Cause, CauseId, CauseKind, Judged
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.ticket import TicketRef
from incidentd.ports import SystemClock
from incidentd.web.rows import followable
from tests.policy.builders import START
from tests.store.examples import intent
from tests.web.world import Lived, built, lay_out, lived

BLIND = Cause(CauseId(CauseKind.BLIND, "edge"), datetime(2026, 2, 20, 8, tzinfo=UTC), Step.WARNING, scale=2, of=40)


def _flat(page: str) -> str:
    """The text of a page on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def _board(world: Lived, path: str = "/") -> str:
    return _flat(await world.text(path))


async def test_the_board_names_each_incident_worst_first(tmp_path: Path) -> None:
    """Name, absolute end, severity, stage, tracker and ticket, and its places."""
    async with lived(tmp_path) as world:
        text = await _board(world)
    assert "2 open incidents" in text
    assert "3 certificates watched at 3 places" in text
    assert "expires 2026-04-30 12:00 UTC" in text
    assert re.search(
        r"pay\.example\.test.*error.*due, no renewal seen.*local LOCAL-\d.*api\.example\.test.*warning", text
    )
    assert f"file://{tmp_path}/certs/0.pem" in text
    assert "fine.example.test" not in text


async def test_an_end_that_has_passed_is_said_so(tmp_path: Path) -> None:
    """It is not called something that is still to come."""
    async with lived(tmp_path, {"late.example.test": -1.0}) as world:
        text = await _board(world)
    assert "expired 2026-02-28 12:00 UTC 1 d 0 h ago" in text
    assert "1 critical" in text


async def test_a_quiet_board_says_that_it_is_watching(tmp_path: Path) -> None:
    """Nothing open, how much is watched, and when the next window opens."""
    async with lived(tmp_path, {"fine.example.test": 300.0}) as world:
        text = await _board(world)
    assert "No open incidents." in text
    assert "1 certificate watched at 1 place. The next window opens 2026-09-26 12:00 UTC." in text


async def test_before_the_first_look_nothing_is_claimed(tmp_path: Path) -> None:
    """No comfort is given before anything was looked at."""
    async with built(tmp_path) as world:
        for path in ("/", "/certs", "/plan", "/concentration"):
            assert "The first look is under way." in await _board(world, path)
        assert "No open incidents" not in await _board(world)


async def test_what_must_not_be_overlooked_is_loud(tmp_path: Path) -> None:
    """No tracker, a refused configuration, a clock that lies, a source that fails, places out of sight."""
    async with lived(tmp_path) as world:
        last, sweep = world.status.last, world.status.sweeps["disk"]
        assert last is not None
        world.status.last = replace(last, decision=replace(last.decision, distrust="it went back"))
        world.status.sweeps["disk"] = replace(sweep, failure="the folder cannot be listed")
        world.status.reload_refused = "no such key"
        world.status.own = OwnSight(Judged(holding=(BLIND,)))
        for path in ("/", "/certs", "/plan", "/health"):
            text = await _board(world, path)
            assert "No tracker is configured: incidents stay in the built-in local queue, nobody is told." in text
            assert "The configuration on disk is refused, the one before it holds: no such key." in text
            assert "The clock is not believed: it went back." in text
            assert "Source disk fails: the folder cannot be listed." in text
            assert (
                "Incidentd cannot see production places of source edge since 2026-02-20 08:00 UTC"
                " (2 of 40 production places unseen for too long)."
            ) in text


async def test_observing_is_said_and_what_would_be_done_is_shown(tmp_path: Path) -> None:
    """`mode: observe` opens nothing; the board says so before anything else."""
    async with lived(tmp_path, mode="observe") as world:
        text, plan = await _board(world), await _board(world, "/plan")
        assert world.status.records == ()
    assert "Observing only: nothing is written to any tracker" in text
    assert "2 actions would be sent" in text
    assert "Would be sent" in plan
    assert "open api.example.test" in plan


async def test_what_the_guard_holds_comes_with_the_command_that_lets_it_through(tmp_path: Path) -> None:
    """Each held action with its ground."""
    names = {f"n{number}.example.test": 60.0 + number for number in range(3)}
    async with lived(tmp_path, names, guard={"open_per_hour": 1}) as world:
        for path in ("/", "/plan"):
            text = await _board(world, path)
            assert re.search(r"incidentd approve [0-9a-f]{16}", text)
            assert text.count("guard_open_rate") == 2
            assert "n2.example.test" in text


async def test_a_held_incident_says_on_whose_word(tmp_path: Path) -> None:
    """It stands below the open ones, and is not counted among them."""
    async with lived(tmp_path) as world:
        held = next(r for r in world.status.records if r.name == "pay.example.test")
        kept = [r for r in world.status.records if r is not held]
        now = world.clock.now()
        held = replace(held, state=IncidentState.HELD, held_by=HeldBy.PERSON, held_at=now, held_step=held.step)
        world.status.records = (held, *kept)
        text = await _board(world)
    assert "1 open incident " in text
    assert re.search(r"api\.example\.test.*pay\.example\.test.*Held: closed by a person", text)


@pytest.mark.parametrize(
    ("decided", "words"),
    [
        ({"state": IncidentState.OPEN, "snoozed_until": START}, "Snoozed until"),
        (
            {"state": IncidentState.HELD, "held_by": HeldBy.ACCEPTANCE, "held_until": START},
            "Held: accepted as a risk until",
        ),
    ],
)
async def test_what_a_person_decided_stands_there_until_when(
    tmp_path: Path, decided: dict[str, object], words: str
) -> None:
    """In the words of the decision."""
    async with lived(tmp_path) as world:
        first, *others = world.status.records
        row = replace(first, **decided)  # type: ignore[arg-type]  # fields by name, as each case needs them
        world.status.records = (row, *others)
        assert f"{words} {START:%Y-%m-%d %H:%M} UTC." in await _board(world)


async def test_places_that_cannot_be_seen_are_named(tmp_path: Path) -> None:
    """On the board as a count, on the health page one by one."""
    sources = {"edge": {"kind": "tls", "targets": ["127.0.0.1:1"]}}
    async with lived(tmp_path, {}, sources=sources) as world:
        assert "1 place could not be seen" in await _board(world)
        health = await _board(world, "/health")
    assert "tls://127.0.0.1:1" in health
    assert "refused" in health


async def test_the_health_page_names_what_waits(tmp_path: Path) -> None:
    """The outbox with its last errors, and each cause for not being ready."""
    async with lived(tmp_path) as world:
        world.status.outbox = (intent(created_at=world.clock.now(), attempts=3, error="401 from the tracker"),)
        world.clock.advance(timedelta(minutes=16))
        text = await _board(world, "/health")
    assert "Not ready" in text
    assert "outbox: its oldest intent waits since" in text
    assert "401 from the tracker" in text


async def test_the_page_of_a_certificate_tells_its_life(tmp_path: Path) -> None:
    """What it is, where it stands, why it has an incident, and what became of that."""
    async with lived(tmp_path) as world:
        record = world.status.records[0]
        text = await _board(world, f"/c/{record.fingerprint}")
    assert record.name in text
    assert "its window has opened" in text
    assert "LOCAL-" in text
    assert record.fingerprint in text


@pytest.mark.parametrize("path", ["/c/" + "0" * 64, "/c/zz", "/c/" + "A" * 64, "/nothing", "/c/"])
async def test_what_is_not_there_is_404(tmp_path: Path, path: str) -> None:
    """As a page, with a way on."""
    async with lived(tmp_path, {}) as world, world.client() as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert 'href="/certs"' in answer.text


async def test_certificates_are_found_by_name_fingerprint_and_serial(tmp_path: Path) -> None:
    """A part of a name; the beginning of a fingerprint, with colons or without."""
    async with lived(tmp_path) as world:
        record = next(r for r in world.status.records if r.name == "api.example.test")
        digits = record.fingerprint[:8].upper()
        colons = ":".join(digits[at : at + 2] for at in range(0, 8, 2))
        for wanted in ("API.exa", digits, colons):
            text = await _board(world, f"/certs?q={wanted}")
            assert "1 certificate " in text
            assert "api.example.test" in text
        assert "0 certificates" in await _board(world, "/certs?q=nowhere")


async def test_a_large_fleet_is_shown_quickly_and_bounded(tmp_path: Path) -> None:
    """5,000 certificates, 1,000 incidents: no page grows with them or takes long, and each says what it left out."""
    lay_out(tmp_path, {"one.example.test": 60.0})
    async with built(tmp_path) as world:
        await world.goes_round()
        _multiply(world, 5000, 1000)
        clock = SystemClock()
        for path, says in (
            ("/", "and 900 more incidents"),
            ("/certs", "and 4900 more"),
            ("/certs?page=50", "page 50 of 50"),
        ):
            began = clock.monotonic()
            page = await world.text(path)
            assert clock.monotonic() - began < 2.0
            assert len(page) < 200_000
            assert says in page


def _multiply(world: Lived, certificates: int, incidents: int) -> None:
    """Copies of the one certificate under other fingerprints, in the decision and in the ledger."""
    last = world.status.last
    assert last is not None
    (first,) = last.decision.inventory.certificates.values()
    (assessed,) = last.decision.assessments.values()
    (record,) = world.status.records
    prints = [f"{number:064x}" for number in range(certificates)]
    known = {fp: replace(first, fingerprint=fp) for fp in prints}
    inventory = replace(last.decision.inventory, certificates=known)
    judged = {fp: replace(assessed, fingerprint=fp) for fp in prints}
    world.status.last = replace(last, decision=replace(last.decision, inventory=inventory, assessments=judged))
    world.status.records = tuple(replace(record, fingerprint=fp, key=fp) for fp in prints[:incidents])


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://acme.atlassian.net/browse/OPS-1", True),
        ("http://127.0.0.1:9000/x", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,<script>", False),
        ("//evil.example/x", False),
        ("/relative", False),
        ("https://", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_only_http_addresses_become_links(url: str, is_link: bool) -> None:
    """A tracker's answer is outside text too."""
    assert followable(TicketRef("1", "OPS-1", url)) == (url if is_link else "")
    assert followable(None) == ""
