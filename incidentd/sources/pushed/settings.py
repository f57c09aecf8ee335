"""Settings of a source that is swept elsewhere, and pushed here: whose word it is, and how far that word is taken."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from incidentd.durations import PositiveDuration
from incidentd.model.location import EXPOSED_BY, NAMESPACE
from incidentd.secret import SecretFile, SecretReference, SecretText, reference
from incidentd.sources.interface import SourceModel

SILENT_INTERVALS = 3
LabelName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class PushedSettings(SourceModel):
    """What `incidentd scan --push` on one other machine sees."""

    kind: Literal["pushed"]
    token: SecretText | None = Field(default=None, description="What it pushes with: good for this source alone.")
    token_file: SecretFile | None = Field(default=None, description="A file with it, read again when it changes.")
    earlier_token: SecretText | None = Field(
        default=None, description="While tokens are changed: the one before, which still counts."
    )
    earlier_token_file: SecretFile | None = Field(default=None, description="A file with that one.")
    silent_after: PositiveDuration | None = Field(
        default=None, description="Without a push for so long the source fails; without this, three intervals."
    )
    trust_labels: tuple[LabelName, ...] = Field(
        default=(), description="Labels that the other side may set, by name; those of `labels` win all the same."
    )
    trust: bool = Field(default=False, description="true: trust bundles open incidents too.")
    most_places: int = Field(default=10_000, ge=1, le=200_000, description="More in one push are refused.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if self.token is None and self.token_file is None:
            raise ValueError("a pushed source needs the token that it is pushed with: token_file")
        for setting in ("token", "earlier_token"):
            if getattr(self, setting) is not None and getattr(self, f"{setting}_file") is not None:
                raise ValueError(f"{setting} and {setting}_file are both given: keep one")
        return self

    def tokens(self, folder: Path) -> dict[str, SecretReference]:
        """Where its tokens are, by setting; relative files stand in `folder`."""
        found = {
            "token": reference(self.token, self.token_file, folder),
            "earlier_token": reference(self.earlier_token, self.earlier_token_file, folder),
        }
        return {
            setting if secret.path is None else f"{setting}_file": secret
            for setting, secret in found.items()
            if secret is not None
        }

    @property
    def taken_labels(self) -> tuple[str, ...]:
        """Labels that the other side may set: those that are trusted, and by what objects a cluster exposes a place.

        By these alone it can tell an object that was deleted from a place that left its configuration.
        """
        return tuple(dict.fromkeys((*self.trust_labels, EXPOSED_BY, NAMESPACE)))

    def silence(self, interval: timedelta) -> timedelta:
        """How long its pusher may be silent, where it is swept at this interval."""
        return self.silent_after or SILENT_INTERVALS * interval
