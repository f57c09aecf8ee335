"""Settings of a source that is swept elsewhere, and pushed here: whose word it is, and how far that word is taken."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from incidentd.durations import PositiveDuration
from incidentd.sources.interface import SourceModel

SILENT_INTERVALS = 3
FileText = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]+$")]
LabelName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class PushedSettings(SourceModel):
    """What `incidentd scan --push` on one other machine sees."""

    kind: Literal["pushed"]
    token_file: FileText = Field(description="A file with the token that it pushes with: good for this source alone.")
    earlier_token_file: FileText | None = Field(
        default=None, description="While tokens are changed: the one before, which still counts."
    )
    silent_after: PositiveDuration | None = Field(
        default=None, description="Without a push for so long the source fails; without this, three intervals."
    )
    trust_labels: tuple[LabelName, ...] = Field(
        default=(), description="Labels that the other side may set, by name; those of `labels` win all the same."
    )
    trust: bool = Field(default=False, description="true: trust bundles open incidents too.")
    most_places: int = Field(default=10_000, ge=1, le=200_000, description="More in one push are refused.")

    @property
    def token_files(self) -> dict[str, str]:
        """The files that hold its tokens, by setting."""
        named = {"token_file": self.token_file, "earlier_token_file": self.earlier_token_file}
        return {setting: file for setting, file in named.items() if file is not None}

    def silence(self, interval: timedelta) -> timedelta:
        """How long its pusher may be silent, where it is swept at this interval."""
        return self.silent_after or SILENT_INTERVALS * interval
