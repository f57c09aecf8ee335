"""Settings of a source of files. Relative paths are relative to the configuration file."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from incidentd.model.location import Role
from incidentd.sources.interface import SourceModel

PathText = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]+$")]


class FilesSettings(SourceModel):
    """Files, folders (with everything beneath them) and globs."""

    kind: Literal["files"]
    role: Role = Field(default=Role.STORED, description="served: clients get the certificates from these files.")
    paths: tuple[PathText, ...] = Field(
        min_length=1, description="Files, folders (recursive) and globs; ** crosses folders."
    )
    trust: bool = Field(default=False, description="true: trust bundles open incidents too.")
