"""What every test shares: a whole run uses the cores there are, a narrow one stays in line and starts at once."""

import os

import pytest

_MOST_WORKERS = 4


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes `-n auto` means: none for a run that names its tests."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return 0
    return min(os.cpu_count() or 1, _MOST_WORKERS)
