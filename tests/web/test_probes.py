"""What orchestrators ask: alive, ready, and why not."""

from datetime import timedelta
from pathlib import Path

from incidentd.daemon.status import SILENT_SECONDS
from tests.store.examples import intent
from tests.web.world import Lived, built, lay_out, lived


async def _asked(world: Lived, path: str) -> tuple[int, list[str]]:
    async with world.client() as client:
        answer = await client.get(path)
    return answer.status_code, answer.text.splitlines()


async def test_it_is_not_ready_before_the_first_look(tmp_path: Path) -> None:
    """Each cause stands on a line of its own."""
    async with built(tmp_path) as world:
        code, lines = await _asked(world, "/readyz")
    assert code == 503
    assert lines[:3] == ["not ready", "source disk: first sweep not done", "first reconcile not done"]


async def test_it_is_ready_after_the_first_round(tmp_path: Path) -> None:
    """Warnings are listed, and do not make it unready."""
    async with lived(tmp_path) as world:
        code, lines = await _asked(world, "/readyz")
    assert (code, lines[0]) == (200, "ready")
    assert lines[1].startswith("warning: no tracker is configured")


async def test_a_database_that_is_gone_makes_it_unready_at_once(tmp_path: Path) -> None:
    """It is asked at that moment, not at the next reconcile."""
    async with lived(tmp_path) as world:
        world.installation.store.close()
        for file in tmp_path.glob("state.db*"):
            file.unlink()
        code, lines = await _asked(world, "/readyz")
    assert code == 503
    assert any(line.startswith("the state cannot be read") for line in lines)


async def test_an_old_outbox_makes_it_unready(tmp_path: Path) -> None:
    """An intent that waits for more than 15 minutes is a tracker that nobody reaches."""
    async with lived(tmp_path) as world:
        world.status.outbox = (intent(created_at=world.clock.now()),)
        assert (await _asked(world, "/readyz"))[0] == 200
        world.clock.advance(timedelta(minutes=16))
        code, lines = await _asked(world, "/readyz")
    assert code == 503
    assert any(line.startswith("outbox: its oldest intent waits since") for line in lines)


async def test_a_task_that_hangs_is_a_dead_loop(tmp_path: Path) -> None:
    """Without a sign of life for a quarter of an hour, /healthz and /readyz name the task."""
    async with lived(tmp_path) as world:
        assert await _asked(world, "/healthz") == (200, ["alive"])
        world.clock.advance(timedelta(seconds=SILENT_SECONDS + 1))
        code, lines = await _asked(world, "/healthz")
        assert code == 503
        assert lines == ["stalled", "reconcile hangs", "sweep of disk hangs"]
        assert (await _asked(world, "/readyz"))[0] == 503


async def test_a_refused_reload_is_a_warning_and_no_downtime(tmp_path: Path) -> None:
    """The configuration before it holds, so it stays ready."""
    async with lived(tmp_path) as world:
        world.status.reload_refused = "incidentd.yaml:3: there is no such key\x1b[2J"
        code, lines = await _asked(world, "/readyz")
    assert code == 200
    assert any("is refused" in line and "\\x1b[2J" in line for line in lines)


async def test_causes_are_not_for_everybody(tmp_path: Path) -> None:
    """Off loopback the verdict is open and the causes, which name sources, are not."""
    lay_out(tmp_path, {})
    (tmp_path / "token").write_text("s3cret\n")
    web = {"listen": "0.0.0.0:8580", "token_file": "token"}
    async with built(tmp_path, web=web) as world, world.client("192.0.2.9") as client:
        stranger = await client.get("/readyz")
        known = await client.get("/readyz", headers={"authorization": "Bearer s3cret"})
    assert (stranger.status_code, stranger.text) == (503, "not ready\n")
    assert "source disk" in known.text
