"""The whole configuration as one model. Nothing here reads a file or the environment: loading does."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from incidentd.model.incident import INSTANCE
from incidentd.settings.judgement import PolicySettings
from incidentd.settings.sections import (
    GuardSettings,
    HeartbeatSettings,
    Mode,
    Name,
    OwnersSettings,
    ReleaseSettings,
    RouteSettings,
    ScheduleSettings,
    Section,
    StateSettings,
    WebSettings,
)
from incidentd.sources import SourceSettings
from incidentd.trackers import LocalSettings, TrackerSettings

BUILT_IN_QUEUE = "local"


def _instance(text: str) -> str:
    if not INSTANCE.fullmatch(text):
        raise ValueError("an instance is 1 to 40 lower-case letters, digits and hyphens")
    return text


class Settings(Section):
    """Everything that can be configured."""

    instance: Annotated[str, AfterValidator(_instance)] = Field(
        default="default", description="Part of every incident key."
    )
    mode: Mode = Field(default=Mode.ACT, description="observe: nothing is written to any tracker.")
    state: StateSettings = StateSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    policy: PolicySettings = PolicySettings()
    guard: GuardSettings = GuardSettings()
    sources: dict[Name, SourceSettings] = Field(default_factory=dict, description="Where certificates are.")
    trackers: dict[Name, TrackerSettings] = Field(
        default_factory=dict, description="Where tickets live; without any, the built-in queue."
    )
    routes: tuple[RouteSettings, ...] = Field(default=(), description="First match wins; needed with several trackers.")
    owners: OwnersSettings = OwnersSettings()
    self_tracker: Name | None = Field(default=None, description="The tracker for incidentd's own troubles.")
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    releases: ReleaseSettings = ReleaseSettings()
    web: WebSettings = WebSettings()

    @property
    def intervals(self) -> dict[str, timedelta]:
        """Time between two sweeps, by source."""
        return {name: source.interval or self.schedule.sweep_every for name, source in self.sources.items()}

    @property
    def has_own_tracker(self) -> bool:
        """False: no tracker is configured, and the built-in queue stands in; start and the board say so."""
        return bool(self.trackers)

    @property
    def trackers_in_use(self) -> dict[str, TrackerSettings]:
        """The configured trackers, or the built-in queue."""
        return self.trackers or {BUILT_IN_QUEUE: LocalSettings(kind="local")}

    @property
    def routes_in_use(self) -> tuple[RouteSettings, ...]:
        """The configured routes, or all to the only tracker there is."""
        return self.routes or tuple(RouteSettings(tracker=name) for name in list(self.trackers_in_use)[:1])
