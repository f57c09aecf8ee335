"""Reload: what can be used takes over between rounds, what cannot is refused, and stopping always ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from incidentd.daemon.reload import Shift, Shifts, watch
from incidentd.daemon.status import Status, status_of
from incidentd.errors import ConfigError
from incidentd.ports import SystemClock
from incidentd.settings import load_settings
from incidentd.wiring import installed
from tests.web.world import configure, lay_out, until


@dataclass
class Daemon:
    """Shifts over a configuration file, with what happened."""

    folder: Path
    events: list[str] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    error: Exception | None = None

    @asynccontextmanager
    async def rebuild(self, before: Status | None) -> AsyncIterator[Shift]:
        """Builds what the file says now."""
        if self.error is not None:
            raise self.error
        loaded = load_settings(self.folder / "incidentd.yaml", {})
        number = len(self.statuses)
        async with installed(loaded) as installation:
            status = status_of(installation, own_tracker=True, before=before)
            self.statuses.append(status)
            yield Shift(installation, status, lambda: self.events.append(f"takes over {number}"))
        self.events.append(f"ends {number}")

    def configure(self, **sections: Any) -> None:
        """Writes the file."""
        configure(self.folder, **sections)


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    """One source on disk, no certificate."""
    lay_out(tmp_path, {})
    configure(tmp_path)
    return Daemon(tmp_path)


async def test_a_valid_configuration_takes_over_with_what_is_known(daemon: Daemon) -> None:
    """The old one ends first; sources that stay keep their last sweep, a new one has to be looked at."""
    shifts = Shifts(daemon.rebuild)
    running = asyncio.create_task(shifts.run())
    await until(lambda: bool(daemon.statuses and daemon.statuses[0].last))
    disk = {"kind": "files", "paths": ["certs"]}
    daemon.configure(sources={"disk": disk, "more": disk})
    shifts.reload()
    await until(lambda: "takes over 1" in daemon.events)
    first, second = daemon.statuses
    assert (first.draining, second.draining) == (False, False)
    assert second.expected_sources == {"disk", "more"}
    assert "disk" in second.sweeps
    assert second.last is not None
    await until(lambda: "more" in second.sweeps)
    shifts.stop()
    await running
    assert daemon.events == ["takes over 0", "takes over 1", "ends 0", "ends 1"]
    assert second.draining


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConfigError("there is no key souces", "incidentd.yaml:3"), "incidentd.yaml:3: there is no key souces"),
        (ZeroDivisionError("secret detail"), "internal error: ZeroDivisionError"),
    ],
)
async def test_an_invalid_configuration_is_refused_and_the_old_one_goes_on(
    daemon: Daemon, error: Exception, told: str
) -> None:
    """Said loudly until one can be used; whatever it does, it does not end the daemon."""
    shifts = Shifts(daemon.rebuild)
    running = asyncio.create_task(shifts.run())
    await until(lambda: bool(daemon.statuses and daemon.statuses[0].last))
    daemon.error = error
    shifts.reload()
    await until(lambda: bool(daemon.statuses[0].reload_refused))
    assert daemon.statuses[0].reload_refused == told
    assert any(told in warning for warning in daemon.statuses[0].warnings())
    assert not running.done()
    daemon.error = None
    shifts.reload()
    await until(lambda: "takes over 1" in daemon.events)
    assert daemon.statuses[1].reload_refused == ""
    shifts.stop()
    await running


async def test_a_first_configuration_that_cannot_be_used_is_an_error(daemon: Daemon) -> None:
    """There is nothing to go on with."""
    daemon.error = ConfigError("no")
    with pytest.raises(ConfigError):
        await Shifts(daemon.rebuild).run()


async def test_told_to_stop_twice_it_cuts_off_what_hangs(daemon: Daemon) -> None:
    """The grace is for the work in hand; a person who insists is obeyed at once."""
    stuck = _Stuck(daemon)
    shifts = Shifts(stuck.rebuild)
    running = asyncio.create_task(shifts.run())
    await stuck.begun.wait()
    shifts.stop()
    await until(lambda: daemon.statuses[0].draining)
    assert not running.done()
    shifts.stop()
    await running
    assert daemon.events[-1] == "ends 0"


async def test_stop_before_the_start_ends_at_once(daemon: Daemon) -> None:
    """Nothing is swept any more."""
    shifts = Shifts(daemon.rebuild)
    shifts.stop()
    await shifts.run()
    assert daemon.statuses[0].sweeps == {}


class _Stuck:
    """A daemon whose only source never comes back."""

    name = "disk"

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self.begun = asyncio.Event()

    async def sweep(self, known: Any, on_progress: Any = None) -> Any:
        self.begun.set()
        await asyncio.Event().wait()

    @asynccontextmanager
    async def rebuild(self, before: Status | None) -> AsyncIterator[Shift]:
        async with self._daemon.rebuild(before) as shift:
            yield replace(shift, installation=replace(shift.installation, sources={"disk": self}))


async def test_a_changed_file_is_noticed_and_a_touched_one_is_not(tmp_path: Path) -> None:
    """What it holds counts, not when it was written."""
    path = tmp_path / "incidentd.yaml"
    path.write_text("a")
    noticed: list[str] = []
    watching = await _watching(path, noticed)
    await _written_until(path, "b", lambda: noticed == ["b"])
    path.touch()
    (tmp_path / "other").write_text("x")
    await _written_until(path, "c", lambda: noticed[-1] == "c")
    assert noticed == ["b", "c"]
    watching.cancel()


async def test_a_swapped_link_is_noticed(tmp_path: Path) -> None:
    """A Kubernetes ConfigMap changes by its `..data` link being renamed; the file itself never does."""
    for watched in (tmp_path / "incidentd.yaml", tmp_path):  # a configuration, and a folder of secrets
        for version in ("one", "two"):
            (tmp_path / version).mkdir(exist_ok=True)
            (tmp_path / version / "incidentd.yaml").write_text(version)
        _swap(tmp_path, "one")
        (tmp_path / "incidentd.yaml").unlink(missing_ok=True)
        (tmp_path / "incidentd.yaml").symlink_to("..data/incidentd.yaml")
        noticed: list[str] = []
        watching = await _watching(watched, noticed, tmp_path / "incidentd.yaml")

        def swapped(noticed: list[str] = noticed) -> bool:
            _swap(tmp_path, "two")
            return bool(noticed)

        await until(swapped)
        assert noticed == ["two"]
        watching.cancel()


def _swap(folder: Path, version: str) -> None:
    link = folder / "..data_tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(version)
    link.rename(folder / "..data")


async def _watching(path: Path, noticed: list[str], read: Path | None = None) -> asyncio.Task[None]:
    """A watch that knows what is held now."""
    watching = asyncio.create_task(watch(path, lambda: noticed.append((read or path).read_text())))
    await SystemClock().sleep(0)
    return watching


async def _written_until(path: Path, text: str, so: Any) -> None:
    """Written again and again, because nobody says when a watch has begun."""

    def written() -> bool:
        path.write_text(text)
        return bool(so())

    await until(written)
