"""Real processes on one state: a new one made by several at once, one holder of a lease, one incident a key."""

import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.store.opening import check, open_store
from tests.postgres import Server
from tests.store.examples import KEY, LASTS, NOW, leased

ROOT = Path(__file__).parents[2]
PATIENCE = timedelta(minutes=1).total_seconds()


@pytest.fixture(params=["file", "server"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a state could be, and none is yet."""
    if request.param == "file":
        return f"sqlite:///{tmp_path}/new/state.db"
    server: Server = request.getfixturevalue("postgres")
    return server.url(server.empty())


def race(url: str, task: str, rivals: int) -> list[str]:
    """What so many processes answer, sorted, when they are let go at once."""
    with ExitStack() as stack:
        started = [stack.enter_context(start(url, f"p{n}", task)) for n in range(rivals)]
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return sorted(process.communicate(timeout=PATIENCE)[0].strip() for process in started)


def start(url: str, name: str, task: str) -> subprocess.Popen[str]:
    """One rival, not yet let go."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.rival", url, name, task],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("rivals", [2, 4])
def test_exactly_one_process_holds_a_lease_on_a_state_that_all_make(url: str, rivals: int) -> None:
    """All find or make the same new one, migrated once."""
    assert race(url, "lease", rivals) == ["held"] + ["waits"] * (rivals - 1)
    assert check(url).complaints == ()


def test_processes_that_call_at_once_keep_one_budget_together(url: str) -> None:
    """Three want eight calls each; ten are to be had."""
    taken = race(url, "calls", 3)
    assert sum(map(int, taken)) == 10


@pytest.mark.parametrize("rivals", [2, 4])
def test_one_key_never_has_two_active_rows_over_processes(url: str, rivals: int) -> None:
    """Each under a lease of its own; the database itself refuses all but the first, row and intent."""
    assert race(url, "incident", rivals) == ["opened"] + ["refused"] * (rivals - 1)
    store = open_store(url)
    assert [row.key for row in store.records(NOW)] == [KEY]
    assert len(store.unfinished()) == 1
    store.close()


def test_what_was_committed_survives_a_process_that_dies(tmp_path: Path) -> None:
    """Its rows are there, its lease runs out, and it is fenced off by the next one."""
    url = f"sqlite:///{tmp_path}/state.db"
    assert race(url, "die", 1) == [""]
    seen = open_store(url, read_only=True)
    assert len(seen.unfinished()) == 1
    seen.close()
    store = open_store(url)
    assert len(store.unfinished()) == 1
    assert store.acquire("reconcile", "two", LASTS, NOW) is None
    taken = store.acquire("reconcile", "two", LASTS, NOW + LASTS)
    assert taken is not None
    assert taken.generation == 2
    assert leased(store, "other").generation == 1
    store.close()
