"""What every test shares: a whole run uses the cores there are, a narrow one stays in line and starts at once."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

from tests.postgres import Server, server_in_a_folder

# What a property says holds on a slow machine, too; what may hang is ended by the time-out of every test.
settings.register_profile("incidentd", deadline=None)
settings.load_profile("incidentd")

_MOST_WORKERS = 4
_UNTRACED = (
    "browser/",
    "daemon/test_deaths.py",
    "processes/",
    "simulation/",
    "store/test_inventory_law.py",
    "store/test_ledger_law.py",
    "stories/",
    "x509/test_bundle_limits.py",
    "x509/test_corpora.py",
    "x509/test_mutants.py",
)
"""Whole lives and laws of thousands of cases: they show what holds, and take twice as long under a tracer. Which lines
are passed, the other tests tell."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes `-n auto` means: none for a run that names its tests; two more than cores, as many wait."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return 0
    return min((os.cpu_count() or 1) + 2, _MOST_WORKERS)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Ends what counts lines in a worker before its own counting begins: once as any process of a run, and once as if
    there were no workers. Both would go on where a test is to run without a tracer."""
    is_worker = hasattr(session.config, "workerinput")
    while is_worker and (running := Coverage.current()) is not None:
        running.stop()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are gathered, and stay: the collector looks at none of them, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What would only be slowed down is run without a tracer of coverage."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).as_posix().startswith(_UNTRACED):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def _children_as_their_test(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started by a test without a tracer starts none of its own."""
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL for all tests of one process; each takes databases of its own."""
    with server_in_a_folder() as server:
        yield server
