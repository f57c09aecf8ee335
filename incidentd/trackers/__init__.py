"""Where tickets live. Each tracker knows one kind of queue and none of its siblings; the union is the registry.

Importing this package reads settings models only: what talks to the world is imported where it is built.
"""

from typing import Annotated

from pydantic import Field

from incidentd.trackers.jira.settings import JiraSettings
from incidentd.trackers.local.settings import LocalSettings
from incidentd.trackers.pagerduty.settings import PagerDutySettings

TRACKER_KINDS = (PagerDutySettings, JiraSettings, LocalSettings)
"""One settings model a kind of tracker."""

TrackerSettings = Annotated[PagerDutySettings | JiraSettings | LocalSettings, Field(discriminator="kind")]
"""The settings of any tracker, told apart by `kind`."""

__all__ = ["TRACKER_KINDS", "JiraSettings", "LocalSettings", "PagerDutySettings", "TrackerSettings"]
