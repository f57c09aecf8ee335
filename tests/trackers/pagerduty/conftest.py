"""An account for each test, whose every request the vendor's document has judged."""

from collections.abc import Iterator

import pytest

from tests.conformance.judge import assert_nothing_refused
from tests.trackers.pagerduty.stage import PagerDutyStage


@pytest.fixture
def stage() -> Iterator[PagerDutyStage]:
    built = PagerDutyStage()
    yield built
    assert_nothing_refused(built.world)
