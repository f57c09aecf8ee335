"""A source that nobody here sweeps. All that can be said of it from here is that its pusher is silent: a failure.

So silence is blindness: it settles nothing, and nothing is gone because of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidentd.model.inventory import Place, SweepRecord
from incidentd.model.observation import Gap, GapReason, Sweep
from incidentd.ports import Clock
from incidentd.secret import Token
from incidentd.sources.interface import Progress, no_progress
from incidentd.sources.pushed.settings import PushedSettings

_LOOK = "look at `incidentd scan --push` where it runs"
NEVER = f"nothing was pushed yet ({_LOOK})"
SILENT = f"nothing is pushed any more ({_LOOK})"
_SILENCES = (NEVER, SILENT)


@dataclass(frozen=True, slots=True)
class PushedSource:
    """What one other machine pushes, and who may."""

    name: str
    settings: PushedSettings
    interval: timedelta
    """Between two pushes, as they are meant."""
    tokens: tuple[Token, ...]
    clock: Clock

    def admits(self, given: str) -> bool:
        """True for one of its tokens. Each is compared, so that the time taken tells nothing."""
        return True in [token.matches(given) for token in self.tokens]

    def has_news(self, last: SweepRecord | None) -> bool:
        """True where the silence of its pusher is to be written down: once, until it is heard again."""
        return self.is_silent(last) and (last is None or last.failure not in _SILENCES)

    def is_silent(self, last: SweepRecord | None) -> bool:
        """True where it has not been heard for too long, or never."""
        if last is None or last.failure in _SILENCES:
            return True
        return self.clock.now() - last.finished_at > self.silent_after

    @property
    def silent_after(self) -> timedelta:
        """How long its pusher may be silent."""
        return self.settings.silence(self.interval)

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """That its pusher is silent, and so no place can be seen."""
        now = self.clock.now()
        said = SILENT if known else NEVER
        gaps = tuple(Gap(place.location, None, GapReason.SOURCE_FAILED, said, now) for place in known)
        return Sweep(self.name, now, now, gaps=gaps, failure=said)


def since_last_heard(silence: Sweep, last: SweepRecord | None) -> Sweep:
    """The silence dated from when it began: nothing has been seen since then, whenever that was noticed."""
    if last is None:
        return silence
    began_at = min(last.finished_at, silence.started_at)
    gaps = tuple(replace(gap, at=began_at) for gap in silence.gaps)
    return replace(silence, started_at=began_at, gaps=gaps, failure=SILENT)


def last_heard_at(record: SweepRecord | None) -> datetime | None:
    """When the last push came; None where none ever did."""
    if record is None or record.failure == NEVER:
        return None
    return record.started_at if record.failure == SILENT else record.finished_at
