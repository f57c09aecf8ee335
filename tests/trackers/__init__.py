"""Trackers: each against real answers, and the contract that all of them keep."""
