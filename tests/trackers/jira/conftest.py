"""A site for each test, whose every request the vendor's document has judged."""

from collections.abc import Iterator

import pytest

from tests.conformance.judge import assert_nothing_refused
from tests.trackers.jira.stage import JiraStage


@pytest.fixture
def stage() -> Iterator[JiraStage]:
    built = JiraStage()
    yield built
    assert_nothing_refused(built.world)
