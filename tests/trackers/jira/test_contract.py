"""Jira Cloud as a tracker, against the sandbox's site: the contract."""

from tests.trackers.contract import TrackerContract


class TestJiraContract(TrackerContract):
    """The stories that every tracker tells."""
