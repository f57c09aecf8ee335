"""What every test shares: a whole run uses the cores there are, a narrow one stays in line and starts at once."""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# What a property says holds on a slow machine, too; what may hang is ended by the time-out of every test.
settings.register_profile("incidentd", deadline=None)
settings.load_profile("incidentd")

_MOST_WORKERS = 4


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes `-n auto` means: none for a run that names its tests; one more than cores, as some wait."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return 0
    return min((os.cpu_count() or 1) + 1, _MOST_WORKERS)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are gathered, and stay: the collector looks at none of them, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
