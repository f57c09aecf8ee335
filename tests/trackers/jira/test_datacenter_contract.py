"""Jira Data Center as a tracker, against the sandbox's site: the same contract."""

from collections.abc import Iterator

import pytest

from tests.conformance.judge import assert_nothing_refused
from tests.trackers.contract import TrackerContract
from tests.trackers.jira.stage import DataCenterStage


@pytest.fixture
def stage() -> Iterator[DataCenterStage]:
    built = DataCenterStage()
    yield built
    assert_nothing_refused(built.world)


class TestDataCenterContract(TrackerContract):
    """The stories that every tracker tells."""
