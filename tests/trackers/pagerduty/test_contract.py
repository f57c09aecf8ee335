"""PagerDuty as a tracker, against the sandbox's account: the contract."""

from tests.trackers.contract import TrackerContract


class TestPagerDutyContract(TrackerContract):
    """The stories that every tracker tells."""
