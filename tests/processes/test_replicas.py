"""Several daemons on one PostgreSQL: each source swept once in its interval, one ticket each, whoever dies."""

from __future__ import annotations

import json
import signal
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from incidentd.ports import SystemClock
from incidentd.sandbox.endpoints import Manner
from tests.cli.process import PATIENCE_SECONDS, Daemon, running
from tests.postgres import Server, server_in_a_folder
from tests.processes.fleet import Fleet, new_fleet
from tests.processes.ground import Ground
from tests.processes.shifted_clock import ShiftedClock
from tests.processes.test_pauses import beside, writes_of
from tests.processes.tripwire import Moment

EVERY_SECONDS = 2
ROUNDS = 4
TAKEN_OVER_SECONDS = 30.0
_HELD = b"""
SELECT owner FROM leases WHERE name = 'sweep:edge' AND owner <> ''
AND until > extract(epoch from clock_timestamp()) * 1000000
"""


@pytest.fixture
def shared(tmp_path: Path, ground: Ground, clock: ShiftedClock, postgres: Server) -> Fleet:
    """Two services with due certificates, and a state on a server that nobody has used yet."""
    fleet = new_fleet(tmp_path / "site", ground, clock, state={"url": postgres.url(postgres.empty())})
    fleet.add("pagerduty")
    fleet.add("jira")
    return fleet


@contextmanager
def replicas(fleet: Fleet, folder: Path, count: int) -> Iterator[list[Daemon]]:
    """So many daemons of one configuration."""
    with ExitStack() as stack:
        yield [stack.enter_context(replica(fleet, folder / f"log{number}")) for number in range(count)]


def replica(fleet: Fleet, log: Path) -> AbstractContextManager[Daemon]:
    """One more."""
    return running(fleet.site.path, log_path=log, environment=fleet.site.environment)


def sweeps(daemons: Sequence[Daemon]) -> dict[str, dict[int, list[datetime]]]:
    """By source and number, when each sweep was told of."""
    told: dict[str, dict[int, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for line in "".join(daemon.log for daemon in daemons).splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        if said.get("event") == "swept":
            told[said["source"]][said["sequence"]].append(datetime.fromisoformat(said["at"]))
    return told


@pytest.mark.parametrize("count", [2, 4])
def test_every_source_is_swept_once_an_interval_and_one_ticket_made(
    tmp_path: Path, shared: Fleet, ground: Ground, count: int
) -> None:
    """They make the state together, and share the work from the first moment on; nobody meets an error."""
    each = {
        f"edge{number}": {"kind": "tls", "labels": {"env": "prod"}, "interval": f"{EVERY_SECONDS}s", "targets": [one]}
        for number, one in enumerate(service.target for service in shared.services * 2)
    }
    shared.site.configure(sources=each)
    with replicas(shared, tmp_path, count) as daemons:
        daemons[0].until(lambda: min(map(len, sweeps(daemons).values()), default=0) >= ROUNDS)
        for daemon in daemons:
            daemon.until_ready()
        assert shared.wrong() == []
        told = sweeps(daemons)
        for daemon in daemons:
            daemon.tell(signal.SIGTERM)
        assert [daemon.ended() for daemon in daemons] == [0] * count
        assert all('"level": "error"' not in daemon.log for daemon in daemons)
        assert all("another configuration" not in daemon.log for daemon in daemons)
    assert told.keys() == each.keys()
    for numbers in told.values():
        times = [at for number in sorted(numbers) for at in numbers[number]]
        assert len(times) == len(numbers) == max(numbers)
        apart = [later - before for before, later in pairwise(times)]
        # They are told of as they end, and one may take longer than another.
        assert min(apart) > timedelta(seconds=EVERY_SECONDS / 2)
        assert sum(apart, timedelta()) > (len(times) - 1) * timedelta(seconds=0.8 * EVERY_SECONDS)
    assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [1, 1]


def test_what_a_dead_one_was_at_is_taken_over(tmp_path: Path, shared: Fleet, ground: Ground) -> None:
    """Killed while it holds a lease, in the middle of a sweep that lasts; the other has swept in good time."""
    with replica(shared, tmp_path / "first") as first:
        first.until_ready()
        for service in shared.services:
            service.endpoint.manner = Manner.SILENT
        first.until(lambda: bool(holding(shared)))
        with replica(shared, tmp_path / "second") as second:
            second.until_ready()
            dying = holding(shared)
            assert len(dying) == 1
            before = max(sweeps([first])["edge"])
            first.process.kill()
            killed_at = SystemClock().monotonic()
            for service in shared.services:
                service.endpoint.manner = Manner.SERVE
            second.until(lambda: max(sweeps([second]).get("edge", [0])) > before)
            assert SystemClock().monotonic() - killed_at < TAKEN_OVER_SECONDS
            shared.succeed_all()
            second.until(lambda: not shared.wrong())


def holding(fleet: Fleet) -> set[str]:
    """Who holds the leases of sweeps at this moment."""
    with psycopg.connect(fleet.site.config["state"]["url"]) as connection:
        return {str(owner) for (owner,) in connection.execute(_HELD)}


def test_who_wakes_after_a_takeover_writes_nothing_under_its_old_lease(
    tmp_path: Path, shared: Fleet, ground: Ground, clock: ShiftedClock
) -> None:
    """Stopped for longer than its lease lasts, with a ticket made of which it was not told; wherever else it stood."""
    taking_over = beside(shared, tmp_path / "beside", clock)
    wire = ground.wires["jira"]
    with replica(shared, tmp_path / "stopped") as stopped:
        wire.arm(Moment.DONE, lambda: stopped.tell(signal.SIGSTOP), line="POST /rest/api/3/issue")
        assert wire.tripped.wait(PATIENCE_SECONDS)
        try:
            with replica(taking_over, tmp_path / "other") as other:
                other.until(lambda: not shared.wrong())
                other.until_ready()
                before = len(writes_of(shared))
                stopped.tell(signal.SIGCONT)
                stopped.until(lambda: "another process goes on" in stopped.log)
                assert len(writes_of(shared)) == before
                assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [1, 1]
                shared.succeed_all()
                other.until(lambda: not shared.wrong())
        finally:
            stopped.tell(signal.SIGCONT)
    assert shared.wrong() == []
    assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [2, 2]


def test_a_server_that_starts_anew_costs_nothing_but_the_wait(
    tmp_path: Path, ground: Ground, clock: ShiftedClock
) -> None:
    """It crashes while certificates change; two daemons go on where they were, with one ticket each."""
    with server_in_a_folder(durable=True) as server:
        fleet = new_fleet(tmp_path / "site", ground, clock, state={"url": server.url(server.empty())})
        fleet.add("pagerduty")
        fleet.add("jira")
        with replicas(fleet, tmp_path, 2) as daemons:
            for daemon in daemons:
                daemon.until_ready()
            server.stop(signal.SIGQUIT)
            fleet.succeed_all()
            daemons[0].until(lambda: all("cannot be reached" in daemon.log for daemon in daemons))
            assert daemons[0].get("/readyz").status_code == 503
            server.start()
            for daemon in daemons:
                daemon.until(lambda: not fleet.wrong())
                daemon.until_ready()
    assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [2, 2]


def test_what_a_person_lets_through_is_heard_by_those_who_wait(tmp_path: Path, shared: Fleet) -> None:
    """They would look again in an hour; `approve` is said to the database by another process."""
    shared.configure(
        schedule={"sweep_every": "1h", "reconcile_every": "1h"}, guard={"open_per_hour": 1, "urgent_per_hour": 1}
    )
    with replicas(shared, tmp_path, 2) as daemons:
        for daemon in daemons:
            daemon.until_ready()
        held = shared.site.run("plan", "--cached", "--json").document
        assert len(held["hold"]) == 1
        said = shared.site.run("approve", held["hash"])
        assert said.code == 0, said.err
        daemons[0].until(lambda: not shared.wrong())
